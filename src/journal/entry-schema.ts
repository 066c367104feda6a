import { z } from "zod";
import { type BookEntry, CARRIERS, type CallId, ENDINGS, LANGUAGES, REDACTIONS } from "../record/record.ts";
import type { CallSetup, JournalEntry, Lost, SentToLine, SpokenPiece } from "./entry.ts";

const ms = z.number();
const optionalMs = z.number().exactOptional();
const count = z.int().min(0);
const numbers = z.record(z.string(), z.number());
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
    agentCharacters: count.exactOptional(),
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
  direction: z.enum(["inbound", "outbound"]).exactOptional(),
  webhookUrl: z.string().exactOptional(),
  afterCall: z
    .object({
      summary: z.boolean().exactOptional(),
      extract: z.record(z.string(), z.unknown()).exactOptional(),
      translateTo: z.enum(LANGUAGES).exactOptional(),
      retranscribe: z.enum(["never", "when-degraded", "always"]).exactOptional(),
    })
    .exactOptional(),
  voiceModel: z.string().exactOptional(),
  redact: z.enum(REDACTIONS).exactOptional(),
});

const decision = z.object({
  atMs: ms,
  what: z.string(),
  why: z.string(),
  inputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  // Version 1 had neither.
  limits: numbers.default({}),
  otherwise: z.string().default(""),
});

const usage = z.object({
  model: z.string(),
  tokens: z.object({ prompt: count, cached: count, completion: count }).exactOptional(),
});

const book = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("open"), opening }),
  z.object({ kind: z.literal("answered"), at: ms }),
  z.object({ kind: z.literal("turn"), turn }),
  z.object({ kind: z.literal("decision"), seq: z.int(), decision }),
  z.object({ kind: z.literal("recording"), url: z.string() }),
  z.object({ kind: z.literal("usage"), seq: z.int(), usage }),
  z.object({
    kind: z.literal("close"),
    closing: z.object({
      end: z.object({ how: z.enum(ENDINGS), detail: z.string(), handoffData: z.string().exactOptional() }),
      endedAt: ms,
    }),
  }),
]) satisfies z.ZodType<BookEntry>;

const call = z.object({
  agent: z.string(),
  greeting: z.string(),
  phrases: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  limits: numbers,
  listensFor: z.string(),
  voice: z.object({
    language: z.enum(LANGUAGES),
    model: z.string(),
    speaker: z.string(),
    pace: z.number().exactOptional(),
    pitch: z.number().exactOptional(),
    loudness: z.number().exactOptional(),
    temperature: z.number().exactOptional(),
    bitrate: z.string().exactOptional(),
    minBufferSize: z.number().exactOptional(),
    maxChunkLength: z.number().exactOptional(),
  }),
  dialog: z.unknown(),
  free: z.boolean().exactOptional(),
  greetingInterruptible: z.enum(["none", "dtmf", "speech", "any"]).exactOptional(),
  toldWhileSpeaking: z.enum(["none", "dtmf", "speech", "any"]).exactOptional(),
  outbound: z.object({ helloMs: ms, message: z.string().exactOptional() }).exactOptional(),
  format: z.object({ encoding: z.enum(["mulaw", "linear16"]), rate: z.literal([8000, 16000, 24000]) }),
  policy: z.record(z.string(), numbers),
}) satisfies z.ZodType<CallSetup>;

const spoken = z.union([
  z.object({ generation: count, bytes: count, audio: z.string().exactOptional() }),
  z.object({ generation: count, said: count }),
]) satisfies z.ZodType<SpokenPiece>;

const sent = z.discriminatedUnion("do", [
  z.object({ do: z.literal("framing"), framing: z.record(z.string(), z.number()) }),
  z.object({
    do: z.literal("played"),
    frames: count,
    bytes: count,
    generation: count.exactOptional(),
    fromMs: optionalMs,
  }),
  z.object({ do: z.literal("mark"), mark: z.string() }),
  z.object({ do: z.literal("clear") }),
]) satisfies z.ZodType<SentToLine>;

/** What a line of each kind looks like, by the field that tells its kind. The most frequent come first. */
const ENTRIES: readonly (readonly [field: string, schema: z.ZodType<JournalEntry>])[] = [
  ["audio", z.object({ atMs: ms, audio: z.string(), filled: z.boolean().exactOptional() })],
  ["spoken", z.object({ atMs: ms, spoken })],
  ["line", z.object({ atMs: ms, line: sent })],
  ["in", z.object({ atMs: ms, in: z.looseObject({ kind: z.string() }) })],
  ["out", z.object({ atMs: ms, out: z.looseObject({ do: z.string() }) })],
  ["book", z.object({ atMs: ms, book })],
  ["call", z.object({ atMs: ms, call })],
  ["lost", z.object({ atMs: ms, lost: z.object({ audio: count, lines: count }) satisfies z.ZodType<Lost> })],
];

/** The entry that a line holds; `undefined` where it makes no sense. */
export function readEntry(line: object): JournalEntry | undefined {
  const schema = ENTRIES.find(([field]) => field in line)?.[1];
  return schema?.safeParse(line).data;
}
