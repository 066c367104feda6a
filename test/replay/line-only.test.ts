import { describe, expect, test } from "vitest";
import { silence } from "../../src/audio/gaps.ts";
import { POLICY } from "../../src/call/call.ts";
import { type JournalEntry, readRecording, recordingText } from "../../src/journal/journal.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { Mailbox } from "../../src/kit/mailbox.ts";
import { replayLine } from "../../src/replay/line/line-only.ts";
import { waiting } from "../../src/replay/line/pace.ts";
import { readCall } from "../../src/replay/replay.ts";
import { voice } from "../../src/simulator/voices.ts";
import type { Heard, SpeechToText, Spoken, TextToSpeech } from "../../src/speech/speech.ts";
import { ID, lineParts, MULAW, record, recorded, type Scene, SHOP } from "./studio.ts";

/** Waits for the greeting, asks, interrupts the answer, presses a key, thanks and is let go. */
const SCENE: Scene = [
  { wait: 4000 },
  { say: "hi-question" },
  { wait: 2500 },
  { say: "en-question" },
  { wait: 5000 },
  { press: "4" },
  { wait: 6000 },
  { say: "hi-bye" },
  { wait: 6000 },
];

const call = await recorded(SCENE);
const quick = await recorded([{ wait: 4000 }, { say: "hi-question" }, { wait: 7000 }]);

const asText = (entries: readonly JournalEntry[]): string => entries.map((entry) => JSON.stringify(entry)).join("\n");

describe("the caller of a recorded call, played to a call that hears and speaks anew", () => {
  test("is understood and answered as then", async () => {
    const replayed = await replayLine(call, lineParts());
    expect(replayed.turns.map(({ userText }) => userText)).toEqual([
      "",
      voice("hi-question").text,
      voice("en-question").text,
      "4",
      voice("hi-bye").text,
    ]);
    expect(replayed.decisions.map(({ what }) => what)).toContain("barge-in");
    expect(replayed.end).toEqual({ how: "agent-hung-up", detail: "the agent said goodbye" });
    expect(replayed.differences).toEqual([]);
  });

  test("twice: the same to the byte", async () => {
    const [once, again] = [await replayLine(call, lineParts()), await replayLine(call, lineParts())];
    expect(asText(again.entries)).toBe(asText(once.entries));
    expect(again.line).toEqual(once.line);
  });

  test("leaves a whole journal with its sound, which can be replayed in turn", async () => {
    const { entries, lastsMs } = await replayLine(call, lineParts());
    expect(entries[0]).toMatchObject({ book: { kind: "open", opening: { id: ID } } });
    expect(entries.at(-1)).toMatchObject({ atMs: lastsMs, book: { kind: "close" } });
    const again = readCall(readRecording(recordingText({ id: ID, entries })));
    expect(again.audio).toEqual(call.audio.slice(0, again.audio.length));
    expect(again.replies.flatMap(({ pieces }) => pieces).some((piece) => "audio" in piece)).toBe(true);
    expect((await replayLine(again, lineParts())).differences).toEqual([]);
  });

  test("another policy: the decision is named, with its instant and the limit that was changed", async () => {
    const policy = { ...POLICY, bargeIn: { ...POLICY.bargeIn, minMs: 3000 } };
    const { differences } = await replayLine(call, lineParts({ policy }));
    const bargeIn = (await replayLine(call, lineParts())).decisions.find(({ what }) => what === "barge-in");
    expect(differences[0]).toEqual({
      atMs: bargeIn?.atMs,
      about: "a decision",
      was: "barge-in (speech-started)",
      now: "barge-in (partial)",
      cause: "bargeIn.minMs was 0 and is 3000",
    });
  });

  test("another dialog: the turn and what was answered in it are named", async () => {
    const rules = { ...SHOP, rules: [{ when: ["ऑर्डर"], say: "पता नहीं।" }, ...SHOP.rules] };
    const { differences } = await replayLine(call, lineParts({ rules }));
    expect(differences).toContainEqual({
      atMs: expect.any(Number),
      about: "turn 2, what was answered",
      was: "“आपका ऑर्डर निकल चुका है। वह कल आपके घर पहुँच जाएगा।”",
      now: "“पता नहीं।”",
    });
  });

  test("another ear: what it understood is named", async () => {
    const { differences } = await replayLine(call, lineParts({ script: ["मेरी किताब कहाँ है?"] }));
    expect(differences).toContainEqual(
      expect.objectContaining({
        about: "turn 2, what was understood",
        was: `“${voice("hi-question").text}”`,
        now: "“मेरी किताब कहाँ है?”",
      }),
    );
  });

  test("a slower voice is named where the caller had to wait for it, and only there", async () => {
    const { differences } = await replayLine(quick, lineParts({ firstAudioMs: 130 + 400 }));
    expect(differences).toEqual([
      {
        atMs: expect.any(Number),
        about: "turn 2, how long the caller waited for the answer",
        was: expect.stringMatching(/^\d+ ms$/),
        now: expect.stringMatching(/^\d+ ms$/),
      },
    ]);
    expect((await replayLine(quick, lineParts({ firstAudioMs: 130 + 200 }))).differences).toEqual([]);
  });

  test("a call that now goes on is over after fifteen seconds of quiet", async () => {
    const rules = { ...SHOP, rules: SHOP.rules.filter(({ hangUp }) => !hangUp) };
    const replayed = await replayLine(call, lineParts({ rules }));
    expect(replayed.end).toEqual({ how: "caller-hung-up", detail: "the recording ends here" });
    const audioMs = call.audio.at(-1)?.atMs ?? 0;
    expect(replayed.lastsMs).toBeCloseTo(audioMs + 20 + 15_000, 0);
    expect(replayed.differences.at(-1)).toMatchObject({
      about: "how the call ended",
      was: "agent-hung-up: the agent said goodbye",
      now: "caller-hung-up: the recording ends here",
    });
  });

  test("where nothing was recorded, the caller was silent: a call without its quiet parts is understood as well", async () => {
    const quiet = silence(MULAW, 20);
    const shorter = { ...call, audio: call.audio.filter(({ payload }) => payload !== quiet) };
    expect(shorter.audio.length).toBeLessThan(call.audio.length / 2);
    const { turns, end } = await replayLine(shorter, lineParts());
    expect(turns.map(({ userText }) => userText)).toEqual(
      (await replayLine(call, lineParts())).turns.map(({ userText }) => userText),
    );
    expect(end.how).toBe("agent-hung-up");
  });

  test("a caller who hung up does so again", async () => {
    const { end, lastsMs } = await replayLine(quick, lineParts());
    expect([end.detail, lastsMs]).toEqual(["stop", quick.events.at(-1)?.event.atMs]);
  });

  test("in real time: what happens takes as long as it took", async () => {
    const script: Scene = [{ wait: 300 }];
    const { stt, tts, ...parts } = lineParts();
    const clock = systemClock;
    const quietEar: SpeechToText = { listen: () => Object.assign(new Mailbox<Heard>(), { hear: () => {} }) };
    const mute: TextToSpeech = { open: () => ({ speak: () => new Mailbox<Spoken>() }) };
    const began = clock.now();
    const live = { ...parts, clock, pace: waiting(clock), stt: quietEar, tts: mute };
    const { end, lastsMs } = await replayLine(await recorded(script), live);
    expect(end.how).toBe("caller-hung-up");
    expect(clock.now() - began).toBeGreaterThanOrEqual(695);
    expect(lastsMs).toBeGreaterThanOrEqual(695);
  });

  test("a recording without sound is refused with what to do about it", async () => {
    const silent = readCall({ id: ID, entries: await record(SCENE, false), corrupt: 0 });
    await expect(replayLine(silent, lineParts())).rejects.toThrow(
      `${ID}: recorded without sound; record with RECORD_CALLS=journal`,
    );
  });
});
