import { describe, expect, test } from "vitest";
import type { AudioFormat } from "../../src/audio/format.ts";
import { silentLog } from "../../src/kit/log.ts";
import type { SocketEnd } from "../../src/kit/socket.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { type SarvamInMemoryOptions, sarvamInMemory } from "../../src/simulator/sarvam/in-memory.ts";
import type { WireEvent } from "../../src/simulator/sarvam/sarvam.ts";
import { voice } from "../../src/simulator/voices.ts";
import { type SarvamEarOptions, sarvamEar } from "../../src/speech/sarvam/ear.ts";
import { sarvamMouth } from "../../src/speech/sarvam/mouth.ts";
import type { Heard, Spoken } from "../../src/speech/speech.ts";
import { event, frames, KEY, quiet, REALTIME, TTS } from "./sarvam-client.ts";

const MULAW: AudioFormat = { encoding: "mulaw", rate: 8000 };
const QUESTION = voice("hi-question");
const CALLER = Buffer.concat([quiet(500), QUESTION.audio, quiet(1500)]);
const LATENCY_MS = 15;

type At<T> = T & { readonly atMs: number };

/** The gateway's ear and mouth in front of a Sarvam in memory, and all that went over the wire, each with its instant. */
function bench(options: Partial<SarvamInMemoryOptions> = {}) {
  const clock = new VirtualClock();
  const sarvam = sarvamInMemory({ keys: [KEY], clock, latencyMs: LATENCY_MS, seed: 7, ...options });
  const wired: object[] = [];
  sarvam.wire.on(({ socket, ...rest }: WireEvent) => wired.push({ socket: socket.id, ...rest }));
  const parts = {
    baseUrl: "https://sarvam.invalid",
    apiKey: KEY,
    clock,
    ids: { id: (prefix: string) => prefix, secret: () => "secret", chance: () => 0.5 },
    log: silentLog,
    meter: { count: () => {}, observe: () => {}, gauge: () => {} },
    open: sarvam.open,
  };
  const stop = new AbortController();
  const listen = (change: Partial<SarvamEarOptions> = {}) => {
    const speech = sarvamEar({ ...parts, api: "realtime", ...change });
    const ear = speech.listen({ format: MULAW, language: "hi-IN" }, stop.signal);
    return { ear, heard: collected<Heard>(clock, ear).things };
  };
  const openMouth = () =>
    sarvamMouth(parts).open(
      { format: MULAW, voice: { language: "hi-IN", model: "bulbul:v3", speaker: "shubh" } },
      stop.signal,
    );
  /** Puts the caller's audio into the ear, 20 ms at a time and in time. */
  const call = async (ear: { hear(payload: string): void }, audio = CALLER): Promise<void> => {
    for (const frame of frames(audio, 160)) {
      ear.hear(frame.toString("base64"));
      await clock.advance(20);
    }
  };
  return { clock, sarvam, wired, stop, listen, openMouth, call };
}

function collected<T extends object>(clock: VirtualClock, source: AsyncIterable<T>) {
  const things: At<T>[] = [];
  const outcome = (async () => {
    for await (const thing of source) things.push({ ...thing, atMs: clock.now() });
  })().then(
    () => "ended",
    (error: unknown) => error,
  );
  return { things, outcome };
}

async function* texts(...words: string[]): AsyncGenerator<string> {
  yield* words;
}

const finals = (heard: readonly Heard[]): string[] => heard.flatMap((one) => (one.kind === "final" ? [one.text] : []));
const kinds = (things: readonly { readonly kind: string }[]): string[] => [...new Set(things.map(({ kind }) => kind))];
const audioOf = (spoken: readonly Spoken[]): Buffer =>
  Buffer.concat(spoken.flatMap((one) => (one.kind === "audio" ? [Buffer.from(one.payload, "base64")] : [])));

describe("the ear", () => {
  test("hears a voice: its beginning, guesses, its end and its words", async () => {
    const { listen, call, sarvam } = bench();
    const { ear, heard } = listen();
    await call(ear);
    expect(kinds(heard)).toEqual(["speech-started", "partial", "speech-ended", "final"]);
    expect(finals(heard)).toEqual([QUESTION.text]);
    expect(new Set(heard.map((one) => "utterance" in one && one.utterance))).toEqual(new Set([1]));
    expect(sarvam.wire.sockets).toMatchObject([{ kind: "stt-realtime", key: KEY, openedAtMs: LATENCY_MS }]);
    expect(Buffer.concat(sarvam.wire.sockets[0]?.audioIn ?? []).equals(CALLER)).toBe(true);
  });

  test("hears over the older socket as well", async () => {
    const { listen, call } = bench();
    const { ear, heard } = listen({ api: "streaming" });
    await call(ear);
    expect(kinds(heard)).toEqual(["speech-started", "speech-ended", "final"]);
    expect(finals(heard)).toEqual([QUESTION.text]);
  });

  test.each(["realtime", "streaming"] as const)(
    "I25: a %s socket cut in mid-word still hears the whole question, under one number",
    async (api) => {
      const { listen, call, sarvam } = bench();
      const { ear, heard } = listen({ api });
      await call(ear, CALLER.subarray(0, 8 * 1500));
      expect(kinds(heard)).toContain("speech-started");
      expect([sarvam.drop("tts"), sarvam.drop()]).toEqual([0, 1]);
      await call(ear, CALLER.subarray(8 * 1500));
      expect(kinds(heard)).toContain("ear-note");
      expect(finals(heard)).toEqual([QUESTION.text]);
      expect(new Set(heard.map((one) => "utterance" in one && one.utterance))).toEqual(new Set([1, false]));
      expect(sarvam.wire.sockets.map(({ closeCode, closedBy }) => [closeCode, closedBy])).toEqual([
        [1006, "simulator"],
        [undefined, undefined],
      ]);
    },
  );

  test("a key that is not let in ends it for good", async () => {
    const { listen, clock, sarvam } = bench();
    const { heard } = listen({ apiKey: "sk_wrong" });
    await clock.advance(1000);
    expect(heard).toMatchObject([
      { kind: "ear-note", atMs: 2 * LATENCY_MS },
      { kind: "ear-failed", error: { retryable: false }, atMs: 4 * LATENCY_MS },
    ]);
    expect(sarvam.wire.refused).toEqual([
      { path: "/speech-to-text-realtime/ws", status: 403 },
      { path: "/speech-to-text/ws", status: 403 },
    ]);
  });

  test("without access to the realtime socket the older one hears", async () => {
    const { listen, call } = bench();
    const { ear, heard } = listen({ apiKey: "nobeta", api: "auto" });
    await call(ear);
    expect(heard[0]).toMatchObject({ kind: "ear-note", note: expect.stringContaining("falling back to streaming") });
    expect(finals(heard)).toEqual([QUESTION.text]);
  });

  test("upgrades that are refused, stalled or followed by a close are tried again, and nothing is lost", async () => {
    const { listen, call, clock, sarvam } = bench();
    Object.assign(sarvam.faults, { refuseUpgrade: 503, upgrades: 1 });
    const { ear, heard } = listen();
    await clock.advance(2 * LATENCY_MS);
    Object.assign(sarvam.faults, { refuseUpgrade: 0, stallUpgradeMs: Number.POSITIVE_INFINITY, upgrades: 1 });
    await clock.advance(3000);
    Object.assign(sarvam.faults, { stallUpgradeMs: 0, upgrades: 1 });
    sarvam.faults.closeAfterOpen = { code: 1011, reason: "internal", afterMs: 700 };
    await call(ear);
    expect(finals(heard)).toEqual([QUESTION.text]);
    expect(sarvam.wire.refused).toEqual([{ path: "/speech-to-text-realtime/ws", status: 503 }]);
    expect(sarvam.wire.sockets.map(({ closeCode }) => closeCode)).toEqual([1011, undefined]);
  });
});

describe("the mouth", () => {
  test("speaks two texts: the audio of each, then that it was said, to the byte as the simulator made it", async () => {
    const { openMouth, clock, stop, sarvam } = bench();
    const spoken = collected<Spoken>(clock, openMouth().speak(texts("नमस्ते।", "मैं देखती हूँ।"), stop.signal));
    await clock.advance(3000);
    expect(await spoken.outcome).toBe("ended");
    const order = spoken.things.map((one) => (one.kind === "said" ? `said ${one.index}` : "audio"));
    expect(order.filter((one, index) => one !== order[index - 1])).toEqual(["audio", "said 0", "audio", "said 1"]);
    expect(audioOf(spoken.things).equals(Buffer.concat(sarvam.wire.sockets[0]?.audioOut ?? []))).toBe(true);
    expect(sarvam.wire.open("tts")).toBe(2);
  });

  test("an interrupted one is silent at once, its socket goes and the spare speaks next", async () => {
    const { openMouth, clock, stop, sarvam } = bench();
    const mouth = openMouth();
    const interrupt = new AbortController();
    const long = "यह एक बहुत लंबा वाक्य है जिसे कोई पूरा नहीं सुनना चाहता।";
    const first = collected<Spoken>(clock, mouth.speak(texts(long), interrupt.signal));
    await clock.advance(300);
    const before = first.things.length;
    interrupt.abort(new Error("barge-in"));
    await clock.advance(1000);
    expect([before > 0, first.things.length]).toEqual([true, before]);
    expect(await first.outcome).toMatchObject({ message: "barge-in" });
    expect(sarvam.wire.sockets[0]).toMatchObject({ aborted: true, closedBy: "client", closeCode: 1000 });
    const second = collected<Spoken>(clock, mouth.speak(texts("ठीक है।"), stop.signal));
    await clock.advance(1000);
    expect(second.things.at(-1)).toMatchObject({ kind: "said", index: 0 });
    expect(sarvam.wire.sockets[1]?.texts).toEqual(["ठीक है।"]);
  });

  test("a socket cut in mid-sentence: the sentence is spoken again on another", async () => {
    const { openMouth, clock, stop, sarvam } = bench();
    sarvam.faults.dropTtsAfterChunks = 1;
    const spoken = collected<Spoken>(clock, openMouth().speak(texts("यह वाक्य बीच में टूट जाता है।"), stop.signal));
    await clock.advance(280);
    sarvam.faults.dropTtsAfterChunks = -1;
    await clock.advance(3000);
    expect(await spoken.outcome).toBe("ended");
    expect(spoken.things.at(-1)).toMatchObject({ kind: "said", index: 0 });
    expect(sarvam.wire.sockets.filter(({ texts: said }) => said.length > 0)).toHaveLength(2);
  });
});

describe("the same again", () => {
  /** A caller who asks, is answered, and whose ear is lost once. */
  async function conversation(options: Partial<SarvamInMemoryOptions>, reply: string) {
    const { listen, openMouth, call, clock, stop, sarvam, wired } = bench(options);
    const { ear, heard } = listen();
    const mouth = openMouth();
    const spoken = collected<Spoken>(clock, mouth.speak(texts(reply), stop.signal));
    await call(ear);
    sarvam.drop("stt-realtime");
    await call(ear);
    stop.abort();
    await clock.advance(1000);
    return {
      heard,
      told: JSON.stringify({ heard, spoken: spoken.things, wired, sockets: sarvam.wire.sockets }),
      clock,
    };
  }

  test("the same seed and the same call give the same events at the same instants, to the byte", async () => {
    const one = await conversation({}, "नमस्ते, बताइए।");
    const other = await conversation({}, "नमस्ते, बताइए।");
    expect(other.told).toBe(one.told);
    expect(finals(one.heard)).toEqual([QUESTION.text, QUESTION.text]);
    expect((await conversation({ seed: 8 }, "नमस्ते, बताइए।")).told).not.toBe(one.told);
  });

  test("what is heard, and when, does not depend on what is spoken meanwhile", async () => {
    const one = await conversation({}, "नमस्ते।");
    const other = await conversation({}, "यह एक बहुत लंबा वाक्य है। और यह उसके बाद का। और यह भी।");
    expect(other.heard).toEqual(one.heard);
  });

  test("when all is over no timer is left behind, and time was counted in whole milliseconds", async () => {
    const { clock, heard } = await conversation({}, "नमस्ते।");
    expect(clock.pending).toBe(0);
    expect(heard.filter(({ atMs }) => !Number.isInteger(atMs))).toEqual([]);
  });
});

describe("a socket in memory", () => {
  function dialled(path: string, options: Partial<SarvamInMemoryOptions> = {}, onText = (_: string): void => {}) {
    const { clock, sarvam } = bench(options);
    const texts: string[] = [];
    const ends: SocketEnd[] = [];
    const listener = {
      onOpen: () => texts.push("open"),
      onText: (text: string) => {
        texts.push(text);
        onText(text);
      },
      onEnd: (end: SocketEnd) => ends.push(end),
    };
    const socket = sarvam.open(`wss://sarvam.invalid${path}`, { "Api-Subscription-Key": KEY }, listener, clock);
    return { clock, sarvam, texts, ends, socket };
  }

  test("takes the latency twice to open, and once for each message; with none it takes no time", async () => {
    const { clock, texts, socket, sarvam } = dialled(REALTIME);
    await clock.advance(2 * LATENCY_MS - 1);
    expect([socket.open, texts]).toEqual([false, []]);
    await clock.advance(1);
    expect(socket.open).toBe(true);
    expect(texts.map((text) => (text === "open" ? text : JSON.parse(text).event))).toEqual(["open", "session.begin"]);
    socket.send('{"event":"ping"}');
    await clock.advance(2 * LATENCY_MS - 1);
    expect([texts.length, sarvam.wire.sockets[0]?.received]).toEqual([2, 1]);
    await clock.advance(1);
    expect(texts.at(-1)).toBe('{"event":"pong"}');
    expect(sarvam.wire.sockets[0]).toMatchObject({ headerNames: ["Api-Subscription-Key"], key: KEY });

    const near = dialled(REALTIME, { latencyMs: 0 });
    await near.clock.advance(0);
    expect([near.clock.now(), near.texts.length]).toEqual([0, 2]);
  });

  test("keeps the order of messages, and delivers none after a close", async () => {
    const { clock, texts, ends, socket, sarvam } = dialled(REALTIME);
    await clock.advance(100);
    const pings = Array.from({ length: 3 }, () => '{"event":"ping"}');
    for (const text of [...pings, "{", '{"event":"what"}']) socket.send(text);
    await clock.advance(LATENCY_MS);
    socket.close();
    socket.send('{"event":"ping"}');
    expect(socket.open).toBe(false);
    await clock.advance(100);
    expect(texts).toHaveLength(2);
    expect(ends).toEqual([{ code: 1000, reason: "" }]);
    expect(sarvam.wire.sockets[0]).toMatchObject({ received: 5, closeCode: 1000, closedBy: "client" });

    const patient = dialled(REALTIME);
    await patient.clock.advance(100);
    for (const text of [...pings, "{", '{"event":"what"}']) patient.socket.send(text);
    patient.socket.send('{"event":"end"}');
    await patient.clock.advance(300);
    const told = patient.texts.slice(2).map((text) => JSON.parse(text));
    expect(told.map((message) => message.event)).toEqual(["pong", "pong", "pong", "error", "error", "session.end"]);
    expect(told.find(event("error"))).toMatchObject({ message: "Message is not valid JSON" });
    expect(patient.ends).toEqual([{ code: 1000, reason: "session ended" }]);
  });

  test("is closed by the server with its reason; what was on its way there arrives no more", async () => {
    const { clock, texts, ends, socket, sarvam } = dialled(TTS);
    await clock.advance(100);
    socket.send('{"type":"ping"}');
    expect(sarvam.closeSockets(1008, "policy", "stt-realtime")).toBe(0);
    expect(sarvam.closeSockets(1008, "policy")).toBe(1);
    await clock.advance(100);
    expect([texts, ends, sarvam.wire.open()]).toEqual([["open"], [{ code: 1008, reason: "policy" }], 0]);
    expect(sarvam.wire.sockets[0]).toMatchObject({
      received: 0,
      closeCode: 1008,
      closeReason: "policy",
      closedBy: "simulator",
    });
  });

  test("closed by both ends at once is over at both", async () => {
    const { clock, ends, socket, sarvam } = dialled(TTS);
    await clock.advance(100);
    sarvam.closeSockets(1011, "mine");
    socket.close();
    await clock.advance(100);
    expect([ends, sarvam.wire.open(), clock.pending]).toEqual([[{ code: 1011, reason: "mine" }], 0, 0]);
  });

  test("given up before it is open ends with 1006 and leaves nothing behind, wherever the request was", async () => {
    for (const afterMs of [0, LATENCY_MS - 1, LATENCY_MS, 2 * LATENCY_MS - 1]) {
      const { clock, texts, ends, socket, sarvam } = dialled(TTS);
      await clock.advance(afterMs);
      socket.close();
      await clock.advance(100);
      expect([texts, ends.map(({ code }) => code), sarvam.wire.open(), clock.pending]).toEqual([[], [1006], 0, 0]);
    }
  });

  test("nobody who answers ends it with 1006 after the time it was given; nobody at the address with 404", async () => {
    const { clock, ends, sarvam } = dialled("/nowhere");
    await clock.advance(100);
    expect(ends).toEqual([{ code: 1006, reason: "HTTP 404", status: 404 }]);
    sarvam.faults.stallUpgradeMs = 5000;
    const late: SocketEnd[] = [];
    const listener = { onText: () => {}, onEnd: (end: SocketEnd) => late.push(end) };
    sarvam.open(`wss://sarvam.invalid${TTS}`, { "api-subscription-key": KEY }, listener, clock, 1000);
    await clock.advance(999);
    expect(late).toEqual([]);
    await clock.advance(10_000);
    expect(late).toEqual([{ code: 1006, reason: "Opening handshake has timed out" }]);
    expect([sarvam.wire.sockets, clock.pending]).toEqual([[], 0]);
  });

  test("one too many for its key is refused with 429 until another one is gone", async () => {
    const { clock, sarvam, socket } = dialled(TTS, { maxTtsSockets: 1 });
    await clock.advance(100);
    const ends: SocketEnd[] = [];
    const again = () => {
      const listener = { onText: () => {}, onEnd: (end: SocketEnd) => ends.push(end) };
      return sarvam.open(`wss://sarvam.invalid${TTS}`, { "api-subscription-key": KEY }, listener, clock);
    };
    again();
    await clock.advance(100);
    expect(ends).toMatchObject([{ status: 429 }]);
    socket.close();
    await clock.advance(100);
    const second = again();
    await clock.advance(100);
    expect(second.open).toBe(true);
  });

  test("whose listener throws ends with 1011 at this end and 1006 at the other, and time goes on", async () => {
    const { clock, ends, sarvam } = dialled(REALTIME, {}, () => {
      throw new Error("our bug");
    });
    await clock.advance(1000);
    expect(ends).toEqual([{ code: 1011, reason: "our own listener failed: Error: our bug" }]);
    expect(sarvam.wire.sockets[0]).toMatchObject({ closeCode: 1006, closedBy: "client" });
  });
});

test("the chat answers the last thing that the user said", () => {
  const { sarvam } = bench();
  const messages = [
    { role: "system", content: "You answer the phone." },
    { role: "user", content: "Where is my order?" },
    { role: "assistant", content: "Let me see." },
  ];
  expect(sarvam.chat(messages)).toContain("Your order is on its way.");
});
