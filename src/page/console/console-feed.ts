import { browserClock } from "../client/browser-clock.ts";
import { learnWho, who } from "../ui/who.ts";
import { callFeed, FEED_EVENTS, type FeedLine } from "./feed.ts";

function openEvents({ opened, told, broken }: FeedLine): () => void {
  const source = new EventSource("/v1/events");
  source.onopen = opened;
  source.onerror = () => broken(source.readyState === EventSource.CLOSED ? "refused" : "comes back");
  for (const name of FEED_EVENTS) source.addEventListener(name, ({ data }: MessageEvent<string>) => told(name, data));
  return () => source.close();
}

/** Where the gateway cannot be asked, it may admit us all the same. */
async function mayFollow(): Promise<boolean> {
  await learnWho().catch(() => undefined);
  return who.value !== "nobody";
}

export const feed = callFeed({ clock: browserClock, open: openEvents, mayFollow });
