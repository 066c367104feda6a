import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeRetranscription } from "../../src/jobs/retranscription.ts";
import { batchTranscription, type TranscriptionState } from "../../src/jobs/retranscription-batch.ts";
import { recordedSound } from "../../src/jobs/retranscription-sound.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { StoredCall } from "../../src/store/store.ts";
import { books, ENDED_AT, id } from "./written-up.ts";

const HOUR = 3_600_000;
const DONE: TranscriptionState = {
  kind: "done",
  language: "hi-IN",
  lines: [{ speaker: "0", text: "नमस्ते", fromMs: 0, toMs: 900 }],
};

/** A provider whose jobs stand as they are told to. */
function world(more: Partial<StoredCall> = { recordingUrl: "/v1/calls/call_1/recording" }) {
  const { state, store } = books([], { retranscribe: "always" }, more, ["retranscription"]);
  const clock = new VirtualClock(ENDED_AT);
  const provider = {
    transcriptionModel: "m",
    started: [] as string[],
    state: { kind: "running" } as TranscriptionState,
    startTranscription: async (file: string, sound: Blob) => {
      provider.started.push(`${file}: ${await sound.text()}`);
      return `job-${provider.started.length}`;
    },
    transcription: async () => provider.state,
  };
  const found: { sound: Blob | "away" | "elsewhere" } = { sound: new Blob(["RIFF"]) };
  const write = () => writeRetranscription({ store, provider, sound: async () => found.sound, clock }, id);
  return { state, clock, provider, found, write };
}

test("a recording is handed over, looked after, and written beside the live transcript", async () => {
  const { state, provider, write } = world();
  expect(await write()).toBe("waiting");
  expect(provider.started).toEqual(["call_1.wav: RIFF"]);
  expect(await write()).toBe("waiting");
  provider.state = DONE;
  expect(await write()).toBe("written");
  expect(state.call?.retranscription).toEqual({
    ...{ callId: id, kind: "written", model: "m", audioMs: 50_000, language: "hi-IN" },
    lines: DONE.lines,
  });
  expect(await write()).toBe("written");
  expect([provider.started.length, state.owed]).toEqual([1, []]);
});

test("numbers that must not be read in a call are not read in its retranscription either", async () => {
  const { state, provider, write } = world({ recordingUrl: "/v1/calls/call_1/recording", redact: "digits" });
  await write();
  provider.state = { ...DONE, lines: [{ speaker: "0", text: "My card is 4111 1111.", fromMs: 0, toMs: 900 }] };
  await write();
  expect(state.call?.retranscription).toMatchObject({
    kind: "written",
    lines: [{ speaker: "0", fromMs: 0, toMs: 900 }],
  });
  expect(JSON.stringify(state.call?.retranscription)).not.toContain("4111");
});

test("it waits for the recording without failing, and without one it says so and is done", async () => {
  const { state, provider, write } = world({});
  state.owed = ["recording", "retranscription"];
  for (let visit = 0; visit < 30; visit++) expect(await write()).toBe("waiting");
  state.owed = ["retranscription"];
  expect(await write()).toBe("none");
  expect(state.call?.retranscription).toEqual({ callId: id, kind: "none", why: "there is no recording of this call" });
  expect(await write()).toBe("none");
  expect([provider.started, state.owed]).toEqual([[], []]);
});

test("one that is asked for again is tried again", async () => {
  const { state, provider, write } = world();
  state.call = state.call && { ...state.call, retranscription: { callId: id, kind: "none", why: "gone" } };
  expect(await write()).toBe("waiting");
  expect(provider.started).toHaveLength(1);
});

test("what fails is tried three times, since each is paid for, and then given up with the reason", async () => {
  const { state, provider, write } = world();
  provider.state = { kind: "failed", why: "Sarvam says: Failed" };
  for (let failure = 1; failure <= 2; failure++) {
    expect(await write()).toBe("waiting");
    await expect(write()).rejects.toThrow("not transcribed: Sarvam says: Failed");
  }
  expect(await write()).toBe("waiting");
  expect(await write()).toBe("none");
  expect(provider.started).toHaveLength(3);
  expect(state.call?.retranscription).toEqual({ callId: id, kind: "none", why: "Sarvam says: Failed" });
});

test("where nobody was told apart, what was said is not lost", async () => {
  const said = { transcript: "नमस्ते", language_code: "hi-IN", diarized_transcript: { entries: [] } };
  const file_url = `data:application/json,${encodeURIComponent(JSON.stringify(said))}`;
  const outputs = [{ file_name: "0.json" }];
  const client = {
    getStatus: async () => ({ job_state: "Completed", job_details: [{ outputs }] }),
    getDownloadLinks: async () => ({ download_urls: { "0.json": { file_url } } }),
  } as unknown as Parameters<typeof batchTranscription>[0];
  const { transcription } = batchTranscription(client, async (answer, schema) => schema.parse(await answer));
  expect(await transcription("job")).toMatchObject({ lines: [{ speaker: "", text: "नमस्ते" }] });
});

test("a job that comes to no end is a failed one", async () => {
  const { clock, provider, write } = world();
  await write();
  await clock.advance(6 * HOUR);
  expect(await write()).toBe("waiting");
  await clock.advance(1);
  await expect(write()).rejects.toThrow("did not come to an end");
  await write();
  expect(provider.started).toHaveLength(2);
});

test("a recording on another machine is waited for a day, one kept elsewhere or too long is not tried", async () => {
  const away = world();
  away.found.sound = "away";
  expect(await away.write()).toBe("waiting");
  await away.clock.advance(24 * HOUR);
  expect(await away.write()).toBe("none");
  const elsewhere = world();
  elsewhere.found.sound = "elsewhere";
  expect(await elsewhere.write()).toBe("none");
  const long = world({ recordingUrl: "/x", answeredAt: ENDED_AT - 2 * HOUR - 1 });
  expect(await long.write()).toBe("none");
  expect([away, elsewhere, long].flatMap(({ provider }) => provider.started)).toEqual([]);
});

test("a call that is not over is not tried yet, an unknown one never", async () => {
  const { state, write } = world();
  if (state.call) state.call = { ...state.call, status: "open" };
  await expect(write()).rejects.toThrow("not closed yet");
  state.call = undefined;
  expect(await write()).toBe("unknown");
});

test("recordings are found on this disk and in our bucket, and nobody else is asked for them", async () => {
  const seen: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];
  const server = createServer(({ url, headers }, response) => {
    seen.push({ url, headers });
    response.writeHead(url?.includes("gone") ? 404 : 200).end("RIFF in a bucket");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = mkdtempSync(join(tmpdir(), "durvani-sound-"));
  try {
    const path = join(folder, "call_1.wav");
    writeFileSync(path, "RIFF on a disk");
    const s3 = {
      ...{ bucket: "calls", prefix: "", region: "ap-south-1", endpoint },
      ...{ accessKeyId: "AK", secretAccessKey: "secret", sessionToken: undefined },
    };
    const find = async (call: string) => (call === id ? path : undefined);
    const sound = recordedSound({ find }, s3, new VirtualClock(ENDED_AT));
    const text = async (url: string) => {
      const found = await sound(id, url);
      return typeof found === "string" ? found : found.text();
    };
    expect(await text("/v1/calls/call_1/recording")).toBe("RIFF on a disk");
    expect(await text(`${endpoint}/calls/call_1.wav`)).toBe("RIFF in a bucket");
    expect(seen[0]?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AK\/.*SignedHeaders=host;/);
    await expect(text(`${endpoint}/calls/gone.wav`)).rejects.toMatchObject({ provider: "s3", retryable: false });
    for (const other of [`${endpoint}/callsigns/1.wav`, `${endpoint}/calls/../x.wav`, "https://carrier.example/1.wav"])
      expect(await text(other)).toBe("elsewhere");
    expect(seen).toHaveLength(2);
    const without = recordedSound({ find: async () => undefined }, undefined, new VirtualClock(ENDED_AT));
    expect(await without(id, `${endpoint}/calls/call_1.wav`)).toBe("elsewhere");
    expect(await without(id, "/v1/calls/call_1/recording")).toBe("away");
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});
