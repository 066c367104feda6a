import "./style.css";
import { useSignal } from "@preact/signals";
import { type ComponentType, render } from "preact";
import { useEffect } from "preact/hooks";
import { reasonOf } from "./api.ts";
import { Login } from "./login.tsx";
import { learnWho, who } from "./who.ts";

/**
 * Shows a page to whoever may see it, and the login to everybody else. What stands `Beside` it stays when a login ends, as it does with
 * each start of the gateway.
 */
export function mount(Page: ComponentType, Beside: ComponentType = () => null): void {
  const app = document.getElementById("app");
  if (!app) return;
  render(
    <>
      <Admitted page={Page} />
      <Beside />
    </>,
    app,
  );
}

function Admitted({ page: Page }: { readonly page: ComponentType }) {
  const failed = useSignal("");
  useEffect(() => {
    learnWho().catch((error: unknown) => {
      failed.value = reasonOf(error);
    });
  }, []);
  if (failed.value !== "") {
    return (
      <main class="page">
        <p role="alert" class="notice bad">
          {failed} Reload the page to try again.
        </p>
      </main>
    );
  }
  if (who.value === undefined) return null;
  return who.value === "nobody" ? <Login /> : <Page />;
}
