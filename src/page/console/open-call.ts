import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { browserClock } from "../client/browser-clock.ts";
import type { Call, ReplyTimes } from "../ui/told.ts";
import type { CallUsage } from "./answers.ts";
import { type Asked, useAsked } from "./asked.ts";
import { browserVisibility } from "./browser-visibility.ts";
import { withFollowed } from "./call-merge.ts";
import type { Followed } from "./call-news.ts";
import { feed } from "./console-feed.ts";
import { whileVisible } from "./while-visible.ts";

/** What is known of a call that is looked at, and keeps coming. */
export type OpenCall = {
  readonly call: ReadonlySignal<Asked<Call>>;
  readonly live: ReadonlySignal<Followed | undefined>;
  readonly replies: ReadonlySignal<readonly ReplyTimes[]>;
  readonly usage: ReadonlySignal<Asked<CallUsage>>;
  /** Another number each time when there may be more to ask for. */
  readonly version: number;
};

/** A call that is over is written up within seconds: looked for so long after its end, and then after each of these. */
const WRITE_UP_MS = [500, 1_500, 3_000, 6_000, 12_000, 30_000] as const;
/** How often a call is asked for whose process is another than ours: the feed does not tell of it. */
const ELSEWHERE_MS = 5_000;
/** Ended no longer ago than this, it may still be written up, though we did not hear it end. */
const FRESH_MS = 60_000;

export function useOpenCall(id: string): OpenCall {
  const looks = useSignal(0);
  const live = useComputed(() => feed.news.value.get(id));
  const over = useComputed(
    () => [...(live.value?.turns.values() ?? [])].filter(({ endedMs }) => endedMs !== undefined).length,
  );
  const version = looks.value + feed.gaps.value;
  const path = `/v1/calls/${encodeURIComponent(id)}`;
  const known = useAsked<Call>(path, version);
  const waterfall = useAsked<{ readonly replies: readonly ReplyTimes[] }>(
    `${path}/waterfall`,
    `${version} ${over.value}`,
  );
  const call = useComputed(() => withFollowed(known.value, live.value));
  const ended = call.value.state === "told" && call.value.told.status === "ended";
  // What it used is known once the books know that it is over.
  const closed = known.value.state === "told" && known.value.told.status === "ended";
  const usage = useAsked<CallUsage>(closed ? `${path}/usage` : undefined, version);
  const replies = useComputed(() => (waterfall.value.state === "told" ? waterfall.value.told.replies : []));

  useEffect(() => {
    if (ended && (live.peek() || isFresh(call.peek()))) return lookAfter(() => looks.value++);
  }, [ended]);

  const untold = feed.connection.value === "broken" || (feed.connection.value === "connected" && !live.value);
  const elsewhere = call.value.state === "told" && !ended && untold;
  useEffect(() => {
    if (!elsewhere) return;
    const parts = { clock: browserClock, visibility: browserVisibility };
    return whileVisible(parts, ELSEWHERE_MS, async () => void looks.value++);
  }, [elsewhere]);
  return { call, live, replies, usage, version };
}

const isFresh = (call: Asked<Call>): boolean =>
  call.state === "told" && browserClock.wall() - (call.told.endedAt ?? 0) < FRESH_MS;

function lookAfter(look: () => void): () => void {
  const cancels = WRITE_UP_MS.map((ms) => browserClock.after(ms, look));
  return () => {
    for (const cancel of cancels) cancel();
  };
}
