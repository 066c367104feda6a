import type { AudioFormat } from "../../audio/format.ts";
import type { CallEvent, Effect, ReplySource } from "../../call/call.ts";
import type { CallSetup, JournalEntry, Recording, SentToLine } from "../../journal/journal.ts";
import type { BookEntry, CallId, CallOpening } from "../../record/record.ts";

/** One event of the recorded call, and what it made the call do, as the journal has it. */
export type RecordedEvent = { readonly event: CallEvent; readonly effects: readonly NotedEffect[] };

/** An effect as it is journalled: of a dialog's history only what is new. */
export type NotedEffect = { readonly do: Effect["do"] } & Readonly<Record<string, unknown>>;

/** What was said in one reply, and when; instants in ms since the call began. */
export type RecordedReply = {
  readonly generation: number;
  readonly startedMs: number;
  readonly kind: ReplySource["kind"];
  /** The caller's words that it answers; empty when nobody asked. */
  readonly question: string;
  readonly texts: readonly { readonly atMs: number; readonly text: string }[];
  readonly pieces: readonly RecordedPiece[];
  readonly farewellMs?: number;
  readonly failed?: { readonly atMs: number; readonly message: string; readonly retryable: boolean };
  /** Its last sound was sent; absent when it was stopped or failed. */
  readonly sentMs?: number;
};

export type Sent = { readonly atMs: number } & Exclude<SentToLine, { do: "framing" }>;

export type RecordedPiece = { readonly atMs: number } & (
  | { readonly kind: "audio"; readonly bytes: number; readonly audio?: string }
  | { readonly kind: "said"; readonly index: number }
);

/** A journal in the shape in which it can happen again. */
export type RecordedCall = {
  readonly id: CallId;
  readonly setup: CallSetup;
  readonly opening?: CallOpening;
  /** What the line carried. */
  readonly format: AudioFormat;
  readonly events: readonly RecordedEvent[];
  readonly replies: readonly RecordedReply[];
  /** Marks and clears that went to the carrier, and how much sound went before each. */
  readonly sent: readonly Sent[];
  /** How the line's frames were cut; older journals do not say. */
  readonly framing?: Readonly<Record<string, number>>;
  /** The caller's sound, frame by frame; empty when the call was not recorded. */
  readonly audio: readonly { readonly atMs: number; readonly payload: string }[];
};

/** The journal cannot happen again; says why in words for the one who asked. */
export class NotReplayableError extends Error {
  override readonly name = "NotReplayableError";
}

/** Throws `NotReplayableError` when the journal does not say what the call was given to go by, or when it never began. */
export function readCall({ id, entries }: Recording): RecordedCall {
  const setup = entries.find((entry) => "call" in entry)?.call;
  if (!setup)
    throw new NotReplayableError(`${id}: its journal does not say what the call went by; it cannot be replayed`);
  const events = eventsOf(entries);
  const started = events.find(({ event }) => event.kind === "started")?.event;
  if (started?.kind !== "started")
    throw new NotReplayableError(`${id}: its line never began; there is nothing to replay`);
  const opening = bookOf(entries).find((entry) => entry.kind === "open")?.opening;
  return {
    id,
    setup,
    ...(opening ? { opening } : {}),
    format: started.format,
    events,
    replies: repliesOf(events, entries),
    sent: sentIn(entries),
    ...framingIn(entries),
    audio: entries.flatMap((entry) => ("audio" in entry ? [{ atMs: entry.atMs, payload: entry.audio }] : [])),
  };
}

/** Marks, clears and sound, in their order. */
export const sentIn = (entries: readonly JournalEntry[]): readonly Sent[] =>
  entries.flatMap((entry) =>
    "line" in entry && entry.line.do !== "framing" ? [{ atMs: entry.atMs, ...entry.line }] : [],
  );

function framingIn(entries: readonly JournalEntry[]): Pick<RecordedCall, "framing"> {
  for (const entry of entries)
    if ("line" in entry && entry.line.do === "framing") return { framing: entry.line.framing };
  return {};
}

const bookOf = (entries: readonly JournalEntry[]): readonly BookEntry[] =>
  entries.flatMap((entry) => ("book" in entry ? [entry.book] : []));

function eventsOf(entries: readonly JournalEntry[]): readonly RecordedEvent[] {
  const events: { event: CallEvent; effects: NotedEffect[] }[] = [];
  for (const entry of entries) {
    // The journal is our own: its reader has checked its frame, and the call will check the rest by behaving the same.
    if ("in" in entry) events.push({ event: { ...entry.in, atMs: entry.atMs } as CallEvent, effects: [] });
    else if ("out" in entry) events.at(-1)?.effects.push(entry.out as NotedEffect);
  }
  return events;
}

type Growing = { -readonly [K in keyof RecordedReply]: RecordedReply[K] } & {
  texts: { atMs: number; text: string }[];
  pieces: RecordedPiece[];
};

function repliesOf(events: readonly RecordedEvent[], entries: readonly JournalEntry[]): readonly RecordedReply[] {
  const replies = new Map<number, Growing>();
  for (const reply of startedReplies(events)) replies.set(reply.generation, reply);
  for (const { event } of events) if ("generation" in event) note(replies.get(event.generation), event);
  for (const entry of entries) {
    if ("spoken" in entry) replies.get(entry.spoken.generation)?.pieces.push(pieceOf(entry));
  }
  return [...replies.values()];
}

/** Puts together again the histories that the journal tells only the growth of. */
function startedReplies(events: readonly RecordedEvent[]): readonly Growing[] {
  let history: readonly { readonly by: string; readonly text: string }[] = [];
  return events.flatMap(({ event, effects }) =>
    effects.filter(isStart).map(({ generation, source }) => {
      if (source.kind === "dialog") history = [...history.slice(0, source.kept), ...source.added];
      const last = history.at(-1);
      const question = source.kind === "dialog" && last?.by === "caller" ? last.text : "";
      return { generation, startedMs: event.atMs, kind: source.kind, question, texts: [], pieces: [] };
    }),
  );
}

type StartReply = NotedEffect & {
  readonly generation: number;
  readonly source:
    | {
        readonly kind: "dialog";
        readonly kept: number;
        readonly added: readonly { readonly by: string; readonly text: string }[];
      }
    | { readonly kind: Exclude<ReplySource["kind"], "dialog"> };
};

const isStart = (effect: NotedEffect): effect is StartReply => effect.do === "start-reply";

function note(reply: Growing | undefined, event: CallEvent & { readonly generation: number }): void {
  if (!reply) return;
  const { atMs } = event;
  if (event.kind === "generated") reply.texts.push({ atMs, text: event.text });
  else if (event.kind === "farewell") reply.farewellMs = atMs;
  else if (event.kind === "reply-sent") reply.sentMs = atMs;
  else if (event.kind === "reply-failed") reply.failed = { atMs, message: event.message, retryable: event.retryable };
}

function pieceOf({ atMs, spoken }: Extract<JournalEntry, { spoken: unknown }>): RecordedPiece {
  if ("said" in spoken) return { atMs, kind: "said", index: spoken.said };
  const { bytes, audio } = spoken;
  return { atMs, kind: "audio", bytes, ...(audio === undefined ? {} : { audio }) };
}
