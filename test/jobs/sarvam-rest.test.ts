import { afterEach, beforeEach, expect, test } from "vitest";
import { sarvamRest } from "../../src/jobs/sarvam-rest.ts";
import { readEntry } from "../../src/journal/entry-schema.ts";
import { type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { opened } from "../store/entries.ts";
import { id } from "./written-up.ts";

const KEY = "sk_secret";
const QUESTION = {
  ...{ system: "s", user: "u", schemaName: "call_summary" },
  schema: {
    type: "object",
    properties: { mood: { enum: ["good", "bad"] }, more: { $ref: "#/$defs/n" } },
    $defs: { n: { type: "integer", minimum: 3 } },
  },
};

let simulator: SarvamSimulator;
beforeEach(async () => {
  simulator = await startSarvam({ keys: [KEY, "quota"], firstWordMs: 1, wordMs: 1 });
});
afterEach(() => simulator.close());
const rest = (apiKey = KEY) => sarvamRest({ baseUrl: simulator.url, apiKey });

test("a model answers as the schema says, without thinking aloud, and tells what it cost", async () => {
  const { text, usage } = await rest().ask(QUESTION);
  expect(JSON.parse(text)).toEqual({ mood: "good", more: 3 });
  expect(usage).toMatchObject({
    model: "sarvam-105b",
    tokens: { prompt: expect.any(Number), completion: expect.any(Number) },
  });
  expect(simulator.wire.http[0]?.body).toMatchObject({
    model: "sarvam-105b",
    reasoning_effort: null,
    response_format: { type: "json_schema", json_schema: { name: "call_summary", schema: QUESTION.schema } },
  });
});

test("a text is translated from whatever language it is in", async () => {
  expect(await rest().translate("नमस्ते", "ta-IN")).toEqual({ text: "[ta-IN] नमस्ते", from: "hi-IN" });
});

test.each<[why: string, key: string, status: number, message: string, retryable: boolean]>([
  ["an unknown key", "sk_stranger", 0, "Sarvam answered 403 (invalid_api_key_error)", false],
  ["no credits", "quota", 0, "Sarvam answered 429 (insufficient_quota_error)", false],
  ["too many requests", KEY, 429, "Sarvam answered 429 (rate_limit_exceeded_error)", true],
  ["a server in trouble", KEY, 500, "Sarvam answered 500 (internal_server_error)", true],
  ["a request that is refused", KEY, 422, "Sarvam answered 422 (invalid_request_error)", false],
])(
  "%s is told without what was sent, is not tried again at once, and knows whether it may be later",
  async (_, key, restStatus, message, retryable) => {
    simulator.faults.restStatus = restStatus;
    for (const ask of [
      () => rest(key).ask(QUESTION),
      () => rest(key).translate("secret words", "en-IN"),
      () => rest(key).startTranscription("call_1.wav", new Blob(["RIFF"])),
    ])
      await expect(ask()).rejects.toMatchObject({ name: "ProviderError", provider: "sarvam-rest", message, retryable });
    expect(simulator.wire.http).toHaveLength(3);
  },
);

test("a Sarvam that does not answer, or answers nonsense, may be asked again", async () => {
  simulator.faults.chat = "garbage";
  await expect(rest().ask(QUESTION)).rejects.toMatchObject({ name: "ProviderError", retryable: true });
  simulator.faults.chat = "cut";
  const error: Error = await rest()
    .ask(QUESTION)
    .catch((thrown) => thrown);
  expect(error).toMatchObject({ name: "ProviderError", retryable: true });
  expect(error.message).toContain("Sarvam does not answer");
  expect(error.message).not.toContain(KEY);
});

test("a batch job tells that it runs, and of what it failed", async () => {
  simulator.faults.batch = "stuck";
  const job = await rest().startTranscription("call_1.wav", new Blob([new Uint8Array(3200)]));
  for (let visit = 0; visit < 3; visit++) expect(await rest().transcription(job)).toEqual({ kind: "running" });
  simulator.faults.batch = "failed";
  const failing = await rest().startTranscription("call_1.wav", new Blob([new Uint8Array(3200)]));
  expect(await rest().transcription(failing)).toEqual({ kind: "running" });
  expect(await rest().transcription(failing)).toEqual({
    kind: "failed",
    why: "Sarvam says: Failed, Internal Server Error, The file could not be transcribed",
  });
  await expect(rest().transcription("nobody")).rejects.toMatchObject({
    message: "Sarvam answered 404 (not_found_error)",
  });
});

test("what is wanted of a call comes back from its journal", () => {
  const entry = opened(id);
  if (entry.kind !== "open") throw new Error("not an opening");
  const afterCall = {
    summary: true,
    extract: { type: "object" },
    translateTo: "en-IN",
    retranscribe: "always",
  } as const;
  const line = { atMs: 0, book: { ...entry, opening: { ...entry.opening, afterCall } } };
  expect(readEntry(JSON.parse(JSON.stringify(line)))).toEqual(line);
});
