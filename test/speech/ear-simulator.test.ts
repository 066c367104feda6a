import { expect, onTestFinished, test } from "vitest";
import type { AudioFormat } from "../../src/audio/format.ts";
import { decodeMulaw } from "../../src/audio/g711.ts";
import { Resampler } from "../../src/audio/resample.ts";
import { type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { voice } from "../../src/simulator/voices.ts";
import type { Heard } from "../../src/speech/speech.ts";
import { earBench, kinds, MULAW } from "./ear-bench.ts";
import { eventually } from "./ear-server.ts";

const QUESTION = voice("hi-question");
const KEY = "sk_test_secret";

/** It knows the question by its sound: words that did not all arrive would be understood as others. */
async function simulator(): Promise<SarvamSimulator> {
  const sarvam = await startSarvam({ keys: [KEY] });
  onTestFinished(() => sarvam.close());
  return sarvam;
}

/** The question between two silences, cut into frames of 20 ms of the line's own kind. */
function spoken({ encoding, rate }: AudioFormat): string[] {
  const hush = Buffer.alloc(8000, 0xff);
  const mulaw = Buffer.concat([hush.subarray(0, 2400), QUESTION.audio, hush]);
  const pcm = encoding === "linear16" ? decodeMulaw(mulaw) : mulaw;
  const audio = rate === 8000 ? pcm : new Resampler(8000, rate).push(pcm);
  const bytes = (encoding === "mulaw" ? 1 : 2) * (rate / 50);
  const payloads: string[] = [];
  for (let at = 0; at < audio.length; at += bytes) payloads.push(audio.subarray(at, at + bytes).toString("base64"));
  return payloads;
}

const finals = (heard: readonly Heard[]): string[] =>
  heard.flatMap((event) => (event.kind === "final" ? [event.text] : []));

test.each<["realtime" | "streaming", AudioFormat]>([
  ["realtime", MULAW],
  ["realtime", { encoding: "linear16", rate: 8000 }],
  ["realtime", { encoding: "linear16", rate: 16000 }],
  ["realtime", { encoding: "linear16", rate: 24000 }],
  ["streaming", MULAW],
  ["streaming", { encoding: "linear16", rate: 8000 }],
  ["streaming", { encoding: "linear16", rate: 24000 }],
])("a question over the %s socket on a line of %o is heard", async (api, format) => {
  const sarvam = await simulator();
  const bench = await earBench({ api, baseUrl: sarvam.url });
  const { ear, heard } = bench.listen(format);
  for (const payload of spoken(format)) ear.hear(payload);
  await eventually(() =>
    expect(kinds(heard)).toEqual(expect.arrayContaining(["speech-started", "speech-ended", "final"])),
  );
  expect(finals(heard)).toEqual([QUESTION.text]);
  expect(new Set(heard.map((event) => "utterance" in event && event.utterance))).toEqual(new Set([1]));
});

test.each(["realtime", "streaming"] as const)(
  "I25: a %s socket lost in mid-word still hears the whole question",
  async (api) => {
    const sarvam = await simulator();
    const bench = await earBench({ api, baseUrl: sarvam.url });
    const { ear, heard } = bench.listen();
    const payloads = spoken(MULAW);
    for (const payload of payloads.slice(0, 50)) ear.hear(payload);
    await eventually(() => expect(kinds(heard)).toContain("speech-started"));
    expect(sarvam.drop()).toBe(1);
    await eventually(() => expect(kinds(heard)).toContain("ear-note"));
    for (const payload of payloads.slice(50)) ear.hear(payload);
    await bench.clock.advance(100);
    await eventually(() => expect(finals(heard)).toEqual([QUESTION.text]));
  },
);

test("without access to the realtime beta the older socket hears", async () => {
  const sarvam = await simulator();
  const bench = await earBench({ api: "auto", baseUrl: sarvam.url, apiKey: "nobeta" });
  const { ear, heard } = bench.listen();
  for (const payload of spoken(MULAW)) ear.hear(payload);
  await eventually(() => expect(finals(heard)).toEqual([QUESTION.text]));
  expect(bench.counted.get("stt_fallbacks")).toBe(1);
});

test.each([
  ["quota", "realtime"],
  ["quota", "streaming"],
  ["sk_wrong", "auto"],
] as const)("the key %s over %s ends the ear for good", async (apiKey, api) => {
  const sarvam = await simulator();
  const bench = await earBench({ api, baseUrl: sarvam.url, apiKey });
  const { heard, over } = bench.listen();
  await over;
  expect(heard.at(-1)).toMatchObject({ kind: "ear-failed", error: { retryable: false } });
});
