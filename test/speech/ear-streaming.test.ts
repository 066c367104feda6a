import alawmulaw from "alawmulaw";
import { expect, test } from "vitest";
import { codecRuns } from "../../src/audio/codec-runs.ts";
import type { AudioFormat } from "../../src/audio/format.ts";
import { comeBack, type EarBench, earBench, frame, frames, kinds, type Listening, MULAW } from "./ear-bench.ts";
import { type EarSocket, eventually } from "./ear-server.ts";

type AudioMessage = { audio?: { data: string; sample_rate: number; encoding: string }; type?: string };

const messages = ({ received }: EarSocket): AudioMessage[] => received.map((text) => JSON.parse(text));
const pcmOf = (socket: EarSocket): Buffer =>
  Buffer.concat(messages(socket).map(({ audio }) => Buffer.from(audio?.data ?? "", "base64")));

const START = { type: "events", data: { signal_type: "START_SPEECH", occured_at: 1.5 } };
const END = { type: "events", data: { signal_type: "END_SPEECH", occured_at: 2.5 } };
const data = (transcript: string, rest: object = {}) => ({
  type: "data",
  data: { request_id: "20260101_x", transcript, timestamps: null, language_code: null, ...rest },
});

async function opened(
  format?: AudioFormat,
  language?: string,
): Promise<{ bench: EarBench; listening: Listening; socket: EarSocket }> {
  const bench = await earBench({ api: "streaming" });
  const listening = bench.listen(format, language);
  const socket = await bench.server.socket(0);
  await eventually(() => expect(bench.counted.get("stt_sockets_opened{streaming}")).toBe(1));
  return { bench, listening, socket };
}

test.each<[AudioFormat, string, string]>([
  [MULAW, "8000", "od-IN"],
  [{ encoding: "linear16", rate: 8000 }, "8000", "unknown"],
  [{ encoding: "linear16", rate: 16000 }, "16000", "kok-IN"],
  [{ encoding: "linear16", rate: 24000 }, "16000", "hi-IN"],
])(
  "a line of %o is declared as PCM at %s in the address, with speech events and flushing on",
  async (format, rate, language) => {
    const { socket } = await opened(format, language);
    expect(socket.path).toBe("/speech-to-text/ws");
    expect(socket.headers["api-subscription-key"]).toBe("sk_test_secret");
    expect(socket.target).not.toContain("sk_test");
    expect(Object.fromEntries(socket.query)).toEqual({
      "language-code": language,
      model: "saaras:v3",
      mode: "transcribe",
      sample_rate: rate,
      input_audio_codec: "pcm_s16le",
      vad_signals: "true",
      flush_signal: "true",
    });
  },
);

test("µ-law frames are decoded and sent in batches of 40 ms, nested and labelled as this server wants them", async () => {
  const { listening, socket } = await opened();
  for (const payload of frames(0, 10)) listening.ear.hear(payload);
  await eventually(() => expect(socket.received).toHaveLength(5));
  for (const { audio } of messages(socket)) {
    expect(audio).toMatchObject({ sample_rate: 8000, encoding: "audio/wav" });
    expect(Buffer.from(audio?.data ?? "", "base64")).toHaveLength(640);
  }
  const bytes = Buffer.concat(frames(0, 10).map((payload) => Buffer.from(payload, "base64")));
  const decoded = Buffer.from(alawmulaw.mulaw.decode(new Uint8Array(bytes)).buffer);
  expect(pcmOf(socket).equals(decoded)).toBe(true);
});

test("a frame that no other follows is sent after 60 ms, and no sooner", async () => {
  const { bench, listening, socket } = await opened();
  listening.ear.hear(frame(1));
  await bench.clock.advance(59);
  expect(socket.received).toHaveLength(0);
  await bench.clock.advance(1);
  await eventually(() => expect(socket.received).toHaveLength(1));
  for (const payload of frames(2, 5)) listening.ear.hear(payload);
  await bench.clock.advance(60);
  await eventually(() => expect(socket.received).toHaveLength(3));
  expect(pcmOf(socket)).toHaveLength(4 * 320);
});

test("PCM in long frames goes on as the text it came as; in short ones with the same bytes", async () => {
  const runs = codecRuns();
  const { listening, socket } = await opened({ encoding: "linear16", rate: 8000 });
  const long = Array.from({ length: 4 }, (_, index) => frame(index, 1600));
  const short = Array.from({ length: 4 }, (_, index) => frame(index, 320));
  for (const payload of [...long, ...short]) listening.ear.hear(payload);
  await eventually(() => expect(socket.received).toHaveLength(6));
  expect(
    messages(socket)
      .slice(0, 4)
      .map(({ audio }) => audio?.data),
  ).toEqual(long);
  const sent = Buffer.concat([...long, ...short].map((payload) => Buffer.from(payload, "base64")));
  expect(pcmOf(socket).equals(sent)).toBe(true);
  expect(codecRuns()).toBe(runs);
});

test("a 24 kHz line reaches the older ear at 16 kHz", async () => {
  const { listening, socket } = await opened({ encoding: "linear16", rate: 24000 });
  for (let index = 0; index < 10; index += 1) listening.ear.hear(frame(index, 960));
  await eventually(() => expect(socket.received).toHaveLength(5));
  expect(pcmOf(socket)).toHaveLength(6400);
  expect(messages(socket)[0]?.audio?.sample_rate).toBe(16000);
});

test("without audio something nearly silent is said at least every 10 s; with audio nothing is added", async () => {
  const { bench, listening, socket } = await opened();
  for (let second = 0; second < 30; second += 1) {
    for (const payload of frames(0, 2)) listening.ear.hear(payload);
    await bench.clock.advance(1000);
  }
  await eventually(() => expect(socket.received).toHaveLength(30));
  await bench.clock.advance(60_000);
  await eventually(() => expect(socket.received.length).toBeGreaterThanOrEqual(36));
  const pcm = Buffer.from(messages(socket).at(-1)?.audio?.data ?? "", "base64");
  const samples = Array.from({ length: pcm.length / 2 }, (_, index) => Math.abs(pcm.readInt16LE(index * 2)));
  expect(pcm).toHaveLength(1600);
  expect(Math.max(...samples)).toBe(1);
});

test("S2: speech that the line breaks off is flushed into a transcript", async () => {
  const { bench, listening, socket } = await opened();
  socket.say(START);
  await eventually(() => expect(listening.heard).toHaveLength(1));
  await bench.clock.advance(5000);
  await eventually(() => expect(messages(socket).at(-1)).toEqual({ type: "flush" }));
});

test("S2: speech events and transcripts come out numbered, whatever their order", async () => {
  const { bench, listening, socket } = await opened();
  const { heard } = listening;
  for (const message of [START, END, data("after the end", { language_code: "hi-IN", language_probability: 0.9 })])
    socket.say(message);
  for (const message of [START, data("before the end"), END]) socket.say(message);
  for (const message of [data("with no speech"), START, END, START, data("late"), data("in time"), END])
    socket.say(message);
  await eventually(() => expect(heard).toHaveLength(13));
  expect(heard).toEqual([
    { kind: "speech-started", utterance: 1 },
    { kind: "speech-ended", utterance: 1 },
    { kind: "final", utterance: 1, text: "after the end", language: "hi-IN" },
    { kind: "speech-started", utterance: 2 },
    { kind: "final", utterance: 2, text: "before the end" },
    { kind: "speech-ended", utterance: 2 },
    { kind: "final", utterance: 3, text: "with no speech" },
    { kind: "speech-started", utterance: 4 },
    { kind: "speech-ended", utterance: 4 },
    { kind: "speech-started", utterance: 5 },
    { kind: "final", utterance: 4, text: "late" },
    { kind: "final", utterance: 5, text: "in time" },
    { kind: "speech-ended", utterance: 5 },
  ]);
  expect(bench.clock.now()).toBe(0);
});

test("a transcript that is repeated keeps its utterance; blank ones are passed on; two for one speech are two", async () => {
  const { listening, socket } = await opened();
  for (const message of [START, END, data("hello"), data("hello"), START, END, data(""), START, data("a"), data("b")])
    socket.say(message);
  await eventually(() => expect(listening.heard).toHaveLength(10));
  expect(listening.heard.flatMap((event) => (event.kind === "final" ? [[event.utterance, event.text]] : []))).toEqual([
    [1, "hello"],
    [1, "hello"],
    [2, ""],
    [3, "a"],
    [4, "b"],
  ]);
});

test("a transcript never comes for a cough: the next words are not taken for it", async () => {
  const { bench, listening, socket } = await opened();
  socket.say(START);
  socket.say(END);
  await eventually(() => expect(listening.heard).toHaveLength(2));
  await bench.clock.advance(1600);
  for (const message of [START, data("words"), END]) socket.say(message);
  await eventually(() => expect(listening.heard).toHaveLength(5));
  expect(listening.heard[3]).toEqual({ kind: "final", utterance: 2, text: "words" });
});

test.each([
  { error: "quota exceeded", code: "insufficient_quota_error" },
  { message: "No credits left", code: 429 },
])("an error message about quota ends the ear: %o", async (complaint) => {
  const { listening, socket } = await opened();
  socket.say({ type: "error", data: complaint });
  await listening.over;
  expect(listening.heard).toMatchObject([{ kind: "ear-failed", error: { retryable: false } }]);
  await eventually(() => expect(socket.closed).toBe(true));
});

test("other errors are survived; unknown and malformed messages too", async () => {
  const { bench, listening, socket } = await opened();
  socket.say({ type: "error", data: { message: "audio must not be None" } });
  socket.say({ type: "speech_weather", data: {} });
  for (const text of ["not json", "17", '{"type":"data"}', '{"type":"events","data":{"signal_type":"MAYBE"}}'])
    socket.say(text);
  socket.say(data("on we go"));
  await eventually(() => expect(listening.heard).toEqual([{ kind: "final", utterance: 1, text: "on we go" }]));
  expect(bench.counted.get("stt_unknown_messages{streaming}")).toBe(1);
  expect(bench.counted.get("stt_malformed_messages{streaming}")).toBe(4);
});

test("I25: a connection that goes without a close frame in mid-word is replaced, and told the word again", async () => {
  const { bench, listening, socket } = await opened();
  socket.say(START);
  for (const payload of frames(0, 40)) listening.ear.hear(payload);
  await eventually(() => expect(socket.received).toHaveLength(20));
  // An odd frame is still being gathered when the line breaks.
  listening.ear.hear(frame(40));
  socket.drop();
  await eventually(() => expect(kinds(listening.heard)).toEqual(["speech-started", "ear-note"]));
  for (const payload of frames(41, 60)) listening.ear.hear(payload);
  const second = await comeBack(bench, listening);
  await eventually(() => expect(pcmOf(second)).toHaveLength(60 * 320));
  expect(second.target).toBe(socket.target);
  second.say(START);
  second.say(data("the whole word"));
  await eventually(() =>
    expect(listening.heard.at(-1)).toEqual({ kind: "final", utterance: 1, text: "the whole word" }),
  );
});

test("aborting in mid-batch leaves no timer and sends no more", async () => {
  const { bench, listening, socket } = await opened();
  listening.ear.hear(frame(1));
  listening.stop.abort();
  await listening.over;
  expect(bench.clock.pending).toBe(0);
  await eventually(() => expect(socket.closed).toBe(true));
  expect(socket.received).toHaveLength(0);
});

test("refused, the older socket is not tried again", async () => {
  const bench = await earBench({ api: "streaming" });
  bench.server.refusals.push(403);
  const { heard, over } = bench.listen();
  await over;
  expect(heard).toMatchObject([{ kind: "ear-failed", error: { retryable: false } }]);
  expect(bench.server.upgrades).toBe(1);
  expect(bench.clock.pending).toBe(0);
});
