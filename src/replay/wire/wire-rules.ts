import { z } from "zod";
import { base64Bytes } from "../../audio/format.ts";
import type { JournalEntry, SentToLine } from "../../journal/journal.ts";
import type { CarrierName } from "../../record/record.ts";
import type { Difference } from "../again/replayed.ts";

/** A text that went to the carrier, and when: ms since the call began. */
export type SentText = { readonly atMs: number; readonly text: string };

export type FrameLimits = { readonly alignBytes: number; readonly minBytes: number; readonly maxBytes: number };

/** What carriers want of the sound they are sent, as their documents say: written down here once more, so that ours can be wrong. */
export const FRAME_LIMITS: Readonly<Record<CarrierName, FrameLimits>> = {
  twilio: { alignBytes: 1, minBytes: 1, maxBytes: 1_000_000 },
  exotel: { alignBytes: 320, minBytes: 3200, maxBytes: 100_000 },
  plivo: { alignBytes: 1, minBytes: 1, maxBytes: 1_000_000 },
  telnyx: { alignBytes: 1, minBytes: 1, maxBytes: 1_000_000 },
  signalwire: { alignBytes: 1, minBytes: 1, maxBytes: 1_000_000 },
  web: { alignBytes: 1, minBytes: 1, maxBytes: 1_000_000 },
};

export type SentSide = {
  readonly texts: readonly SentText[];
  readonly limits: FrameLimits;
  readonly streamId: string;
  /** How many texts had gone out when the carrier said that the stream was over; all of them where it never did. */
  readonly beforeStop: number;
  /** When each reply began, by its generation. */
  readonly begunMs: ReadonlyMap<number, number>;
};

/** What a carrier would have taken badly, however well it sounded: each rule that was broken, where first and how often. */
export function brokenRules(side: SentSide): readonly Difference[] {
  const broken = new Map<string, { readonly first: Difference; times: number }>();
  for (const sent of inPlace(side)) {
    for (const rule of RULES) {
      const breach = rule(sent, side);
      if (!breach) continue;
      const known = broken.get(breach.about);
      if (known) known.times += 1;
      else broken.set(breach.about, { first: { atMs: sent.atMs, ...breach }, times: 1 });
    }
  }
  return [...broken.values()].map(({ first, times }) =>
    times === 1 ? first : { ...first, now: `${first.now}, and ${times - 1} more` },
  );
}

/**
 * The first mark or clear that the call told its line to send, and that did not reach the carrier in its place. Once the line is
 * over nothing does.
 */
export function undelivered(entries: readonly JournalEntry[], texts: readonly SentText[]): readonly Difference[] {
  const over = entries.findIndex((entry) => "in" in entry && entry.in.kind === "line-over");
  const told = (over < 0 ? entries : entries.slice(0, over)).flatMap((entry) => {
    const was = "line" in entry ? toldInWords(entry.line) : undefined;
    return was === undefined ? [] : [{ atMs: entry.atMs, was }];
  });
  const reached = texts.flatMap(({ text }) => reachedInWords(readSent(text)) ?? []);
  const place = told.findIndex(({ was }, index) => was !== reached[index]);
  const missed = told[place];
  return missed ? [{ ...missed, about: "what reaches the carrier", now: reached[place] ?? "nothing" }] : [];
}

function toldInWords(command: SentToLine): string | undefined {
  if (command.do === "mark") return `the mark ${command.mark}`;
  return command.do === "clear" ? "clear" : undefined;
}

function reachedInWords(message: ReturnType<typeof readSent>): string | undefined {
  if (message?.event === "mark") return `the mark ${message.mark.name}`;
  return message?.event === "clear" ? "clear" : undefined;
}

const ids = { streamSid: z.string().optional(), stream_sid: z.string().optional() };
const toCarrier = z.discriminatedUnion("event", [
  z.object({ event: z.literal("media"), ...ids, media: z.object({ payload: z.string() }) }),
  z.object({ event: z.literal("mark"), ...ids, mark: z.object({ name: z.string() }) }),
  z.object({ event: z.literal("clear"), ...ids }),
]);

/** A message of ours as the carrier understands it; `undefined` where it would not. */
export function readSent(text: string): z.output<typeof toCarrier> | undefined {
  try {
    return toCarrier.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // no JSON
  }
}

type Sent = {
  readonly index: number;
  readonly atMs: number;
  readonly message: ReturnType<typeof readSent>;
  /** The last time before it that the line was cleared. */
  readonly clearedMs: number | undefined;
  /** The mark that vouches for it, if one does. */
  mark: string | undefined;
};

function inPlace({ texts }: SentSide): readonly Sent[] {
  let clearedMs: number | undefined;
  const sent = texts.map(({ atMs, text }, index): Sent => {
    const message = readSent(text);
    if (message?.event === "clear") clearedMs = atMs;
    return { index, atMs, message, clearedMs, mark: undefined };
  });
  let mark: string | undefined;
  for (const one of sent.toReversed()) {
    if (one.message?.event === "clear") mark = undefined;
    if (one.message?.event === "mark") mark = one.message.mark.name;
    one.mark = mark;
  }
  return sent;
}

type Rule = (sent: Sent, side: SentSide) => Omit<Difference, "atMs"> | undefined;

const understood: Rule = ({ message }) =>
  message ? undefined : { about: "a message to the carrier", was: "media, mark or clear", now: "none of these" };

const framed: Rule = ({ message }, { limits: { alignBytes, minBytes, maxBytes } }) => {
  if (message?.event !== "media") return undefined;
  const bytes = base64Bytes(message.media.payload);
  if (bytes % alignBytes === 0 && bytes >= minBytes && bytes <= maxBytes) return undefined;
  const was = `a multiple of ${alignBytes} bytes, at least ${minBytes}, at most ${maxBytes}`;
  return { about: "the size of a frame", was, now: `${bytes} bytes` };
};

const encoded: Rule = ({ message }) =>
  message?.event !== "media" ||
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(message.media.payload)
    ? undefined
    : { about: "the sound of a frame", was: "padded base64", now: "something else" };

const addressed: Rule = ({ message }, { streamId }) => {
  if (!message) return undefined;
  const given = message.streamSid ?? message.stream_sid;
  return given === streamId
    ? undefined
    : { about: "the stream that a message is for", was: streamId, now: given ?? "not said" };
};

const inTime: Rule = ({ index, message }, { beforeStop }) =>
  index < beforeStop
    ? undefined
    : { about: "after the carrier stopped", was: "nothing is sent", now: message?.event ?? "something" };

/** What follows a `clear` belongs to a reply that began no sooner. */
const ofItsReply: Rule = ({ message, clearedMs, mark, atMs }, { begunMs }) => {
  if (message?.event !== "media" || clearedMs === undefined) return undefined;
  const ofMark = begunMs.get(Number(/^g(\d+):/.exec(mark ?? "")?.[1]));
  const newest = [...begunMs.values()].filter((begun) => begun <= atMs).at(-1);
  // What is sent before the reply of its mark has begun is of the one before.
  const begun = (ofMark !== undefined && ofMark <= atMs ? ofMark : newest) ?? Number.NEGATIVE_INFINITY;
  if (begun >= clearedMs) return undefined;
  return {
    about: "after the line was cleared",
    was: "nothing is played until the next reply",
    now: "sound was played",
  };
};

const RULES: readonly Rule[] = [understood, framed, encoded, addressed, inTime, ofItsReply];
