import OpenAI from "openai";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeSamples, SampleReader, wavHeader } from "../../src/simulator/sarvam/samples.ts";
import { type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { voice } from "../../src/simulator/voices.ts";
import { KEY } from "./sarvam-client.ts";

let simulator: SarvamSimulator;
beforeEach(async () => {
  simulator = await startSarvam({ keys: [KEY], firstAudioMs: 1, speed: 500, firstWordMs: 1, wordMs: 1, control: true });
});
afterEach(() => simulator.close());

const post = (path: string, body: object, key = KEY): Promise<Response> =>
  fetch(simulator.url + path, {
    method: "POST",
    headers: { "api-subscription-key": key, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const openai = (): OpenAI => new OpenAI({ apiKey: KEY, baseURL: `${simulator.url}/v1`, maxRetries: 0 });
const ask = (content: string, more: object = {}): object => ({
  model: "sarvam-105b",
  messages: [{ role: "user", content }],
  ...more,
});

test("chat streams several sentences, word by word, to the openai client with its bearer key", async () => {
  const stream = await openai().chat.completions.create({
    model: "sarvam-105b-conversations",
    messages: [{ role: "user", content: "What are your opening hours?" }],
    stream: true,
  });
  const deltas: string[] = [];
  let finish: string | null | undefined;
  for await (const { choices } of stream) {
    deltas.push(choices[0]?.delta.content ?? "");
    finish = choices[0]?.finish_reason;
  }
  expect(deltas.join("")).toBe(
    "We are open from nine in the morning to eight in the evening. On Sundays we close at two.",
  );
  expect(deltas.length).toBeGreaterThan(10);
  expect(finish).toBe("stop");
});

test("a Hindi question is answered in Hindi, without streaming too, and an unknown one in its own words", async () => {
  const hindi = await post("/v1/chat/completions", ask("मेरा ऑर्डर कहाँ है?"));
  const { choices, usage } = Object(await hindi.json());
  expect(choices[0].message.content).toContain("ऑर्डर रास्ते में है।");
  expect(choices[0].message.reasoning_content).not.toBe("");
  expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
  const other = Object(await (await post("/v2/chat/completions", ask("Tell me about Mars."))).json());
  expect(other.choices[0].message.content).toMatch(/^You said: Tell me about Mars\. /);
});

test("thinking eats max_tokens, unless it is switched off", async () => {
  const eaten = Object(await (await post("/v1/chat/completions", ask("order", { max_tokens: 200 }))).json());
  expect(eaten.choices[0]).toMatchObject({ message: { content: null }, finish_reason: "length" });
  const plain = await post("/v1/chat/completions", ask("order", { max_tokens: 200, reasoning_effort: null }));
  expect(Object(await plain.json()).choices[0].finish_reason).toBe("stop");
});

test.each([
  [ask("x", { stream_options: {} }), "Unrecognized request argument: stream_options"],
  [ask("x", { max_completion_tokens: 1 }), "Unrecognized request argument: max_completion_tokens"],
  [{ ...ask("x"), model: "sarvam-m" }, "Model sarvam-m is not available"],
  [{ ...ask("x"), messages: [{ role: "developer", content: "x" }] }, "Invalid role: developer"],
  [{ ...ask("x"), messages: [] }, "messages must not be empty"],
  [ask("x", { tool_choice: "auto" }), "tool_choice needs tools"],
])("the chat request %j is refused", async (body, message) => {
  const response = await post("/v1/chat/completions", body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: "invalid_request_error", message } });
});

test("chat can fail, stall, be cut off and speak garbage", async () => {
  const read = async (): Promise<string> => {
    const response = await post("/v1/chat/completions", ask("order", { stream: true, reasoning_effort: null }));
    let text = "";
    try {
      for await (const part of response.body ?? []) {
        text += Buffer.from(part).toString();
        if (simulator.faults.chat === "stall" && text.includes('"order"')) break;
        if (simulator.faults.chat === "stall" && text.includes('" order"')) break;
      }
    } catch {
      text += "CUT";
    }
    return text;
  };
  simulator.faults.chat = "error";
  expect((await post("/v1/chat/completions", ask("order"))).status).toBe(500);
  simulator.faults.chat = "cut";
  expect(await read()).toMatch(/CUT$/);
  simulator.faults.chat = "garbage";
  expect(await read()).toContain("<html>");
  simulator.faults.chat = "stall";
  expect(await read()).not.toContain("[DONE]");
});

test("REST errors come in Sarvam's envelope", async () => {
  const codes: [string, number, string][] = [
    ["wrong", 403, "invalid_api_key_error"],
    ["quota", 429, "insufficient_quota_error"],
    ["rate", 429, "rate_limit_exceeded_error"],
  ];
  for (const [key, status, code] of codes) {
    const response = await post("/text-lid", { input: "x" }, key);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: { code, message: expect.any(String), request_id: expect.stringMatching(/^\d{8}_/) },
    });
  }
  expect((await post("/text-analytics", {})).status).toBe(404);
  expect((await post("/text-lid", { input: "x" }, "rate")).headers.get("retry-after")).toBe("1");
  simulator.faults.restStatus = 503;
  expect((await post("/text-lid", { input: "x" })).status).toBe(503);
});

test("HTTP speech: a base64 WAV, a stream of raw bytes, and the limits of each model", async () => {
  const config = { target_language_code: "hi-IN", model: "bulbul:v3", speaker: "shubh", speech_sample_rate: 8000 };
  const streamed = await post("/text-to-speech/stream", { ...config, text: "नमस्ते जी", output_audio_codec: "mulaw" });
  expect(streamed.headers.get("content-type")).toBe("audio/mulaw");
  expect((await streamed.arrayBuffer()).byteLength).toBe([..."नमस्ते जी"].length * 65 * 8);
  const whole = Object(await (await post("/text-to-speech", { ...config, text: "नमस्ते" })).json());
  expect(Buffer.from(whole.audios[0], "base64").toString("latin1", 0, 4)).toBe("RIFF");
  expect((await post("/text-to-speech", { ...config, text: "a".repeat(2501) })).status).toBe(400);
  expect((await post("/text-to-speech", { ...config, text: "a", speaker: "anushka" })).status).toBe(400);
});

test("translation and language identification check their input", async () => {
  const pair = { source_language_code: "auto", target_language_code: "en-IN" };
  expect(Object(await (await post("/translate", { ...pair, input: "नमस्ते" })).json())).toMatchObject({
    translated_text: "[en-IN] नमस्ते",
    source_language_code: "hi-IN",
  });
  expect((await post("/translate", { ...pair, input: "x", model: "sarvam-translate:v1" })).status).toBe(400);
  expect((await post("/translate", { ...pair, input: "x".repeat(1001) })).status).toBe(400);
  expect((await post("/text-lid", { input: "" })).status).toBe(400);
});

const wavOf = (name: string): Uint8Array<ArrayBuffer> => {
  const pcm = encodeSamples(new SampleReader("mulaw").read(voice(name).audio), "linear16");
  return new Uint8Array(Buffer.concat([wavHeader(8000, pcm.length), pcm]));
};

test("a short file is transcribed", async () => {
  const form = new FormData();
  form.set("file", new Blob([wavOf("hi-thanks")]), "call.wav");
  form.set("language_code", "hi-IN");
  const response = await fetch(`${simulator.url}/speech-to-text`, {
    method: "POST",
    headers: { "api-subscription-key": KEY },
    body: form,
  });
  expect(await response.json()).toMatchObject({ transcript: voice("hi-thanks").text, language_code: "hi-IN" });
});

test("a batch job takes its five steps", async () => {
  const jobs = "/speech-to-text/job/v1";
  const created = await post(jobs, { job_parameters: { language_code: "en-IN", with_diarization: true } });
  expect(created.status).toBe(202);
  const { job_id } = Object(await created.json());
  const uploads = Object(await (await post(`${jobs}/upload-files`, { job_id, files: ["caller.wav"] })).json());
  const put = await fetch(uploads.upload_urls["caller.wav"].file_url, { method: "PUT", body: wavOf("en-question") });
  expect(put.status).toBe(201);
  await post(`${jobs}/${job_id}/start`, {});
  const status = async (): Promise<Record<string, unknown>> =>
    Object(
      await (
        await fetch(`${simulator.url}${jobs}/${job_id}/status`, { headers: { "api-subscription-key": KEY } })
      ).json(),
    );
  expect(await status()).toMatchObject({ job_state: "Running" });
  expect(await status()).toMatchObject({
    job_state: "Completed",
    job_details: [{ state: "Success", outputs: [{ file_name: "0.json" }] }],
  });
  const downloads = Object(await (await post(`${jobs}/download-files`, { job_id, files: ["0.json"] })).json());
  const result = await (await fetch(downloads.download_urls["0.json"].file_url)).json();
  expect(result).toMatchObject({
    transcript: "What are your opening hours?",
    diarized_transcript: { entries: [{ speaker_id: "0" }] },
  });
});

test("faults, drops, scripts and the wire can be reached by HTTP, and unknown faults are refused", async () => {
  expect(await (await post("/__faults", { noFinals: true })).json()).toMatchObject({ noFinals: true });
  expect(simulator.faults.noFinals).toBe(true);
  expect((await post("/__faults", { noSuchFault: 1 })).status).toBe(400);
  await fetch(`${simulator.url}/__faults`, { method: "DELETE" });
  expect(simulator.faults.noFinals).toBe(false);
  expect(await (await post("/__drop", { kind: "tts" })).json()).toEqual({ dropped: 0 });
  await post("/__script", { lines: ["hello"] });
  expect(simulator.script).toEqual(["hello"]);
  expect(await (await fetch(`${simulator.url}/__wire`)).json()).toMatchObject({ open: 0, sockets: [] });
});
