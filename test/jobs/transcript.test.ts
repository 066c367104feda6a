import { expect, test } from "vitest";
import { transcriptOf } from "../../src/jobs/transcript.ts";
import type { CallId, Turn } from "../../src/record/record.ts";
import type { StoredCall } from "../../src/store/store.ts";

const turn = (seq: number, fields: Partial<Turn>): Turn => ({
  seq,
  userText: "",
  agentGenerated: "",
  agentSent: "",
  agentHeard: "",
  interrupted: false,
  startedMs: seq * 1000,
  metrics: {},
  ...fields,
});

const spoken = (text: string): Pick<Turn, "agentGenerated" | "agentSent" | "agentHeard"> => ({
  agentGenerated: text,
  agentSent: text,
  agentHeard: text,
});

function call(turns: readonly Turn[], fields: Partial<StoredCall> = {}): StoredCall {
  return {
    id: "call_1" as CallId,
    carrier: "twilio",
    carrierCallId: "CA1",
    from: "+911",
    to: "+912",
    agent: "durvani",
    language: "hi-IN",
    openedAt: 10_000,
    answeredAt: 12_000,
    endedAt: 72_500,
    end: { how: "caller-hung-up", detail: "" },
    status: "ended",
    turns,
    decisions: [],
    ...fields,
  };
}

test("S0.22: the transcript holds what was said and what was heard, in speaking order", () => {
  const turns = [
    turn(3, { userText: "कीमत?", ...spoken("एक सौ रुपये।"), metrics: { firstAudioMs: 500 } }),
    turn(1, { ...spoken("Welcome."), startedMs: 0 }),
    turn(2, { userText: " Where is my order? ", ...spoken("On its way."), metrics: { firstAudioMs: 700 } }),
  ];
  expect(transcriptOf(call(turns)).lines).toEqual([
    { by: "agent", text: "Welcome.", atMs: 0, cutShort: false },
    { by: "caller", text: "Where is my order?", atMs: 2000, cutShort: false },
    { by: "agent", text: "On its way.", atMs: 2700, cutShort: false },
    { by: "caller", text: "कीमत?", atMs: 3000, cutShort: false },
    { by: "agent", text: "एक सौ रुपये।", atMs: 3500, cutShort: false },
  ]);
});

test.each<[name: string, fields: Partial<Turn>, lines: readonly { text: string; cutShort: boolean }[]]>([
  [
    "an interrupted line shows only what was heard",
    { agentGenerated: "One. Two. Three.", agentSent: "One. Two.", agentHeard: "One.", interrupted: true },
    [{ text: "One.", cutShort: true }],
  ],
  [
    "a line that nobody heard is left out",
    { agentGenerated: "One.", agentSent: "One.", agentHeard: " ", interrupted: true },
    [],
  ],
  [
    "a line that the hang-up cut is cut short, though nobody interrupted",
    { agentGenerated: "One. Two.", agentSent: "One. Two.", agentHeard: "One." },
    [{ text: "One.", cutShort: true }],
  ],
  [
    "spaces alone cut nothing short",
    { agentGenerated: "One.  Two. ", agentSent: "One. Two.", agentHeard: "One. Two." },
    [{ text: "One. Two.", cutShort: false }],
  ],
])("%s", (_, fields, lines) => {
  expect(transcriptOf(call([turn(1, fields)])).lines).toMatchObject(lines);
  expect(transcriptOf(call([turn(1, fields)])).lines).toHaveLength(lines.length);
});

test("S0.23: the transcript sums up the call's metrics", () => {
  const turns = [
    turn(1, { ...spoken("Hi."), metrics: { agentAudioMs: 1500 } }),
    turn(2, { userText: "a", interrupted: true, metrics: { firstAudioMs: 900, userAudioMs: 300, agentAudioMs: 200 } }),
    turn(3, { userText: "b", metrics: { firstAudioMs: 500, userAudioMs: 400 } }),
    turn(4, { userText: "c", metrics: { firstAudioMs: 600 } }),
  ];
  expect(transcriptOf(call(turns))).toMatchObject({
    callId: "call_1",
    language: "hi-IN",
    durationMs: 60_500,
    metrics: { turns: 4, interruptions: 1, firstAudioMsMedian: 600, userAudioMs: 700, agentAudioMs: 1700 },
  });
  expect(transcriptOf(call(turns.slice(0, 3))).metrics.firstAudioMsMedian).toBe(700);
});

test("a call in which nothing happened has an empty transcript", () => {
  const { answeredAt, endedAt, ...bare } = call([]);
  expect(transcriptOf(bare)).toEqual({
    callId: "call_1",
    language: "hi-IN",
    durationMs: 0,
    lines: [],
    metrics: { turns: 0, interruptions: 0, userAudioMs: 0, agentAudioMs: 0 },
  });
});
