import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { reasonOf } from "./api.ts";
import { logOut, who } from "./who.ts";

const PLACES = [
  { path: "/", title: "Calls" },
  { path: "/agents", title: "Agents" },
  { path: "/health", title: "Health" },
  { path: "/call", title: "Web call" },
  { path: "/softphone", title: "Softphone" },
] as const;

export type Place = (typeof PLACES)[number]["path"];

type ShellProps = {
  readonly here: Place;
  /** What stands at the right end of the bar, such as whether the page is up to date. */
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
};

/** The bar on top and what is below it. Links are ordinary ones: whoever routes by itself listens for their clicks. */
export function Shell({ here, aside, children }: ShellProps) {
  return (
    <>
      <a class="unseen skip" href="#main">
        Skip to the content
      </a>
      <header class="bar">
        <a class="brand" href="/">
          <img src="/favicon.svg" alt="" />
          Durvani
        </a>
        <nav aria-label="Pages">
          <ul>
            {PLACES.map(({ path, title }) => (
              <li key={path}>
                <a href={path} aria-current={path === here ? "page" : undefined}>
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        {aside}
        <Me />
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function Me() {
  const { value } = who;
  const failed = useSignal("");
  if (typeof value !== "object") return null;
  const leave = (): void => {
    logOut().catch((error: unknown) => {
      failed.value = reasonOf(error);
    });
  };
  if (value.open) return <small>Demo: open to this machine</small>;
  return (
    <span class="row">
      <small role="alert" class="bad">
        {failed}
      </small>
      <small>{value.name}</small>
      <button class="plain" type="button" onClick={leave}>
        Log out
      </button>
    </span>
  );
}
