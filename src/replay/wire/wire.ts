import type { Dialect, LineEvent } from "../../carrier/carrier.ts";
import type { AgentProfile } from "../../dialog/dialog.ts";
import { MediaLine } from "../../gateway/gateway.ts";
import { type JournalEntry, recordingText } from "../../journal/journal.ts";
import { silentLog } from "../../kit/log.ts";
import { deafMeter } from "../../kit/meter.ts";
import type { VirtualClock } from "../../kit/virtual-clock.ts";
import type { CallId } from "../../record/record.ts";
import type { SpeechToText, TextToSpeech } from "../../speech/speech.ts";
import { decisionsOf, turnsOf } from "../again/outcome.ts";
import type { Replayed, ReplayParts } from "../again/replayed.ts";
import { VirtualLine } from "../again/virtual-line.ts";
import { CarrierEnd } from "./carrier-end.ts";
import { KeptCall } from "./kept-call.ts";
import { brokenRules, FRAME_LIMITS, type FrameLimits, type SentText, undelivered } from "./wire-rules.ts";

/** Something that a carrier did on a media socket: a text that it sent, or the code with which the socket closed. */
export type WireMessage = { readonly atMs: number } & ({ readonly text: string } | { readonly closed: number });

export type WireParts = Pick<ReplayParts, "policy" | "apology"> & {
  readonly id: CallId;
  readonly clock: VirtualClock;
  /** Of the carrier whose messages these are. */
  readonly dialect: Dialect;
  readonly stt: SpeechToText;
  readonly tts: TextToSpeech;
  readonly agent: AgentProfile;
  /** What this account's carrier takes, where it is not what the carrier's documents say. */
  readonly limits?: FrameLimits;
};

export type PlayedWire = Replayed & { readonly sentTexts: readonly SentText[] };

/** A log that goes no further: so long, in silence, may the call still last. Less than what a line takes for a dead peer. */
const QUIET_MS = 9_000;

/**
 * Plays what a carrier sent, text by text and each at its instant, through the dialect and the gateway's own media line to the
 * real call. What is sent back is played by a carrier who returns marks as the caller hears them; marks in the log, which are
 * those of another conversation, are left out. Differences are the carrier's rules that were broken.
 *
 * A stream that never began is an outcome (`never-connected`). Rejects for mistakes of our own only.
 */
export async function playWire(log: readonly WireMessage[], parts: WireParts): Promise<PlayedWire> {
  const { clock, dialect } = parts;
  const beganAt = clock.now();
  const started = startOf(log, dialect);
  const format = started?.format ?? dialect.usualFormat;
  const streamId = started?.streamId ?? "";
  const caller = new VirtualLine({ clock, format, framing: dialect.framing, echoMs: 0 });
  const carrier = new CarrierEnd({ clock, caller, streamId });
  const kept = keptCall(parts, started);
  const line = lineOf(carrier, kept, parts);
  let beforeStop = Number.POSITIVE_INFINITY;
  for (const message of log) {
    await clock.advanceTo(beganAt + message.atMs);
    if (isOver(message, dialect)) beforeStop = Math.min(beforeStop, carrier.texts.length);
    if ("closed" in message) carrier.closed(message.closed);
    else if (dialect.decode(message.text)?.kind !== "played") carrier.say(message.text);
  }
  await clock.advance(kept.over.aborted ? 0 : QUIET_MS);
  line.hungUp("the recording ends here");
  const end = await kept.end;
  const since = <T extends { readonly atMs: number }>(note: T): T => ({
    ...note,
    atMs: Math.round((note.atMs - beganAt) * 1000) / 1000,
  });
  const { entries, lastsMs } = kept;
  const sentTexts = carrier.texts.map(since);
  const { limits = FRAME_LIMITS[dialect.name] } = parts;
  return {
    end,
    decisions: decisionsOf(entries),
    turns: turnsOf(entries),
    line: caller.notes.map(since),
    entries,
    lastsMs,
    differences: [
      ...brokenRules({ texts: sentTexts, limits, streamId, beforeStop, begunMs: begunMs(entries) }),
      ...undelivered(entries, sentTexts),
    ],
    sentTexts,
  };
}

/** The same, as the text of a journal with its sound: what was captured on the wire can then be replayed like any other call. */
export async function wireToJournal(log: readonly WireMessage[], parts: WireParts): Promise<string> {
  const { entries } = await playWire(log, parts);
  return recordingText({ id: parts.id, entries });
}

type Started = LineEvent & { readonly kind: "started" };

function startOf(log: readonly WireMessage[], dialect: Dialect): Started | undefined {
  for (const message of log) {
    const event = "text" in message ? dialect.decode(message.text) : undefined;
    if (event?.kind === "started") return event;
  }
  return undefined;
}

const isOver = (message: WireMessage, dialect: Dialect): boolean =>
  "closed" in message || dialect.decode(message.text)?.kind === "stopped";

function keptCall(parts: WireParts, started: Started | undefined): KeptCall {
  const { id, clock, dialect, stt, tts, policy, agent, apology } = parts;
  const { carrierCallId = "", params = {} } = started ?? {};
  const who = { carrierCallId, from: params["from"] ?? "", to: params["to"] ?? "" };
  return new KeptCall({
    clock,
    stt,
    tts,
    policy,
    agent,
    apology: (format) => apology(agent.language, format),
    opening: { id, carrier: dialect.name, ...who },
    format: dialect.usualFormat,
  });
}

/** The line, and what the gateway does when it begins and ends. */
function lineOf(carrier: CarrierEnd, kept: KeptCall, { clock, dialect }: WireParts): MediaLine {
  const line: MediaLine = new MediaLine(
    carrier,
    dialect,
    { clock, meter: deafMeter, log: silentLog },
    {
      begin() {
        if (kept.over.aborted) return "the call is over";
        kept.converse(line);
        return undefined;
      },
      neverBegan: (why) => kept.close({ how: "never-connected", detail: why }),
      broken: (error) => kept.fail(error),
    },
  );
  kept.end.then(
    ({ how }) => line.close(how === "failed" ? 1011 : 1000),
    () => line.close(1011),
  );
  return line;
}

function begunMs(entries: readonly JournalEntry[]): ReadonlyMap<number, number> {
  const replies = entries.flatMap((entry): readonly [number, number][] =>
    "out" in entry && entry.out.do === "start-reply" && "generation" in entry.out
      ? [[Number(entry.out.generation), entry.atMs]]
      : [],
  );
  return new Map(replies);
}
