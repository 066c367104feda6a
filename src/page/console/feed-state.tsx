import { useComputed } from "@preact/signals";
import { feed } from "./console-feed.ts";
import type { Connection } from "./feed.ts";

const WORDS: Readonly<Record<Connection, string>> = {
  connecting: "Connecting…",
  connected: "Up to date",
  broken: "Connection lost, trying again…",
};
const LOOKS: Readonly<Record<Connection, string>> = { connecting: "", connected: "good", broken: "bad" };

/** How many calls are up, and whether we would know. */
export function FeedState() {
  const live = useComputed(() => [...feed.news.value.values()].filter(({ call }) => call.status === "open").length);
  const connection = feed.connection.value;
  return (
    <p class="row feed-state">
      {connection === "connected" && <span class="number">{live} live</span>}
      <small role="status" class={LOOKS[connection]}>
        {WORDS[connection]}
      </small>
    </p>
  );
}
