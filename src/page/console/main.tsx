import "./console.css";
import { useEffect } from "preact/hooks";
import { mount } from "../ui/mount.tsx";
import { Shell } from "../ui/shell.tsx";
import { AgentsPage } from "./agents-page.tsx";
import { CallsPage } from "./calls-page.tsx";
import { feed } from "./console-feed.ts";
import { FeedState } from "./feed-state.tsx";
import { HealthPage } from "./health-page.tsx";
import { arrivals, followLinks, route } from "./navigation.ts";
import type { Route } from "./route.ts";
import { TakeOverFrame } from "./take-over-frame.tsx";

// Somebody may be talking to a caller there.
mount(Console, TakeOverFrame);

function Console() {
  const { value } = route;
  useEffect(followLinks, []);
  useEffect(feed.start, []);
  useEffect(() => {
    document.title = `${titleOf(value)} · Durvani`;
  }, [value]);
  useEffect(() => {
    if (arrivals.value > 0) faceHeading();
  }, [arrivals.value]);
  return (
    <Shell here={value.page === "calls" ? "/" : `/${value.page}`} aside={<FeedState />}>
      <Place route={value} />
    </Shell>
  );
}

function Place({ route }: { readonly route: Route }) {
  switch (route.page) {
    case "calls":
      return <CallsPage route={route} />;
    case "agents":
      return <AgentsPage />;
    case "health":
      return <HealthPage />;
    default:
      return route satisfies never;
  }
}

/** Of a call its page knows more. */
const titleOf = (route: Route): string =>
  route.page === "calls" ? "Calls" : route.page === "agents" ? "Agents" : "Health";

/** Who cannot see that another page came is told by its heading. */
function faceHeading(): void {
  const heading = document.querySelector<HTMLElement>("main h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
  scrollTo(0, 0);
}
