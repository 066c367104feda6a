import type { AudioFormat } from "../../audio/format.ts";
import { decodeMulaw } from "../../audio/g711.ts";
import { type JournalEntry, withoutSound } from "../../journal/journal.ts";

/** Kept around the caller's sound: an ear learns from it what silence is, and that the caller has stopped. */
const BEFORE_MS = 500;
const BEHIND_MS = 2000;
/** Of 32768; below it is what a telephone line rustles. */
const LOUD = 500;
/** What the books said that a reader of a fixture may ask for; a replay needs none of it. */
const BOOKS: readonly string[] = ["open", "turn", "decision", "close"];

/**
 * Without what lies behind the call's end, with no more silence around the caller's sound than an ear needs, and without the
 * agent's: how long it was is all that mattered of it.
 */
export const trimmed = (entries: readonly JournalEntry[]): readonly JournalEntry[] =>
  withoutSilence(untilEnd(entries).filter((entry) => !("book" in entry) || BOOKS.includes(entry.book.kind))).map(muted);

/** Up to the books' last word, or, of a call that nobody closed, to its last line. */
function untilEnd(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const close = entries.findLastIndex((entry) => "book" in entry && entry.book.kind === "close");
  return close < 0 ? entries : entries.slice(0, close + 1);
}

/** The caller's frames stay: they are nothing but sound. */
const muted = (entry: JournalEntry): JournalEntry => withoutSound(entry) ?? entry;

function withoutSilence(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const format = formatOf(entries);
  const loud = entries.filter((entry) => "audio" in entry && isLoud(entry.audio, format));
  const fromMs = (loud[0]?.atMs ?? 0) - BEFORE_MS;
  const untilMs = (loud.at(-1)?.atMs ?? 0) + BEHIND_MS;
  return entries.filter((entry) => !("audio" in entry) || (entry.atMs >= fromMs && entry.atMs <= untilMs));
}

function formatOf(entries: readonly JournalEntry[]): AudioFormat {
  const started = entries.flatMap((entry) => ("in" in entry && entry.in.kind === "started" ? [entry.in] : []))[0];
  return (started as { readonly format?: AudioFormat } | undefined)?.format ?? { encoding: "mulaw", rate: 8000 };
}

function isLoud(payload: string, { encoding }: AudioFormat): boolean {
  const bytes = Buffer.from(payload, "base64");
  const pcm = encoding === "mulaw" ? decodeMulaw(bytes) : bytes;
  for (let at = 0; at + 1 < pcm.length; at += 2) if (Math.abs(pcm.readInt16LE(at)) >= LOUD) return true;
  return false;
}
