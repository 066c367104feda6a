import { describe, expect, test } from "vitest";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { journalTexts } from "../journals.ts";
import { type Carrier, type Rig, until } from "../rig.ts";
import { playlist } from "./speech.ts";
import { type AgentEntry, happened, markCame, played, stage, warningsOf } from "./stage.ts";

const CARRIERS: readonly Carrier[] = ["twilio", "exotel"];
const GREETING = "Hello, this is Durvani.";
const FIVE = "You have pressed the five.";
const HOURS = "We are open on every day of the week.";
const OTHERWISE = "That is something I do not know.";

const rules = {
  kind: "rules",
  rules: [
    { when: ["5"], say: FIVE },
    { when: ["opening hours"], say: HOURS },
  ],
  otherwise: OTHERWISE,
};
const TALKER: AgentEntry = { greeting: GREETING, dialog: rules };
const LISTENER: AgentEntry = { greeting: "", dialog: rules };

const texts = (call: TwinCall, on: { speech: Parameters<typeof playlist>[1] }): readonly string[] =>
  playlist(call, on.speech).filter((item) => item !== "clear");

/** The journal of the call that mentions this id, whole. */
async function journalOf({ dataDir }: Rig, callSid: string): Promise<string> {
  return [...(await journalTexts(dataDir)).values()].find((text) => text.includes(callSid)) ?? "";
}

/** The greeting is heard, the question answered: whatever was done to the line, the call goes on. */
async function converses(call: TwinCall): Promise<void> {
  await played(call, "g1:0");
  await call.say(voice("en-question").audio);
  await played(call, "g2:0");
}

describe("the line", () => {
  const on = stage({
    api: "realtime",
    agents: { talker: TALKER, listener: LISTENER },
    simulator: { voiceMsPerChar: 20 },
  });

  test.concurrent.each(CARRIERS)("I15: %s: a digit before any word opens the conversation", async (carrier) => {
    const call = await on.dial(carrier, "listener");
    call.press("5");
    call.press("#");
    await played(call, "g1:0");
    call.hangUp();
    await call.over;
    expect(texts(call, on)).toEqual([FIVE]);
    const { turns } = await on.books(call);
    expect(turns).toMatchObject([{ user_text: "5", agent_heard: FIVE }]);
  });

  test.concurrent("I15: a digit before the greeting has sounded is answered instead of it", async () => {
    const call = await on.dial("twilio", "talker");
    call.press("5");
    call.press("#");
    await happened(call, (event) => event.kind === "mark-returned" && event.name === "g2:0");
    call.hangUp();
    await call.over;
    expect(playlist(call, on.speech).at(-1)).toBe(FIVE);
    const { turns } = await on.books(call);
    expect(turns.at(-1)).toMatchObject({ user_text: "5", agent_heard: FIVE });
  });

  test.concurrent.each([
    { rate: 8000, casing: "snake", numbers: "strings" },
    { rate: 8000, casing: "camel", numbers: "numbers" },
    { rate: 16000, casing: "snake", numbers: "strings" },
    { rate: 16000, casing: "camel", numbers: "numbers" },
    { rate: 24000, casing: "snake", numbers: "strings" },
    { rate: 24000, casing: "camel", numbers: "numbers" },
  ] as const)(
    "I17, I18: exotel at $rate Hz in $casing case and $numbers: heard and spoken at that rate, in frames it can play",
    async (line) => {
      const { wire } = on.rig.simulator;
      const call = await on.dial("exotel", "talker", line);
      await converses(call);
      call.hangUp();
      await call.over;
      for (const frame of call.received) {
        expect(frame.length % 320).toBe(0);
        expect(frame.length).toBeGreaterThanOrEqual(3200);
        expect(frame.length).toBeLessThanOrEqual(100_000);
      }
      expect(warningsOf(call)).toEqual([]);
      // The texts are found among those spoken at this line's own rate only.
      expect(call.format).toEqual({ encoding: "linear16", rate: line.rate });
      expect(texts(call, on)).toEqual([GREETING, HOURS]);
      const heardAt = String(Math.min(line.rate, 16000));
      const ears = wire.sockets.filter(
        ({ kind, query }) => kind === "stt-realtime" && query["sample_rate"] === heardAt,
      );
      expect(ears.some((ear) => ear.texts.includes(voice("en-question").text))).toBe(true);
    },
  );

  test.concurrent.each(CARRIERS)("I19: %s: media before start is ignored, and the call goes on", async (carrier) => {
    const call = await on.dial(carrier, "talker", { faults: { order: "media-before-start" } });
    await converses(call);
    call.hangUp();
    await call.over;
    expect(texts(call, on)).toEqual([GREETING, HOURS]);
    // The twin counts the frame as sent; no ear was given it.
    const sent = Buffer.concat(call.sent.slice(1));
    const ears = on.rig.simulator.wire.sockets.map(({ audioIn }) => Buffer.concat(audioIn));
    expect(ears.some((heard) => heard.equals(sent))).toBe(true);
  });

  test.concurrent.each(CARRIERS)("I19: %s: a start that comes twice starts the call once", async (carrier) => {
    const call = await on.dial(carrier, "talker", { faults: { order: "start-twice" } });
    await converses(call);
    call.hangUp();
    await call.over;
    expect(texts(call, on)).toEqual([GREETING, HOURS]);
    const rows = await on.rig.sql("select id from calls where carrier_call_id = $1", [call.callSid]);
    expect(rows).toHaveLength(1);
  });

  test.concurrent.each(CARRIERS)("I19: %s: a mark that was never sent means nothing", async (carrier) => {
    const call = await on.dial(carrier, "talker", { faults: { order: "mark-before-media" } });
    await converses(call);
    call.hangUp();
    await call.over;
    expect((await on.books(call)).turns.map(({ agent_heard }) => agent_heard)).toEqual([GREETING, HOURS]);
  });

  test.concurrent.each(CARRIERS)("I19: %s: media after stop is ignored, and the call is over once", async (carrier) => {
    const call = await on.dial(carrier, "talker", { faults: { order: "media-after-stop" } });
    await converses(call);
    call.hangUp();
    await call.over;
    const { endHow, decisions } = await on.books(call);
    expect(endHow).toBe("caller-hung-up");
    expect(decisions.filter((what) => what === "ended")).toHaveLength(1);
    const sent = Buffer.concat(call.sent);
    const lastBytes = call.sent.at(-1)?.length ?? 0;
    const ears = on.rig.simulator.wire.sockets.map(({ audioIn }) => Buffer.concat(audioIn));
    expect(ears.some((heard) => heard.equals(sent.subarray(0, sent.length - lastBytes)))).toBe(true);
  });

  test.concurrent.each(CARRIERS)(
    "I20: %s: the line breaks in mid-call: the journal is closed, the reason written, the job done",
    async (carrier) => {
      const call = await on.dial(carrier, "talker");
      await played(call, "g1:0");
      await call.say(voice("en-question").audio);
      await markCame(call, "g2:0");
      call.breakOff();
      await call.over;
      const { endHow, endDetail, turns } = await on.books(call);
      expect(endHow).toBe("carrier-lost");
      expect(endDetail).toContain("1006");
      expect(turns.at(-1)).toMatchObject({ user_text: voice("en-question").text, interrupted: true });
      const owed = await on.rig.sql<{ kind: string; done: boolean }>(
        "select j.kind, j.done_at is not null as done from owed_jobs j join calls c on j.call_id = c.id where c.carrier_call_id = $1",
        [call.callSid],
      );
      expect(owed).toEqual([{ kind: "transcript", done: true }]);
      const journal = await until("a settled journal", async () => {
        const text = await journalOf(on.rig, call.callSid);
        return text.trimEnd().endsWith('{"settled":true}') && text;
      });
      expect(journal).toContain('"carrier-lost"');
    },
  );

  test.concurrent.each(CARRIERS)(
    "%s: a caller who goes without a word of the carrier ends the call all the same",
    async (carrier) => {
      const call = await on.dial(carrier, "talker", { faults: { noStop: true } });
      await played(call, "g1:0");
      call.hangUp();
      await call.over;
      expect(await on.books(call)).toMatchObject({ endHow: "caller-hung-up" });
    },
  );

  test.concurrent.each(CARRIERS)("%s: garbage on the line is survived", async (carrier) => {
    const call = await on.dial(carrier, "talker", { faults: { garbage: "text" } });
    await played(call, "g1:0");
    for (const nonsense of [
      "",
      "[]",
      "null",
      '{"event":"media"}',
      '{"event":"media","media":{"payload":"\\""}}',
      '{"event":"galaxy"}',
    ]) {
      call.sendRaw(nonsense);
    }
    call.sendRaw(Buffer.from([0, 1, 2, 255]));
    await converses(call);
    call.hangUp();
    await call.over;
    expect(texts(call, on)).toEqual([GREETING, HOURS]);
  });

  test.concurrent.each(CARRIERS)("%s: a message far too big ends its own call and no other", async (carrier) => {
    const other = await on.dial(carrier, "talker");
    const call = await on.dial(carrier, "talker", { faults: { garbage: "huge" } });
    await call.over;
    expect(await on.books(call)).toMatchObject({ endHow: "carrier-lost" });
    await converses(other);
    other.hangUp();
    await other.over;
  });

  test.concurrent.each(CARRIERS)(
    "%s: where the carrier leaves silence out, the caller's turn ends all the same",
    async (carrier) => {
      const call = await on.dial(carrier, "talker", { faults: { omitSilence: true } });
      await played(call, "g1:0");
      await call.say(voice("en-question").audio);
      const { atMs: stopped } = await happened(call, ({ kind }) => kind === "speech-ended");
      const { atMs: answered } = await happened(call, ({ kind }) => kind === "playback-started", call.log.length);
      expect(answered - stopped).toBeLessThan(4000);
      await played(call, "g2:0");
      call.hangUp();
      await call.over;
      expect(texts(call, on)).toEqual([GREETING, HOURS]);
      expect(await on.counted("line_silence_filled_ms")).toBeGreaterThan(0);
    },
  );
});
