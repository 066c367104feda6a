import { describe, expect, test } from "vitest";
import { base64Bytes } from "../../src/audio/format.ts";
import type { Dialect } from "../../src/carrier/carrier.ts";
import { readRecording } from "../../src/journal/journal.ts";
import { replayLine } from "../../src/replay/line/line-only.ts";
import { readCall, replayInputs } from "../../src/replay/replay.ts";
import { playWire, type WireMessage, wireToJournal } from "../../src/replay/wire/wire.ts";
import { voice } from "../../src/simulator/voices.ts";
import { lastMs, onExotel, onTwilio, wireParts } from "./capture.ts";
import { dialectOf, lineParts, REPLAY, type Scene } from "./studio.ts";

/** Hears the greeting, asks, interrupts the answer, and hangs up after the second one. */
const SCENE: Scene = [{ wait: 4000 }, { say: "hi-question" }, { wait: 2500 }, { say: "en-question" }, { wait: 6000 }];
const WORDS = ["", voice("hi-question").text, voice("en-question").text];
const RATES = [8000, 16000, 24000] as const;

const saidIn = (log: readonly WireMessage[]): string => log.map((message) => JSON.stringify(message)).join("\n");
const mediaOf = (texts: readonly { readonly text: string }[]): readonly string[] =>
  texts.flatMap(({ text }) => JSON.parse(text).media?.payload ?? []);

/** The same dialect, wrong in one way. */
const wrong = (carrier: "twilio" | "exotel", change: Partial<Dialect>): { readonly dialect: Dialect } => ({
  dialect: { ...dialectOf(carrier), ...change },
});

describe("a captured media stream", () => {
  test.each([
    ["twilio", onTwilio(SCENE)],
    ["exotel", onExotel(SCENE)],
  ] as const)("%s: is understood, answered and interrupted as on the real socket", async (carrier, log) => {
    const played = await playWire(log, wireParts(carrier));
    expect(played.turns.map(({ userText }) => userText)).toEqual(WORDS);
    expect(played.turns.map(({ interrupted }) => interrupted)).toEqual([false, true, false]);
    expect(played.line.filter((note) => note.do === "clear")).toHaveLength(1);
    expect(played.end.how).toBe("caller-hung-up");
    expect(played.lastsMs).toBe(lastMs(log));
    expect(played.differences).toEqual([]);
    expect(played.entries[0]).toMatchObject({ book: { kind: "open", opening: { carrier } } });
  });

  test("twice: the same to the byte", async () => {
    const play = async (): Promise<string> => {
      const { entries, sentTexts } = await playWire(onExotel(SCENE), wireParts("exotel"));
      return JSON.stringify({ entries, sentTexts });
    };
    expect(await play()).toBe(await play());
  });

  test("its marks, those of another conversation, prove nothing in this one", async () => {
    const log = onTwilio(SCENE);
    const mark = JSON.stringify({ event: "mark", sequenceNumber: "9", streamSid: "MZ1", mark: { name: "g1:0" } });
    const marked = log.flatMap((message) => [message, { atMs: message.atMs, text: mark }]);
    const [plain, played] = [await playWire(log, wireParts("twilio")), await playWire(marked, wireParts("twilio"))];
    expect(played.entries).toEqual(plain.entries);
  });

  test("becomes a journal that can be replayed with its inputs, or with its caller alone", async () => {
    const call = readCall(readRecording(await wireToJournal(onTwilio(SCENE), wireParts("twilio"))));
    expect(call.opening).toMatchObject({ id: "call_captured", carrierCallId: "CA1", carrier: "twilio" });
    expect((await replayInputs(call, REPLAY)).differences).toEqual([]);
    expect((await replayLine(call, lineParts())).differences).toEqual([]);
  });

  test("that breaks off without a word is over nine seconds later", async () => {
    const log = onTwilio(SCENE).slice(0, -1);
    const { end, lastsMs } = await playWire(log, wireParts("twilio"));
    expect(end).toEqual({ how: "caller-hung-up", detail: "the recording ends here" });
    expect(lastsMs).toBe(lastMs(log) + 9000);
  });

  test("that never began is a call that never connected", async () => {
    const log = onTwilio(SCENE).filter((message) => !("text" in message && message.text.includes('"start"')));
    const played = await playWire(log, wireParts("twilio"));
    expect(played.end).toEqual({ how: "never-connected", detail: "no start within 5 s" });
    expect([played.turns, played.sentTexts]).toEqual([[], []]);
  });
});

describe("what a carrier would have taken badly", () => {
  test.each(RATES)(
    "I17: every frame to an Exotel line at %i Hz is whole, long enough and not too long",
    async (rate) => {
      const { sentTexts, differences } = await playWire(onExotel(SCENE, { rate }), wireParts("exotel"));
      const sizes = mediaOf(sentTexts).map(base64Bytes);
      expect(sizes.length).toBeGreaterThan(10);
      expect(sizes.filter((bytes) => bytes % 320 !== 0 || bytes < 3200 || bytes > 100_000)).toEqual([]);
      expect(differences).toEqual([]);
    },
  );

  test("I17: frames of another size are named with the rule", async () => {
    const framing: Dialect["framing"] = (format) => ({
      ...dialectOf("exotel").framing(format),
      frameBytes: 960,
      minBytes: 1,
      alignBytes: 1,
    });
    const { differences } = await playWire(onExotel(SCENE), wireParts("exotel", wrong("exotel", { framing })));
    expect(differences).toEqual([
      {
        atMs: expect.any(Number),
        about: "the size of a frame",
        was: "a multiple of 320 bytes, at least 3200, at most 100000",
        now: expect.stringMatching(/^960 bytes, and \d+ more$/),
      },
    ]);
    const limits = { alignBytes: 1, minBytes: 1, maxBytes: 100_000 };
    const allowed = await playWire(onExotel(SCENE), wireParts("exotel", { ...wrong("exotel", { framing }), limits }));
    expect(allowed.differences).toEqual([]);
  });

  test.each(RATES)(
    "I18: an Exotel line whose start says %i in a string is heard and spoken to at that rate",
    async (rate) => {
      const log = onExotel(SCENE, { rate, numbers: "strings" });
      expect(saidIn(log)).toContain(`sample_rate\\":\\"${rate}\\"`);
      const { turns, entries } = await playWire(log, wireParts("exotel"));
      expect(turns.map(({ userText }) => userText)).toEqual(WORDS);
      expect(entries.find((entry) => "in" in entry)).toMatchObject({
        in: { kind: "started", format: { encoding: "linear16", rate } },
      });
    },
  );

  test("I19: sound before the start and after the stop is heard by nobody and answered by nothing", async () => {
    const log = onTwilio(SCENE);
    const frames = log.filter((message) => "text" in message && message.text.includes('"media"'));
    const early = frames.slice(0, 5).map((message) => ({ ...message, atMs: 0 }));
    const late = frames.map((message) => ({ ...message, atMs: lastMs(log) + message.atMs }));
    const plain = await playWire(log, wireParts("twilio"));
    const played = await playWire([...early, ...log, ...late], wireParts("twilio"));
    expect(played.entries).toEqual(plain.entries);
    expect(played.sentTexts).toEqual(plain.sentTexts);
    expect(played.differences).toEqual([]);
  });

  test("I20: a socket lost in mid-call ends it with the reason, and the turn is written down to its end", async () => {
    const whole = onTwilio(SCENE);
    const log = [...whole.filter(({ atMs }) => atMs < 6500), { atMs: 6500, closed: 1006 }];
    const { end, turns, lastsMs, entries, differences } = await playWire(log, wireParts("twilio"));
    expect(end).toEqual({ how: "carrier-lost", detail: "the socket closed with 1006" });
    expect(lastsMs).toBe(6500);
    expect(turns.at(-1)).toMatchObject({ userText: WORDS[1], interrupted: true, endedMs: 6500 });
    expect(entries.at(-1)).toMatchObject({ book: { kind: "close", closing: { end: { how: "carrier-lost" } } } });
    expect(differences).toEqual([]);
  });

  test("a socket that closes with 1000 is a caller who hung up", async () => {
    const log = [...onTwilio(SCENE).slice(0, -1), { atMs: 20_000, closed: 1000 }];
    expect((await playWire(log, wireParts("twilio"))).end.how).toBe("caller-hung-up");
  });

  test("messages for another stream, or in no form the carrier knows, are named", async () => {
    const encode: Dialect["encode"] = (command, stream) =>
      command.kind === "mark" ? "mark!" : dialectOf("twilio").encode(command, { ...stream, id: "MZ2" });
    const { differences } = await playWire(
      onTwilio([{ wait: 4000 }]),
      wireParts("twilio", wrong("twilio", { encode })),
    );
    expect(differences).toMatchObject([
      { about: "the stream that a message is for", was: "MZ1", now: expect.stringContaining("MZ2") },
      { about: "a message to the carrier", was: "media, mark or clear", now: "none of these" },
      { about: "what reaches the carrier", was: "the mark g1:0", now: "nothing" },
    ]);
  });
});
