import { describe, expect, test } from "vitest";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import type { Carrier } from "../rig.ts";
import { playlist } from "./speech.ts";
import { type AgentEntry, cleared, happened, markCame, played, stage, warningsOf } from "./stage.ts";

const CARRIERS: readonly Carrier[] = ["twilio", "exotel"];
const GREETING = "Hello, this is Durvani.";
const ANSWER = [
  "We are open on every day of the week.",
  "On Sundays we open a little later.",
  "Do come and see us soon.",
];
const GOODBYE = ["Thank you very much for calling us today.", "Have a nice day, goodbye."];
const STAY = "Of course, I am still here for you.";

/** How long after the computed end of playing a mark is waited for: `POLICY.markGraceMs`, and time for a busy machine. */
const CAP_MS = 1500 + 1500;

const TALKER: AgentEntry = {
  greeting: GREETING,
  dialog: {
    kind: "rules",
    rules: [
      { when: ["opening hours"], say: ANSWER.join(" ") },
      { when: ["goodbye"], say: GOODBYE.join(" "), hangUp: true },
    ],
    otherwise: STAY,
  },
};
const ASKER: AgentEntry = {
  greeting: GREETING,
  dialog: { kind: "echo" },
  phrases: { stillThere: ["Are you still on the line?"], goodbye: "Nobody seems to be there, goodbye." },
  limits: { silenceSeconds: 1 },
};

const at = (call: TwinCall, kind: string, name?: string): number => {
  const found = call.log.findLast(
    (event) => event.kind === kind && (name === undefined || ("name" in event && event.name === name)),
  );
  if (!found) throw new Error(`no ${kind} ${name ?? ""}`);
  return found.atMs;
};

describe("marks", () => {
  const on = stage({ api: "realtime", agents: { talker: TALKER, asker: ASKER }, simulator: { voiceMsPerChar: 25 } });

  test.concurrent.each(CARRIERS)("I4: %s: a mark behind each sentence, and no other", async (carrier) => {
    const call = await on.dial(carrier, "talker");
    await played(call, "g1:0");
    await call.say(voice("en-question").audio);
    await played(call, "g2:2");
    call.hangUp();
    await call.over;
    const marks = call.arrivals.flatMap((arrival) => (arrival.kind === "mark" ? [arrival.name] : []));
    expect(marks).toEqual(["g1:0", "g2:0", "g2:1", "g2:2"]);
    expect(playlist(call, on.speech)).toEqual([GREETING, ...ANSWER]);
    expect((await on.books(call)).turns.map(({ agent_heard }) => agent_heard)).toEqual([GREETING, ANSWER.join(" ")]);
    expect(warningsOf(call)).toEqual([]);
  });

  test.concurrent("I2: marks that come back because they were cleared credit nothing", async () => {
    // A line that plays at half speed still has most of the answer to play when all of it was sent.
    const call = await on.dial("twilio", "talker", { speed: 0.5 });
    await played(call, "g1:0");
    await call.say(voice("en-question").audio);
    await markCame(call, "g2:2");
    const saying = call.say(voice("hi-thanks").audio);
    await cleared(call);
    await saying;
    await played(call, "g3:0");
    call.hangUp();
    await call.over;
    const back = (why: string): readonly string[] =>
      call.log.flatMap((event) => (event.kind === "mark-returned" && event.why === why ? [event.name] : []));
    expect(back("cleared")).toContain("g2:2");
    expect(back("played")).not.toContain("g2:2");
    const { turns } = await on.books(call);
    const heard = ANSWER.filter((_, piece) => back("played").includes(`g2:${piece}`)).join(" ");
    expect(turns.map(({ agent_heard }) => agent_heard)).toEqual([GREETING, heard, STAY]);
    expect(turns[1]?.agent_sent).toBe(ANSWER.join(" "));
  });

  test.concurrent.each(CARRIERS)("I2: %s: a late mark that comes after the clear credits nothing", async (carrier) => {
    const call = await on.dial(carrier, "talker", { faults: { lateMarksMs: 1400 } });
    await played(call, "g1:0");
    await call.say(voice("en-question").audio);
    // The first sentence is over by now; its mark comes well after the caller's voice is noticed.
    await markCame(call, "g2:1");
    const saying = call.say(voice("hi-thanks").audio);
    const { atMs } = await cleared(call);
    await saying;
    await played(call, "g3:0");
    call.hangUp();
    await call.over;
    expect(at(call, "mark-returned", "g2:0")).toBeGreaterThan(atMs);
    const { turns } = await on.books(call);
    expect(turns.slice(1).map(({ agent_heard }) => agent_heard)).toEqual(["", STAY]);
  });

  test.concurrent.each(CARRIERS)("I3: %s: a first mark that never comes back stalls nothing", async (carrier) => {
    const call = await on.dial(carrier, "asker", { faults: { dropMarks: "first" } });
    const dropped = await happened(call, (event) => event.kind === "mark-dropped" && event.name === "g1:0");
    // The caller's silence counts from where the greeting is given up: then they are asked, as if all had been well.
    const asked = await markCame(call, "g2:0");
    expect(asked.atMs - dropped.atMs).toBeLessThan(CAP_MS + 1000);
    await call.over;
    const { endHow, turns, decisions } = await on.books(call);
    expect(endHow).toBe("caller-silent");
    expect(decisions.slice(0, 2)).toEqual(["reply unconfirmed", "asked whether there"]);
    expect(turns.map(({ agent_heard }) => agent_heard)).toEqual([
      "",
      "Are you still on the line?",
      "Nobody seems to be there, goodbye.",
    ]);
  });

  test.concurrent.each(CARRIERS)(
    "I3: %s: with every mark lost the call goes its whole way, only later",
    async (carrier) => {
      const call = await on.dial(carrier, "talker", { faults: { dropMarks: "all" } });
      await happened(call, ({ kind }) => kind === "playback-ended");
      await call.say(voice("en-question").audio);
      await happened(call, (event) => event.kind === "mark-dropped" && event.name === "g2:2");
      await call.say(voice("en-bye").audio);
      await call.over;
      const texts = playlist(call, on.speech).filter((item) => item !== "clear");
      expect(texts).toEqual([GREETING, ...ANSWER, ...GOODBYE]);
      expect(call.outcome).toMatchObject({ kind: "closed", by: "gateway" });
      const { endHow, turns, decisions } = await on.books(call);
      expect(endHow).toBe("agent-hung-up");
      expect(turns.map(({ agent_heard }) => agent_heard)).toEqual(["", "", ""]);
      expect(turns.at(-1)?.agent_sent).toBe(GOODBYE.join(" "));
      expect(decisions).toContain("goodbye unconfirmed");
    },
  );

  test.concurrent.each(CARRIERS)(
    "I5: %s: a confirmed goodbye: the line goes down once it was heard to its end",
    async (carrier) => {
      const call = await on.dial(carrier, "talker");
      await played(call, "g1:0");
      await call.say(voice("en-bye").audio);
      await call.over;
      expect(at(call, "closed")).toBeGreaterThanOrEqual(at(call, "mark-returned", "g2:1"));
      expect(at(call, "mark-returned", "g2:1")).toBeGreaterThanOrEqual(at(call, "playback-started"));
      // Nothing of it was cut off, and the line did not linger.
      expect(call.log.filter(({ kind }) => kind === "playback-started")).toHaveLength(2);
      expect(call.log.findLast(({ kind }) => kind === "playback-ended")?.atMs).toBeLessThanOrEqual(at(call, "closed"));
      expect(at(call, "closed") - at(call, "mark-returned", "g2:1")).toBeLessThan(1000);
      const { endHow, turns, decisions } = await on.books(call);
      expect(endHow).toBe("agent-hung-up");
      expect(turns.at(-1)).toMatchObject({ agent_heard: GOODBYE.join(" "), interrupted: false });
      expect(decisions).toContain("goodbye confirmed");
    },
  );

  test.concurrent.each(CARRIERS)(
    "I5: %s: an unconfirmed goodbye: the line goes down within the cap, and not before its end",
    async (carrier) => {
      const call = await on.dial(carrier, "talker", { faults: { dropMarks: "all" } });
      await happened(call, ({ kind }) => kind === "playback-ended");
      await call.say(voice("en-bye").audio);
      await call.over;
      const ended = at(call, "playback-ended");
      expect(at(call, "mark-dropped", "g2:1")).toBeGreaterThanOrEqual(ended - 50);
      expect(at(call, "closed") - ended).toBeGreaterThan(0);
      expect(at(call, "closed") - ended).toBeLessThan(CAP_MS);
      const { endHow, decisions, turns } = await on.books(call);
      expect(endHow).toBe("agent-hung-up");
      expect(decisions).toContain("goodbye unconfirmed");
      expect(turns.at(-1)).toMatchObject({ agent_sent: GOODBYE.join(" "), agent_heard: "" });
    },
  );

  test.concurrent.each(CARRIERS)(
    "I5, I6: %s: a goodbye that the caller speaks into is cancelled, and the line stays",
    async (carrier) => {
      const call = await on.dial(carrier, "talker");
      await played(call, "g1:0");
      await call.say(voice("en-bye").audio);
      await markCame(call, "g2:0");
      await call.say(voice("en-interrupt").audio);
      await played(call, "g3:0");
      expect(call.outcome.kind).toBe("streaming");
      call.hangUp();
      await call.over;
      expect(playlist(call, on.speech)).toContain("clear");
      expect(playlist(call, on.speech).at(-1)).toBe(STAY);
      const { endHow, decisions } = await on.books(call);
      expect(endHow).toBe("caller-hung-up");
      expect(decisions).toContain("goodbye cancelled");
    },
  );
});
