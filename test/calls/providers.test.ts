import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AudioFormat, bytesPerMs } from "../../src/audio/format.ts";
import { decodeMulaw } from "../../src/audio/g711.ts";
import { noFaults } from "../../src/simulator/sarvam/faults.ts";
import type { SocketKind, SocketRecord } from "../../src/simulator/sarvam/sarvam.ts";
import type { TwinCall, TwinEvent } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { apologyAudio } from "../../src/speech/apology.ts";
import { until } from "../rig.ts";
import { ask, ECHO, greeted, hangUp, type Story, startStory } from "./story.ts";

/** Short voices: the stories are about failures, not about listening to speech. */
const BRISK = { voiceMsPerChar: 12 };

/** How far into what the caller said these connections together have heard, without a gap between them. */
function heardUpTo(said: Buffer, sockets: readonly SocketRecord[]): number {
  let upTo = 0;
  for (const { audioIn } of sockets) {
    const told = Buffer.concat(audioIn);
    // The latest place it fits without leaving anything out: silence fits in many.
    const at = said.lastIndexOf(told, upTo);
    if (at >= 0) upTo = Math.max(upTo, at + told.length);
  }
  return upTo;
}

async function breakInMidWord(story: Story, calls: readonly TwinCall[], kind: SocketKind, drop: () => void) {
  const before = story.wire.length;
  const said = calls.map((call) => ask(call, "hi-question"));
  await until("speech in every call", () => {
    // The streaming ear tells nothing between the first sound and the transcript.
    const sign = kind === "stt-realtime" ? "partial-sent" : "speech-start-sent";
    const begun = story.wire.slice(before).filter((event) => event.kind === sign);
    return new Set(begun.map(({ socket }) => socket)).size === calls.length;
  });
  expect(story.simulator.wire.open(kind)).toBe(calls.length);
  drop();
  await Promise.all(said);
  const finals = story.wire.slice(before).flatMap((event) => (event.kind === "final-sent" ? [event.text] : []));
  expect(finals).toEqual(calls.map(() => voice("hi-question").text));
}

/** Every frame that left the caller has been heard, by these sockets together, but for those that are under way. */
async function expectEveryFrame(said: () => Buffer, sockets: readonly SocketRecord[], format: AudioFormat) {
  const upTo = said().length - 100 * bytesPerMs(format);
  await until("every frame", () => heardUpTo(said(), sockets) >= upTo);
}

const both = (story: Story): Promise<readonly TwinCall[]> => Promise.all([story.dialTwilio(), story.dialExotel()]);

async function userTexts(story: Story, call: TwinCall): Promise<readonly string[]> {
  return (await story.turns(await story.ended(call))).map(({ user_text }) => user_text);
}

/** The longest story, so it begins first. */
describe.concurrent("the model", () => {
  const agents = { default: { ...ECHO, dialog: { kind: "chat", systemPrompt: "You are brief." } } };
  const SAY_AGAIN = /^Sorry, I did not get that/;

  test("C2-6: a model that writes garbage, breaks off or stalls: the caller is asked to say it again within 10 s, and the call goes on", async () => {
    await using story = await startStory({ agents, simulator: BRISK });
    const call = await story.dialTwilio();
    await greeted(call);
    for (const fault of ["garbage", "cut", "stall"] as const) {
      story.simulator.faults.chat = fault;
      await ask(call, "en-question");
      story.simulator.faults.chat = "none";
      await ask(call, "en-question");
    }
    await hangUp(call);
    const row = await story.ended(call);
    const said = (await story.turns(row)).map(({ agent_heard }) => agent_heard).filter((text) => text !== "");
    const asked = said.filter((text) => SAY_AGAIN.test(text));
    expect(asked).toHaveLength(3);
    expect(said.filter((text) => text.startsWith("We are open from nine"))).toHaveLength(3);
    const [slowest] = await story.sql<{ ms: number }>(
      `select max(again.started_ms - asked.started_ms) as ms from turns again join turns asked
         on asked.call_id = again.call_id and asked.seq = again.seq - 1
       where again.call_id = $1 and again.agent_generated like 'Sorry, I did not get that%'`,
      [row.id],
    );
    expect(slowest?.ms).toBeLessThan(10_000);
  }, 120_000);

  test("C2-6: a model that fails twice in a row: the apology, and the call ends as failed", async () => {
    await using story = await startStory({ agents, simulator: BRISK });
    story.simulator.faults.chat = "error";
    const call = await story.dialExotel();
    await greeted(call);
    const requests = story.simulator.wire.http.length;
    await ask(call, "en-question");
    await Promise.allSettled([ask(call, "en-question"), call.over]);
    await call.over;
    expect(Buffer.concat(call.received).includes(apologyAudio("en-IN", call.format))).toBe(true);
    expect(await story.ended(call)).toMatchObject({
      end_how: "failed",
      end_detail: expect.stringContaining("HTTP 500"),
    });
    expect(story.simulator.wire.http).toHaveLength(requests + 2);
  });
});

describe.concurrent("the realtime ear", () => {
  let story: Story;
  let calls: readonly TwinCall[];
  beforeAll(async () => {
    story = await startStory({ simulator: BRISK });
    calls = await both(story);
    await Promise.all(calls.map(greeted));
  });
  afterAll(() => story[Symbol.asyncDispose]());

  async function expectNoGap(): Promise<void> {
    for (const call of calls) {
      const sockets = story.sockets("stt").filter(({ query }) => query["encoding"] === call.format.encoding);
      await expectEveryFrame(() => Buffer.concat(call.sent), sockets, call.format);
    }
  }

  test.sequential("I25: a realtime socket dropped in mid-word loses no frame and no word, on both carriers", async () => {
    await breakInMidWord(story, calls, "stt-realtime", () => void story.simulator.drop("stt-realtime"));
    expect(story.sockets("stt")).toHaveLength(4);
    await expectNoGap();
  });

  test.sequential("I25: nor does an outage of more than a second, with refused reconnects", async () => {
    const refusals = story.simulator.wire.refused.length;
    await breakInMidWord(story, calls, "stt-realtime", () => {
      Object.assign(story.simulator.faults, { sockets: ["stt-realtime"], refuseUpgrade: 503, upgrades: 6 });
      story.simulator.drop("stt-realtime");
    });
    expect(story.simulator.wire.refused.length - refusals).toBe(6);
    await expectNoGap();
    const notes = await until("both notes", async () => {
      const rows = await story.sql<{ ms: string }>(
        "select substring(why from 'again after (\\d+) ms') as ms from decisions where what = 'ear' and why ~ 'again after'",
      );
      return rows.length === 2 * calls.length && rows;
    });
    // Three refusals and the growing pauses behind them.
    expect(notes.filter(({ ms }) => Number(ms) > 1500)).toHaveLength(calls.length);
  });

  test.sequential("C2-26: transcripts that come three times make one turn", async () => {
    Object.assign(story.simulator.faults, noFaults(), { duplicateFinals: 2 });
    await Promise.all(calls.map((call) => ask(call, "en-question")));
    const repeats = until("all repeats", () => story.wire.filter(({ kind }) => kind === "final-sent").length >= 10);
    await repeats;
    await expectNoGap();
    await Promise.all(calls.map(hangUp));
    const { text } = voice("hi-question");
    for (const call of calls) expect(await userTexts(story, call)).toEqual(["", text, text, voice("en-question").text]);
  });
});

describe.concurrent("the realtime ear refused", () => {
  let nobeta: Story;
  let forbidden: Story;
  beforeAll(async () => {
    nobeta = await startStory({ env: { SARVAM_API_KEY: "nobeta" }, simulator: BRISK });
    forbidden = await startStory({ simulator: BRISK });
  });
  afterAll(async () => {
    await nobeta[Symbol.asyncDispose]();
    await forbidden[Symbol.asyncDispose]();
  });

  test.sequential("I25: closed with 4000, it gives way to streaming once, and later calls do not ask again", async () => {
    await expectOneFallback(nobeta);
    expect(nobeta.sockets("stt").map(({ kind }) => kind)).toEqual(["stt-realtime", "stt-streaming", "stt-streaming"]);
    expect(nobeta.wire.filter(({ kind }) => kind === "error-sent")).toHaveLength(1);
  });

  test.sequential("I25: refused with 403, the same", async () => {
    Object.assign(forbidden.simulator.faults, { sockets: ["stt-realtime"], refuseUpgrade: 403 });
    await expectOneFallback(forbidden);
    expect(forbidden.sockets("stt").map(({ kind }) => kind)).toEqual(["stt-streaming", "stt-streaming"]);
    expect(forbidden.simulator.wire.refused).toEqual([{ path: "/speech-to-text-realtime/ws", status: 403 }]);
  });

  test.sequential("I25: a streaming socket dropped in mid-word loses no frame and no word", async () => {
    const calls = await Promise.all([nobeta.dialTwilio(), nobeta.dialExotel({ rate: 16_000 })]);
    await Promise.all(calls.map(greeted));
    await breakInMidWord(nobeta, calls, "stt-streaming", () => void nobeta.simulator.drop("stt-streaming"));
    for (const call of calls) {
      const { rate, encoding } = call.format;
      const sent = (): Buffer => Buffer.concat(call.sent);
      const said = encoding === "mulaw" ? () => decodeMulaw(sent()) : sent;
      const sockets = nobeta
        .sockets("stt")
        .slice(3)
        .filter(({ query, audioIn }) => query["sample_rate"] === String(rate) && audioIn.length > 0);
      expect(sockets).toHaveLength(2);
      await expectEveryFrame(said, sockets, { encoding: "linear16", rate });
    }
    await Promise.all(calls.map(hangUp));
    for (const call of calls) expect(await userTexts(nobeta, call)).toEqual(["", voice("hi-question").text]);
  });
});

/** Two calls, one after the other: both understand the caller, the first one after a refusal. */
async function expectOneFallback(story: Story): Promise<void> {
  for (const call of [await story.dialTwilio(), await story.dialTwilio()]) {
    await greeted(call);
    await ask(call, "en-question");
    await hangUp(call);
    expect(await userTexts(story, call)).toEqual(["", voice("en-question").text]);
  }
  expect(await story.metric("stt_fallbacks")).toBe(1);
}

describe.concurrent("a provider that will not serve us", () => {
  const tamil = { default: { ...ECHO, language: "ta-IN" } };

  test.each([
    {
      what: "both ears refused with 403",
      key: undefined,
      faults: { sockets: ["stt-realtime", "stt-streaming"], refuseUpgrade: 403 },
      mostEars: 2,
      mostMouths: undefined,
    },
    { what: "a key that is refused", key: "a-key-that-sarvam-does-not-know", faults: {}, mostEars: 2, mostMouths: 2 },
    { what: "credit that is gone (1003)", key: "quota", faults: {}, mostEars: 1, mostMouths: 2 },
  ])(
    "I25, C2-2: $what: the recorded apology is heard in the line's codec, and the call ends as failed",
    async ({ key, faults, mostEars, mostMouths }) => {
      const env: Record<string, string> = key === undefined ? {} : { SARVAM_API_KEY: key };
      await using story = await startStory({ agents: tamil, env, simulator: BRISK });
      Object.assign(story.simulator.faults, faults);
      const calls = await both(story);
      await Promise.all(calls.map(({ over }) => over));
      for (const call of calls) {
        const apology = apologyAudio("ta-IN", call.format);
        expect(Buffer.concat(call.received).includes(apology)).toBe(true);
        expect(call.log.some((event) => event.kind === "mark-returned" && event.why === "played")).toBe(true);
        const row = await story.ended(call);
        expect(row.end_how).toBe("failed");
        expect(row.end_detail).toMatch(/403|no credits left/);
        expect(row.end_detail).not.toMatch(/a-key-that/);
      }
      expect(story.attempts("stt")).toBeLessThanOrEqual(mostEars * calls.length);
      // A mouth that is granted may be used: the greeting has begun when the ears are refused.
      if (mostMouths !== undefined) expect(story.attempts("tts")).toBeLessThanOrEqual(mostMouths * calls.length);
    },
  );
});

/** Five sentences, each of its own length, together some seconds of speech. */
const SENTENCES = [
  "Your order left our warehouse in Pune yesterday at nine in the morning.",
  "It is on its way to Bengaluru, and our driver has it with him.",
  "He will be at your door tomorrow evening, before six if the roads are good.",
  "You will get a message an hour before that.",
  "Please keep the code ready that we sent you on Monday.",
];
const TALKER = {
  ...ECHO,
  dialog: { kind: "rules", rules: [], otherwise: SENTENCES.join(" ") },
} as const;

describe.concurrent("the mouth", () => {
  let story: Story;
  beforeAll(async () => {
    story = await startStory({ agents: { default: TALKER }, simulator: BRISK });
  });
  afterAll(() => story[Symbol.asyncDispose]());

  async function whatWasHeard(call: TwinCall): Promise<string | undefined> {
    await hangUp(call);
    return (await story.turns(await story.ended(call))).at(-1)?.agent_heard;
  }

  test.sequential("I26, S1: sockets cut with 1006 in mid-reply are opened again and configured, and every sentence is heard", async () => {
    const calls = await both(story);
    await Promise.all(calls.map(greeted));
    const [warm, before] = [story.sockets("tts", true), story.wire.length];
    const asked = calls.map((call) => ask(call, "en-question"));
    await until("both to speak", () => {
      const sent = story.wire.slice(before).filter(({ kind }) => kind === "tts-audio-sent");
      return new Set(sent.map(({ socket }) => socket)).size === 2;
    });
    expect(story.simulator.drop("tts")).toBe(4);
    await Promise.all(asked);
    await Promise.all(calls.map((call) => call.waitFor(lastMark, 30_000)));

    const resumed = story.sockets("tts").filter((socket) => !warm.includes(socket) && socket.texts.length > 0);
    expect(resumed).toHaveLength(2);
    for (const { texts, configs } of resumed) {
      expect(configs).toEqual(
        [warm[0]?.configs[0]].map((config) => ({ ...config, output_audio_codec: configs[0]?.["output_audio_codec"] })),
      );
      expect(texts).toEqual(SENTENCES.slice(-texts.length));
    }
    const [twilio] = calls;
    const again = Buffer.concat(
      resumed.find(({ configs }) => configs[0]?.["output_audio_codec"] === "mulaw")?.audioOut ?? [],
    );
    expect(again.length).toBeGreaterThan(8000);
    expect(Buffer.concat(twilio?.received ?? []).includes(again)).toBe(true);
    for (const call of calls) expect(await whatWasHeard(call)).toBe(SENTENCES.join(" "));
  });

  test.sequential("S1: without completion events, 3 s without audio end what was said", async () => {
    story.simulator.faults.noCompletion = true;
    const call = await story.dialTwilio();
    await greeted(call);
    story.simulator.faults.noCompletion = false;
    // The last few samples wait with the mark: they fill no frame of their own.
    const times = call.arrivals.map(({ atMs }) => atMs);
    const quietMs = Math.max(...times.map((atMs, i) => atMs - (times[i - 1] ?? atMs)));
    expect(quietMs).toBeGreaterThan(2500);
    expect(quietMs).toBeLessThan(5000);
    await hangUp(call);
  });

  test.sequential("S1: where the socket is refused, the HTTP stream speaks; the next reply is the socket's again", async () => {
    Object.assign(story.simulator.faults, { sockets: ["tts"], refuseUpgrade: 503, upgrades: Number.POSITIVE_INFINITY });
    const requests = story.simulator.wire.http.length;
    const call = await story.dialExotel();
    await greeted(call);
    const streamed = story.simulator.wire.http.slice(requests);
    expect(streamed).toMatchObject([
      {
        path: "/text-to-speech/stream",
        body: { text: ECHO.greeting, output_audio_codec: "linear16", speech_sample_rate: 8000 },
      },
    ]);
    Object.assign(story.simulator.faults, noFaults());
    await until("sockets again", () => story.sockets("tts", true).length === 2);
    await ask(call, "en-question");
    expect(story.simulator.wire.http).toHaveLength(requests + 1);
    expect(call.heard.includes(Buffer.from("RIFF"))).toBe(false);
    await hangUp(call);
  });

  test.sequential("C2-26: file headers, tiny chunks, binary and broken frames, late audio: the caller hears the words and nothing else", async () => {
    Object.assign(story.simulator.faults, {
      riffHeader: true,
      chunkBytes: 999,
      nonJsonFrame: true,
      binaryFrame: true,
      slowTtsMs: 800,
    });
    const calls = await both(story);
    await Promise.all(calls.map(greeted));
    await Promise.all(calls.map((call) => ask(call, "en-question")));
    await Promise.all(calls.map((call) => call.waitFor(lastMark, 30_000)));
    Object.assign(story.simulator.faults, noFaults());
    for (const call of calls) {
      expect(call.log.filter(({ kind }) => kind === "warning")).toEqual([]);
      const expectedMs = [ECHO.greeting, ...SENTENCES].join("").length * BRISK.voiceMsPerChar;
      const heardMs = Buffer.concat(call.received).length / bytesPerMs(call.format);
      // Exotel's frames are of 200 ms, the last of each sentence padded; a header would be heard as 6 ms of noise.
      expect(heardMs - expectedMs).toBeGreaterThanOrEqual(call.format.encoding === "mulaw" ? -1 : 0);
      expect(heardMs - expectedMs).toBeLessThan(call.format.encoding === "mulaw" ? 1 : 6 * 200);
      expect(Buffer.concat(call.received).includes("RIFF")).toBe(false);
      expect(await whatWasHeard(call)).toBe(SENTENCES.join(" "));
    }
    expect(await story.metric("tts_malformed")).toBeGreaterThan(0);
  });

  test.sequential("I26: a socket closed with 4xxx is not tried again: the apology, and the call ends as failed", async () => {
    const calls = await both(story);
    await Promise.all(calls.map(greeted));
    const opened = story.sockets("tts").length;
    const asked = calls.map((call) => ask(call, "en-question"));
    const before = story.wire.length;
    await until("both to speak", () => {
      const sent = story.wire.slice(before).filter(({ kind }) => kind === "tts-audio-sent");
      return new Set(sent.map(({ socket }) => socket)).size === 2;
    });
    story.simulator.closeSockets(4008, "policy", "tts");
    await Promise.allSettled(asked);
    await Promise.all(calls.map(({ over }) => over));
    for (const call of calls) {
      expect(Buffer.concat(call.received).includes(apologyAudio("en-IN", call.format))).toBe(true);
      expect(await story.ended(call)).toMatchObject({ end_how: "failed", end_detail: expect.stringContaining("4008") });
    }
    expect(story.sockets("tts")).toHaveLength(opened);
  });
});

/** The mark behind the last sentence of a whole reply came back. */
const lastMark = (event: TwinEvent): boolean =>
  event.kind === "mark-returned" && event.name.endsWith(`:${SENTENCES.length - 1}`);
