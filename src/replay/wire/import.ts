import { base64Bytes, bytesPerMs } from "../../audio/format.ts";
import type { Dialect } from "../../carrier/carrier.ts";
import { type Captured, capturedLine } from "./import-line.ts";
import type { WireMessage } from "./wire.ts";

/** A raw log that makes no media stream; the message says what to look at, for the person who gave it. */
export class ImportError extends Error {
  override readonly name = "ImportError";
}

export type ImportOptions = {
  /** The carriers it may be from, the pickier ones first: the first that understands a `start` message of the log. */
  readonly dialects: readonly Dialect[];
};

export type Imported = {
  /** What the carrier did, in order; ms since the first of it. */
  readonly messages: readonly WireMessage[];
  /** Of the carrier whose messages these are. */
  readonly dialect: Dialect;
  /** Where the instants are from: the log itself, the carrier's timestamps on sound, or the length of the sound so far. */
  readonly timed: "by the log" | "by the carrier" | "by the sound";
  /** Messages of the gateway itself, left out. */
  readonly ownMessages: number;
  /** Numbers of lines that make no sense, left out. */
  readonly badLines: readonly number[];
};

/** More lines than this that make no sense, and it is another kind of file. */
const FEW = 5;

/**
 * Reads a log of a media stream's WebSocket messages, one a line, as people have them: the bare message, or one wrapped in an
 * object with a time (`atMs`, `ts`, `time`, `timestamp`, `t`), a direction (`direction`, `dir`) and the message itself
 * (`message`, `msg`, `data`, `payload`, `raw`) as an object or a text; in front of either a time, and `<` or RECV for what came
 * from the carrier, `>` or SENT for what went to it. Where no direction is given, the gateway's own messages are told by what
 * carriers put on theirs and it does not: a sequence number, or, of those that have none, the track, chunk or timestamp of sound.
 *
 * Without times, sound stands at the carrier's own timestamp or else behind the sound before it, and everything else at the
 * instant of what is before it. A line that says that the socket closed, with a code, closes it.
 *
 * Throws `ImportError` for a log without a stream, with several, or with more than a few lines that make no sense.
 */
export function importWire(text: string, { dialects }: ImportOptions): Imported {
  const { captured, badLines } = linesOf(text);
  const theirs = fromCarrier(captured);
  const dialect = dialectOf(theirs, dialects);
  const { messages, timed } = inTime(theirs, dialect);
  return { messages, dialect, timed, ownMessages: captured.length - theirs.length, badLines };
}

function linesOf(text: string): { readonly captured: readonly Captured[]; readonly badLines: readonly number[] } {
  const captured: Captured[] = [];
  const badLines: number[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === "") continue;
    const read = capturedLine(line, index + 1);
    if (read) captured.push(read);
    else badLines.push(index + 1);
  }
  if (badLines.length > FEW) {
    throw new ImportError(
      `line ${badLines[0]} is no message of a media stream, nor are ${badLines.length - 1} more: one JSON message a line is expected`,
    );
  }
  return { captured, badLines };
}

function fromCarrier(captured: readonly Captured[]): readonly Captured[] {
  const numbers = captured.some((one) => one.kind === "message" && one.numbered);
  return captured.filter((one) => {
    if (one.direction !== undefined) return one.direction === "in";
    if (one.kind === "closed" || !OURS.includes(one.event)) return true;
    return numbers ? one.numbered : one.placed;
  });
}

/** What a gateway sends. */
const OURS: readonly string[] = ["media", "mark", "clear"];

function dialectOf(theirs: readonly Captured[], dialects: readonly Dialect[]): Dialect {
  const messages = theirs.filter((one) => one.kind === "message");
  for (const dialect of dialects) {
    const starts = messages.flatMap(({ text, line }) => {
      const event = dialect.decode(text);
      return event?.kind === "started" ? [{ line, streamId: event.streamId }] : [];
    });
    const [first] = starts;
    if (!first) continue;
    const other = starts.find(({ streamId }) => streamId !== first.streamId);
    if (!other) return dialect;
    throw new ImportError(
      `it holds several streams: one begins in line ${first.line}, another in line ${other.line}; split it`,
    );
  }
  const names = dialects.map(({ name }) => name).join(" or ");
  throw new ImportError(`none of its messages from the carrier is a start message of ${names}`);
}

type Timed = Pick<Imported, "messages" | "timed">;

function inTime(theirs: readonly Captured[], dialect: Dialect): Timed {
  const sounding = bySound(theirs, dialect);
  const times = theirs.flatMap(({ atMs }) => atMs ?? []);
  const [firstMs, lastMs] = [times[0], times.at(-1)];
  if (firstMs === undefined || lastMs === undefined || times.length * 2 < theirs.length) return sounding;
  // Whole seconds are too coarse for a conversation.
  if (times.every((ms) => ms % 1000 === 0)) return sounding;
  // Small numbers may be seconds: then they go a thousandth of the way that the sound goes.
  const unit = (lastMs - firstMs) * 50 < (sounding.messages.at(-1)?.atMs ?? 0) ? 1000 : 1;
  let atMs = 0;
  const messages = theirs.map((captured) => {
    // A line without a time, or one that stands before the last by the log's clock, is taken for simultaneous with it.
    atMs = Math.max(atMs, ((captured.atMs ?? firstMs) - firstMs) * unit);
    return messageOf(captured, atMs);
  });
  return { messages, timed: "by the log" };
}

function bySound(theirs: readonly Captured[], dialect: Dialect): Timed {
  let format = dialect.usualFormat;
  let zeroMs: number | undefined;
  /** When the last message came, and up to when there has been sound. */
  let [lastMs, soundMs] = [0, 0];
  const messages = theirs.map((captured) => {
    const event = captured.kind === "message" ? dialect.decode(captured.text) : undefined;
    if (event?.kind === "started") format = event.format;
    if (event?.kind === "audio") {
      if (event.atMs !== undefined) zeroMs ??= event.atMs;
      lastMs = Math.max(lastMs, event.atMs === undefined ? soundMs : event.atMs - (zeroMs ?? 0));
      soundMs = lastMs + base64Bytes(event.payload) / bytesPerMs(format);
    }
    return messageOf(captured, lastMs);
  });
  return { messages, timed: zeroMs === undefined ? "by the sound" : "by the carrier" };
}

const messageOf = (captured: Captured, atMs: number): WireMessage =>
  captured.kind === "message" ? { atMs, text: captured.text } : { atMs, closed: captured.code };
