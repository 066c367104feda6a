import type { CallSummary, Decision, LiveEvent, Turn } from "../ui/told.ts";

/** A call as the feed tells of it, as far as it has told. */
export type Followed = {
  readonly call: CallSummary;
  /** By `seq`. */
  readonly turns: ReadonlyMap<number, Turn>;
  readonly decisions: ReadonlyMap<number, Decision>;
  readonly state: "connecting" | Extract<LiveEvent, { event: "state" }>["data"]["state"] | "ended";
  /** What the caller seems to be saying; empty where that is known. */
  readonly guess: string;
  /** What the agent is saying: what of it was heard, and what is still to come. */
  readonly saying: { readonly heard: string; readonly coming: string } | undefined;
};

/** By id, in the order in which they began. Calls that ended meanwhile are among them. */
export type News = ReadonlyMap<string, Followed>;

/** So many calls that ended are remembered, and up to twice as many until they are tidied away. */
const ENDED = 100;

export function withNews(news: News, event: LiveEvent): News {
  switch (event.event) {
    case "snapshot":
      return snapshot(news, event.data.calls);
    case "opened":
      return new Map([...news, [event.data.id, begun(event.data.call)]]);
    case "ended":
      return forgetful(changed(news, event.data.id, (call) => ended(call, event.data)));
    case "answered":
    case "turn":
    case "decision":
    case "transcript":
    case "state":
      return changed(news, event.data.id, (call) => told(call, event));
    default:
      return event satisfies never;
  }
}

const begun = (call: CallSummary): Followed => ({
  call,
  turns: new Map(),
  decisions: new Map(),
  state: "connecting",
  guess: "",
  saying: undefined,
});

/** Calls that are not up any more, and whose end nobody told us, are of no use. */
function snapshot(news: News, calls: readonly CallSummary[]): News {
  const over = [...news].filter(([, { call }]) => call.status === "ended");
  const up = calls.map(
    (call) => [call.id, { ...(news.get(call.id) ?? begun(call)), call, guess: "", saying: undefined }] as const,
  );
  return new Map([...over, ...up]);
}

function changed(news: News, id: string, change: (call: Followed) => Followed): News {
  const call = news.get(id);
  return call ? new Map([...news, [id, change(call)]]) : news;
}

type Ending = Extract<LiveEvent, { event: "ended" }>["data"];

const ended = (followed: Followed, { end, endedAt }: Ending): Followed => ({
  ...followed,
  call: { ...followed.call, status: "ended", end, endedAt },
  state: "ended",
  guess: "",
  saying: undefined,
});

function forgetful(news: News): News {
  const over = [...news].filter(([, { call }]) => call.status === "ended").map(([id]) => id);
  if (over.length <= 2 * ENDED) return news;
  const forgotten = new Set(over.slice(0, -ENDED));
  return new Map([...news].filter(([id]) => !forgotten.has(id)));
}

function told(
  followed: Followed,
  event: Extract<LiveEvent, { event: "answered" | "turn" | "decision" | "transcript" | "state" }>,
): Followed {
  switch (event.event) {
    case "answered":
      return { ...followed, call: { ...followed.call, answeredAt: event.data.answeredAt } };
    case "turn":
      return withTurn(followed, event.data.turn);
    case "decision":
      return { ...followed, decisions: new Map([...followed.decisions, [event.data.seq, event.data.decision]]) };
    case "transcript":
      return withWords(followed, event.data);
    case "state":
      return { ...followed, state: event.data.state };
    default:
      return event satisfies never;
  }
}

/** Once a turn has the words, nobody guesses them; once its reply is over, nobody waits for the rest. */
function withTurn(followed: Followed, turn: Turn): Followed {
  const before = followed.turns.get(turn.seq);
  const turns = new Map([...followed.turns, [turn.seq, turn]]);
  const understood = turn.userText !== (before?.userText ?? "");
  return {
    ...followed,
    turns,
    guess: understood ? "" : followed.guess,
    saying: turn.endedMs !== undefined || understood ? undefined : followed.saying,
  };
}

type Words = Extract<LiveEvent, { event: "transcript" }>["data"];

function withWords(followed: Followed, { who, text, final }: Words): Followed {
  const last = [...followed.turns.values()].at(-1);
  if (who === "user") return { ...followed, guess: final && last?.userText.includes(text) ? "" : text };
  const { heard, coming } = followed.saying ?? { heard: "", coming: "" };
  if (!final) return { ...followed, saying: { heard, coming: joined(coming, text) } };
  // A reply that is over has told its turn what was heard of it.
  if (!followed.saying && last?.endedMs !== undefined && last.agentHeard.includes(text)) return followed;
  const rest = coming.startsWith(text) ? coming.slice(text.length).trimStart() : coming;
  return { ...followed, saying: { heard: joined(heard, text), coming: rest } };
}

const joined = (text: string, more: string): string => [text, more].filter((part) => part !== "").join(" ");
