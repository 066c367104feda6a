import type { Interruptible } from "../dialog/dialog.ts";
import type { CallEnd, Said, Turn, TurnMetrics } from "../record/record.ts";
import type { ReplySource } from "./events.ts";
import type { Words } from "./hearing.ts";

/** A turn that is not over: what the caller said (empty when the agent speaks unasked), and what came of it. */
export type OpenTurn = {
  readonly seq: number;
  readonly userText: string;
  readonly startedMs: number;
  /** When the caller's last words counted. */
  readonly wordsMs?: number;
  readonly sttMs?: number;
  readonly userAudioMs?: number;
};

/** Something that must be said whatever the caller says: the greeting to whoever took our call, or what an operator wants said. */
export type Owed = { readonly by: "greeting" | "operator"; readonly source: ReplySource };

/** One thing the agent says, as far as it has got. Only marks of its own generation raise `heard`. */
export type Reply = {
  readonly generation: number;
  readonly requestedMs: number;
  readonly pieces: readonly { readonly text: string; readonly audioMs?: number }[];
  /** How many pieces, counted from the first, the caller has heard to the end. */
  readonly heard: number;
  readonly firstWordsMs?: number;
  readonly audibleMs?: number;
  /** When the caller will have heard the end of it, by our clock; known once all of it is sent. */
  readonly doneMs?: number;
  readonly interruptible: Interruptible;
  /** Said again if the caller has heard nothing of it when it is cut short. */
  readonly owed?: Owed;
  /** The next thing a free dialog says may replace it. */
  readonly preemptible?: boolean;
  /** How the call ends once this reply was heard; the conversation goes on when absent. */
  readonly endsCall?: CallEnd;
};

/** The mark behind a piece. Carriers echo it when the piece was played, and also when it was cleared: hence the generation. */
export const markName = (generation: number, piece: number): string => `g${generation}:${piece}`;

/** What a returned mark proves: marks come in order, so it vouches for every piece before it, acknowledged or not. */
export function heardBy(reply: Reply, mark: string): number {
  const [generation, piece] = mark.split(":");
  if (generation !== `g${reply.generation}` || piece === undefined || !/^\d+$/.test(piece)) return reply.heard;
  return Math.min(reply.pieces.length, Math.max(reply.heard, Number(piece) + 1));
}

/** May this cut the reply short? */
export const mayCut = ({ interruptible }: Reply, by: "dtmf" | "speech"): boolean =>
  interruptible === "any" || interruptible === by;

/** What there is to read of it: tones and sounds have no words. */
const join = (pieces: Reply["pieces"]): string =>
  pieces
    .map(({ text }) => text)
    .filter((text) => text !== "")
    .join(" ");

/** Where the length of a text's sound is not known yet: about the pace of Sarvam's voices. */
const MS_PER_CHARACTER = 70;

/** What the caller has heard by now, to the word as far as time tells: for who asked to know at once, not for the books. */
export function heardBetween(reply: Reply, atMs: number): string {
  const whole = reply.pieces.slice(0, reply.heard);
  const next = reply.pieces[reply.heard];
  if (reply.audibleMs === undefined || !next) return join(whole);
  const soundedMs = atMs - reply.audibleMs - whole.reduce((sum, { audioMs = 0 }) => sum + audioMs, 0);
  const words = next.text.split(/\s+/u);
  const share = soundedMs / (next.audioMs ?? next.text.length * MS_PER_CHARACTER);
  const part = words.slice(0, Math.min(words.length, Math.max(0, Math.floor(share * words.length))));
  return join([...whole, { text: part.join(" ") }]);
}

export const heardText = (reply: Reply): string => join(reply.pieces.slice(0, reply.heard));
const sentText = (reply: Reply): string => join(reply.pieces.filter(({ audioMs }) => audioMs !== undefined));

/** The caller's further words belong to the same turn. */
export const addWords = (turn: OpenTurn, words: Words): OpenTurn => ({
  ...turn,
  userText: turn.userText === "" ? words.text : `${turn.userText} ${words.text}`,
  wordsMs: words.atMs,
  ...(words.sttMs === undefined ? {} : { sttMs: words.sttMs }),
  ...(words.userAudioMs === undefined ? {} : { userAudioMs: (turn.userAudioMs ?? 0) + words.userAudioMs }),
});

/** The turn as it is written down. `endedMs` is absent while it runs. */
export function record(
  turn: OpenTurn,
  reply: Reply | undefined,
  over?: { readonly atMs: number; readonly interrupted: boolean },
): Turn {
  return {
    seq: turn.seq,
    userText: turn.userText,
    agentGenerated: reply ? join(reply.pieces) : "",
    agentSent: reply ? sentText(reply) : "",
    agentHeard: reply ? heardText(reply) : "",
    interrupted: over?.interrupted ?? false,
    startedMs: turn.startedMs,
    ...(over ? { endedMs: over.atMs } : {}),
    metrics: metrics(turn, reply),
  };
}

function metrics(turn: OpenTurn, reply: Reply | undefined): TurnMetrics {
  const { firstWordsMs, audibleMs, requestedMs } = reply ?? {};
  const times = {
    sttMs: turn.sttMs,
    userAudioMs: turn.userAudioMs,
    dialogMs: between(requestedMs, firstWordsMs),
    ttsMs: between(firstWordsMs, audibleMs),
    firstAudioMs: between(turn.wordsMs, audibleMs),
    agentAudioMs: reply?.pieces.reduce((sum, { audioMs }) => sum + (audioMs ?? 0), 0),
  };
  return Object.fromEntries(Object.entries(times).filter(([, ms]) => ms !== undefined));
}

const between = (from: number | undefined, to: number | undefined): number | undefined =>
  from === undefined || to === undefined ? undefined : to - from;

/**
 * The turn as the dialog will remember it: what was said and what was heard. A reply that was sent to its end uninterrupted but
 * whose marks never came back is remembered as sent, or the agent would repeat itself; the books still say it was not heard.
 */
export function remember(turn: OpenTurn, reply: Reply | undefined, interrupted: boolean): readonly Said[] {
  const heard = !reply ? "" : interrupted ? heardText(reply) : sentText(reply);
  return [
    ...(turn.userText === "" ? [] : [{ by: "caller" as const, text: turn.userText }]),
    ...(heard === "" ? [] : [{ by: "agent" as const, text: heard, ...(interrupted ? { cutShort: true } : {}) }]),
  ];
}
