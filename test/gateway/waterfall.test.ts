import { expect, test } from "vitest";
import { waterfall } from "../../src/gateway/waterfall.ts";
import type { Decision, Turn } from "../../src/record/record.ts";

const turn = (more: Partial<Turn>): Turn => ({
  seq: 2,
  userText: "where is it?",
  agentGenerated: "here",
  agentSent: "here",
  agentHeard: "here",
  interrupted: false,
  startedMs: 5000,
  endedMs: 9000,
  metrics: {},
  ...more,
});
const decided = (what: string, atMs: number, inputs: Decision["inputs"] = {}): Decision => ({
  ...{ what, atMs, inputs },
  ...{ why: "", limits: {}, otherwise: "" },
});
const one = (turn: Turn, ...decisions: readonly Decision[]) => waterfall([turn], decisions)[0];

test("of a reply every part has its moment", () => {
  const metrics = { sttMs: 400, dialogMs: 30, ttsMs: 120, firstAudioMs: 150, userAudioMs: 900, agentAudioMs: 3000 };
  expect(one(turn({ metrics }), decided("answered", 5000, { turn: 2 }))).toEqual({
    turn: 2,
    speechEndedMs: 4600,
    finalMs: 5000,
    firstWordsMs: 5030,
    firstSoundMs: 5150,
    soundEndedMs: 9000,
    interrupted: false,
  });
});

test("a greeting answers nobody", () => {
  const greeting = turn({ seq: 1, userText: "", startedMs: 0, endedMs: 2000, metrics: { dialogMs: 0, ttsMs: 200 } });
  expect(one(greeting, decided("answered", 5000, { turn: 2 }))).toEqual({
    turn: 1,
    firstWordsMs: 0,
    firstSoundMs: 200,
    soundEndedMs: 2000,
    interrupted: false,
  });
});

test("what went on in the same turn counts from its last words", () => {
  const metrics = { sttMs: 300, dialogMs: 10, ttsMs: 100 };
  const twice = [
    decided("answered", 5000, { turn: 2 }),
    decided("merged", 6000),
    decided("answered", 6000, { turn: 2 }),
  ];
  expect(one(turn({ metrics }), ...twice)).toMatchObject({ speechEndedMs: 5700, finalMs: 6000, firstSoundMs: 6110 });
});

test("an answer that noise had stopped counts from when it was asked for again, the words from when they were said", () => {
  const decisions = [decided("answered", 5000, { turn: 2 }), decided("resumed", 7000), decided("resumed", 9500)];
  expect(one(turn({ metrics: { sttMs: 300, dialogMs: 10, ttsMs: 100 } }), ...decisions)).toMatchObject({
    finalMs: 5000,
    firstWordsMs: 7010,
    firstSoundMs: 7110,
  });
});

test("what did not happen is absent", () => {
  expect(one(turn({ agentSent: "", agentHeard: "", interrupted: true, metrics: { dialogMs: 30 } }))).toEqual({
    turn: 2,
    finalMs: 5000,
    firstWordsMs: 5030,
    interrupted: true,
  });
  const { endedMs: _, ...running } = turn({ metrics: { dialogMs: 30, ttsMs: 100 } });
  expect(one(running)).toEqual({ turn: 2, finalMs: 5000, firstWordsMs: 5030, firstSoundMs: 5130, interrupted: false });
});
