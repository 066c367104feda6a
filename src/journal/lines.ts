import { z } from "zod";
import { type BookEntry, CARRIERS, type CallId, ENDINGS } from "../record/record.ts";

/** The last line of a journal that need not be recovered, with the line ends around it. */
export const SETTLED = '\n{"settled":true}\n';

export function header(id: CallId): string {
  return `${JSON.stringify({ journal: 1, call: id })}\n`;
}

const ms = z.number();
const optionalMs = z.number().exactOptional();
const callId = z.custom<CallId>((value) => typeof value === "string");

const turn = z.object({
  seq: z.int(),
  userText: z.string(),
  agentGenerated: z.string(),
  agentSent: z.string(),
  agentHeard: z.string(),
  interrupted: z.boolean(),
  startedMs: ms,
  endedMs: optionalMs,
  metrics: z.object({
    sttMs: optionalMs,
    dialogMs: optionalMs,
    ttsMs: optionalMs,
    firstAudioMs: optionalMs,
    userAudioMs: optionalMs,
    agentAudioMs: optionalMs,
  }),
});

const opening = z.object({
  id: callId,
  carrier: z.enum(CARRIERS),
  carrierCallId: z.string(),
  from: z.string(),
  to: z.string(),
  agent: z.string(),
  language: z.string(),
  openedAt: ms,
});

const decision = z.object({
  atMs: ms,
  what: z.string(),
  why: z.string(),
  inputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

const book = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("open"), opening }),
  z.object({ kind: z.literal("answered"), at: ms }),
  z.object({ kind: z.literal("turn"), turn }),
  z.object({ kind: z.literal("decision"), seq: z.int(), decision }),
  z.object({ kind: z.literal("recording"), url: z.string() }),
  z.object({
    kind: z.literal("close"),
    closing: z.object({ end: z.object({ how: z.enum(ENDINGS), detail: z.string() }), endedAt: ms }),
  }),
]) satisfies z.ZodType<BookEntry>;

const line = z.union([
  z.object({ journal: z.literal(1), call: callId }),
  z.object({ atMs: ms, book }),
  z.object({ atMs: ms, in: z.looseObject({ kind: z.string() }) }),
  z.object({ atMs: ms, out: z.looseObject({ do: z.string() }) }),
  z.object({ settled: z.literal(true) }),
]);

/** A journal read back. `corrupt` counts lines that made no sense; a torn last line is none of them. */
export type ReadJournal = {
  readonly entries: readonly BookEntry[];
  readonly lastAtMs: number;
  readonly corrupt: number;
};

/** Reads as much as there is: a line that is torn at the end is left out, one that makes no sense before it is skipped. */
export function readJournal(text: string): ReadJournal {
  const entries: BookEntry[] = [];
  let lastAtMs = 0;
  let corrupt = 0;
  const lines = text.split("\n");
  for (const [index, source] of lines.entries()) {
    if (source === "") continue;
    const found = line.safeParse(parse(source));
    if (!found.success) {
      if (index < lines.length - 1) corrupt += 1;
      continue;
    }
    if ("atMs" in found.data) lastAtMs = Math.max(lastAtMs, found.data.atMs);
    if ("book" in found.data) entries.push(found.data.book);
  }
  return { entries, lastAtMs, corrupt };
}

function parse(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined; // Which no kind of line is.
  }
}
