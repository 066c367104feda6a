import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Clock } from "../client/ports.ts";
import type { LiveEvent } from "../ui/told.ts";
import { type News, withNews } from "./call-news.ts";

export const FEED_EVENTS = [
  "snapshot",
  "opened",
  "answered",
  "turn",
  "decision",
  "transcript",
  "state",
  "ended",
] as const satisfies readonly LiveEvent["event"][];

/** `refused`: it will not come back by itself, and does so otherwise. */
export type FeedLine = {
  readonly opened: () => void;
  readonly told: (event: string, json: string) => void;
  readonly broken: (how: "refused" | "comes back") => void;
};

export type FeedParts = {
  readonly clock: Clock;
  /** Opens the feed. The returned function closes it. */
  readonly open: (line: FeedLine) => () => void;
  /** Asks why it was refused; a login that has run out is asked for anew. Never rejects. `false`: not admitted any more. */
  readonly mayFollow: () => Promise<boolean>;
};

export type Connection = "connecting" | "connected" | "broken";

export type Feed = {
  readonly news: ReadonlySignal<News>;
  readonly connection: ReadonlySignal<Connection>;
  /** How often it was away, or forgot calls that ended: of those, only the books know. */
  readonly gaps: ReadonlySignal<number>;
  /** Follows the live calls until the returned function is called. */
  start(): () => void;
};

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** The live calls. The browser takes up a broken line by itself; one that was refused is tried again, each time later. */
export function callFeed({ clock, open, mayFollow }: FeedParts): Feed {
  const news = signal<News>(new Map());
  const connection = signal<Connection>("connecting");
  const gaps = signal(0);

  const start = (): (() => void) => {
    let waitMs = FIRST_WAIT_MS;
    let stopped = false;
    let begun = false;
    let cancel = (): void => {};
    const again = (admitted: boolean): void => {
      if (stopped || !admitted) return;
      cancel = clock.after(waitMs, follow);
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    };
    const follow = (): void => {
      const close = open({
        opened() {
          waitMs = FIRST_WAIT_MS;
          connection.value = "connected";
        },
        told(event, json) {
          batch(() => {
            const known = news.value.size;
            news.value = withNews(news.value, { event, data: JSON.parse(json) } as LiveEvent);
            if ((event === "snapshot" && begun) || news.value.size < known) gaps.value += 1;
            begun = true;
          });
        },
        broken(how) {
          connection.value = "broken";
          if (how === "comes back") return;
          close();
          void mayFollow().then(again);
        },
      });
      cancel = close;
    };
    follow();
    return () => {
      stopped = true;
      cancel();
      batch(() => {
        news.value = new Map();
        connection.value = "connecting";
      });
    };
  };
  return { news, connection, gaps, start };
}
