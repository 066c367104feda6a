import { describe, expect, test } from "vitest";
import type { CallEnd } from "../../src/record/record.ts";
import type { Labels } from "../../src/replay/score/labels.ts";
import { percentile, type Score, scoreCall } from "../../src/replay/score/score.ts";
import { handMade, type Step } from "./hand-made.ts";

function score(steps: readonly Step[], labels?: Labels): Score {
  const { call, replayed } = handMade(steps);
  return scoreCall(call, replayed, labels);
}

const told = ({ findings }: Score): readonly string[] =>
  findings.map(({ kind, atMs, detail }) => `${kind} at ${atMs}: ${detail}`);

/** An utterance as an ear tells it, with its final at its end. */
const speech = (n: number, from: number, to: number, text: string): readonly Step[] => [
  { at: from, ear: "speech-started", n },
  { at: to, ear: "speech-ended", n },
  { at: to, ear: "final", n, text },
];

/** A question, answered 900 ms after its end with two seconds of sound. */
const QUESTION: readonly Step[] = [
  ...speech(0, 1000, 2000, "मेरा ऑर्डर कहाँ है"),
  { at: 2000, answers: 2 },
  { at: 2000, turn: "मेरा ऑर्डर कहाँ है", seq: 2, until: 5000 },
  { at: 2900, sounds: 2000 },
];

/** More of the caller's, which reaches a turn. */
const more = (from: number, to: number, text: string): readonly Step[] => [
  ...speech(1, from, to, text),
  { at: to, turn: text, seq: 3 },
];

test("a call in which all went well has nothing to tell but its gap", () => {
  expect(score(QUESTION)).toEqual({ turns: 1, gaps: [{ atMs: 2900, ms: 900 }], findings: [] });
});

describe("response gap", () => {
  const gaps = (steps: readonly Step[], labels?: Labels): readonly number[] =>
    score(steps, labels).gaps.map(({ ms }) => ms);

  test("a human's mark says better than the ear where the caller finished", () => {
    expect(gaps(QUESTION, { finished: [1500] })).toEqual([1400]);
  });

  test("a mark of another turn does not count for this one", () => {
    expect(gaps(QUESTION, { finished: [400] })).toEqual([900]);
  });

  test("a final that comes before the end of speech: the words counted then", () => {
    const early: readonly Step[] = [
      { at: 1000, ear: "speech-started", n: 0 },
      { at: 1900, ear: "final", n: 0, text: "कहाँ है" },
      { at: 1900, answers: 2 },
      { at: 1900, turn: "कहाँ है", seq: 2 },
      { at: 2000, ear: "speech-ended", n: 0 },
      { at: 2400, sounds: 500 },
    ];
    expect(gaps(early)).toEqual([500]);
  });

  test("a final that never came: the wait for it is part of the gap", () => {
    const late: readonly Step[] = [
      { at: 1000, ear: "speech-started", n: 0 },
      { at: 1500, ear: "partial", n: 0, text: "कहाँ है" },
      { at: 2000, ear: "speech-ended", n: 0 },
      { at: 4000, timer: "final" },
      { at: 4000, answers: 2 },
      { at: 4600, sounds: 500 },
    ];
    expect(gaps(late)).toEqual([2600]);
  });

  test("of a turn that was answered twice, only the last answer counts", () => {
    const merged: readonly Step[] = [
      ...QUESTION,
      ...speech(1, 3700, 4100, "और कब आएगा"),
      { at: 4100, stops: true },
      { at: 4100, answers: 2 },
      { at: 4600, sounds: 900 },
    ];
    expect(gaps(merged)).toEqual([500]);
  });

  test("an answer that never sounded, one to keys, and words of our own have none", () => {
    expect(gaps(QUESTION.filter((step) => !("sounds" in step)))).toEqual([]);
    const keyed: readonly Step[] = [
      { at: 500, key: "1" },
      { at: 2500, answers: 2, why: "keys" },
      { at: 2900, sounds: 100 },
    ];
    expect(gaps(keyed)).toEqual([]);
    expect(gaps([...speech(0, 1000, 2000, ""), { at: 2000, says: "?" }, { at: 2900, sounds: 100 }])).toEqual([]);
  });
});

describe("cut-in", () => {
  test("the agent began while words were being spoken", () => {
    const steps: readonly Step[] = [
      { at: 0, says: "Are you there?" },
      { at: 1000, ear: "speech-started", n: 0 },
      { at: 1300, sounds: 1000 },
      { at: 1600, ear: "partial", n: 0, text: "मेरा ऑर्डर" },
      { at: 1600, stops: true },
      { at: 2000, ear: "speech-ended", n: 0 },
    ];
    expect(told(score(steps))).toEqual([
      "cut-in at 1300: the agent began to speak while the caller was saying “मेरा ऑर्डर”",
    ]);
  });

  test("sounds without words are no speech to cut into", () => {
    const noise: readonly Step[] = [...speech(0, 1000, 2000, ""), { at: 900, says: "?" }, { at: 1300, sounds: 1000 }];
    expect(told(score(noise))).toEqual([]);
  });

  test.each([
    { name: "700 ms after the answer began: not done yet", at: 3600, cutIns: 1 },
    { name: "later: a new thought", at: 3601, cutIns: 0 },
  ])("the caller goes on $name", ({ at, cutIns }) => {
    const steps: readonly Step[] = [...QUESTION, ...more(at, at + 400, "और कब आएगा"), { at: at + 400, stops: true }];
    expect(told(score(steps)).length).toBe(cutIns);
    expect(score(steps).gaps.length).toBe(1 - cutIns);
  });

  test("an acknowledgement right after the answer began is no going on", () => {
    expect(told(score([...QUESTION, ...more(3200, 3500, "हाँ जी")]))).toEqual([]);
  });

  test("with labels, they alone tell: the caller paused and had not finished", () => {
    const labels = { finished: [3600] };
    expect(score(QUESTION, labels)).toMatchObject({ gaps: [] });
    expect(told(score(QUESTION, labels))).toEqual([
      "cut-in at 2900: the agent began to speak 700 ms before the caller had finished",
    ]);
    const goesOn: readonly Step[] = [...QUESTION, ...more(3200, 3600, "और कब आएगा"), { at: 3600, stops: true }];
    expect(told(score(goesOn)).length).toBe(1);
    expect(told(score(goesOn, { finished: [1800, 3600] }))).toEqual([]);
  });
});

describe("false stop", () => {
  const stoppedBy = (text: string): readonly Step[] => [
    { at: 0, says: "…" },
    { at: 100, sounds: 5000 },
    { at: 2000, ear: "speech-started", n: 0 },
    { at: 2000, stops: true },
    { at: 2300, ear: "speech-ended", n: 0 },
    { at: 2300, ear: "final", n: 0, text },
    { at: 2300, turn: text, seq: 1 },
  ];

  test("by a noise", () => {
    expect(told(score(stoppedBy("")))).toEqual(["false stop at 2000: the agent was stopped by a noise"]);
  });

  test.each(["हाँ, जी।", "Okay.", "சரி", "అవును", "হ্যাঁ", "ಹೌದು", "ശരി", "बरं", "હા", "ਹਾਂਜੀ", "ହଁ"])(
    "I12: by an acknowledgement, “%s”",
    (text) => {
      expect(told(score(stoppedBy(text)))).toEqual([
        `false stop at 2000: the agent was stopped by an acknowledgement (“${text}”)`,
      ]);
    },
  );

  test.each(["रुको", "हाँ लेकिन कब", "Okay, stop"])("“%s” is a reason to stop", (text) => {
    expect(told(score(stoppedBy(text)))).toEqual([]);
  });

  test("labels overrule the words, and their absence too", () => {
    const words = stoppedBy("मेरा ऑर्डर");
    expect(told(score(words, { noises: [{ fromMs: 1500, toMs: 1750 }] }))).toEqual([
      "false stop at 2000: the agent was stopped by a noise (“मेरा ऑर्डर”)",
    ]);
    expect(told(score(words, { noises: [{ fromMs: 1000, toMs: 1600 }] }))).toEqual([]);
    expect(told(score(stoppedBy("हाँ"), { acknowledgements: [] }))).toEqual([]);
    expect(told(score(stoppedBy(""), { noises: [] }))).toEqual([]);
  });

  test("sounds that have lasted long enough stop it by a timer", () => {
    const timed = stoppedBy("").flatMap((step): readonly Step[] =>
      "stops" in step
        ? [
            { at: 2200, timer: "barge-in" },
            { at: 2200, stops: true },
          ]
        : [step],
    );
    expect(told(score(timed))).toEqual(["false stop at 2200: the agent was stopped by a noise"]);
  });

  test("an answer that yields as it begins, to a noise", () => {
    const steps: readonly Step[] = [
      ...QUESTION.slice(0, -1),
      { at: 2100, ear: "speech-started", n: 1 },
      { at: 2900, sounds: 20 },
      { at: 2900, audible: 1 },
      { at: 2900, stops: true },
      { at: 3500, ear: "speech-ended", n: 1 },
    ];
    expect(told(score(steps))).toEqual(["false stop at 2900: the agent was stopped by a noise"]);
  });

  test("stopped by a key, or cleared when all had been heard: none", () => {
    const spoken: readonly Step[] = [
      { at: 0, says: "…" },
      { at: 100, sounds: 5000 },
    ];
    expect(told(score([...spoken, { at: 2000, key: "1" }, { at: 2000, stops: true }]))).toEqual([]);
    const late: Step = { at: 5200, ear: "speech-started", n: 0 };
    expect(told(score([...spoken, late, { at: 5200, stops: true }]))).toEqual([]);
  });
});

describe("missed interruption", () => {
  const brokenInto = (text: string, silentAt: number, stopped: boolean): readonly Step[] => [
    { at: 0, says: "…" },
    { at: 100, sounds: stopped ? 9000 : silentAt - 100 },
    ...speech(0, 2000, 2400, text),
    ...(stopped ? [{ at: silentAt, stops: true } as const] : []),
    { at: 2400, turn: text, seq: 1 },
  ];

  test("the agent went on for more than 700 ms, until it was stopped or done", () => {
    expect(told(score(brokenInto("रुको", 2701, true)))).toEqual([
      "missed interruption at 2000: the caller broke in with “रुको”, and the agent went on for 701 ms until it was stopped",
    ]);
    expect(told(score(brokenInto("रुको", 6000, false)))).toEqual([
      "missed interruption at 2000: the caller broke in with “रुको”, and the agent went on for 4000 ms until it was done",
    ]);
  });

  test("I13: not for longer than that: it gave way, or had nothing more to say", () => {
    expect(told(score(brokenInto("रुको", 2700, true)))).toEqual([]);
    expect(told(score(brokenInto("रुको", 2700, false)))).toEqual([]);
  });

  test.each(["", "हम्म"])("“%s” is not meant to stop it", (text) => {
    expect(told(score(brokenInto(text, 6000, false)))).toEqual([]);
  });

  test("with labels, they alone tell", () => {
    const steps = brokenInto("रुको", 6000, false);
    expect(told(score(steps, { interruptions: [] }))).toEqual([]);
    expect(told(score(steps, { interruptions: [{ fromMs: 1700 }] }))).toEqual([
      "missed interruption at 1700: the caller broke in, and the agent went on for 4300 ms until it was done",
    ]);
  });

  test("each reply is looked at by itself: one that followed another without being stopped", () => {
    const steps: readonly Step[] = [
      { at: 0, says: "…" },
      { at: 100, sounds: 1000 },
      { at: 3000, says: "…" },
      { at: 3100, sounds: 1000 },
      ...more(2000, 2400, "कहाँ है"),
    ];
    expect(told(score(steps))).toEqual([]);
  });
});

describe("lost words", () => {
  test("I8: words of a final that no turn of its time has", () => {
    const steps: readonly Step[] = [
      { at: 100, turn: "नंबर", seq: 1, until: 900 },
      ...speech(0, 1000, 2000, "मेरा ऑर्डर नंबर"),
      { at: 2000, turn: "मेरा ऑर्डर", seq: 2, until: 4000 },
      ...speech(1, 8000, 9000, "नंबर क्या है"),
      { at: 9000, turn: "नंबर क्या है", seq: 3 },
    ];
    expect(score(steps).findings).toEqual([
      { kind: "lost words", atMs: 2000, detail: "no turn has “नंबर” of “मेरा ऑर्डर नंबर”", count: 1 },
    ]);
  });

  test("a word said twice must be there twice", () => {
    const steps: readonly Step[] = [
      ...speech(0, 1000, 2000, "नहीं"),
      ...speech(1, 2100, 2500, "नहीं नहीं"),
      { at: 2000, turn: "नहीं नहीं", seq: 2 },
    ];
    expect(score(steps).findings).toMatchObject([{ atMs: 2500, count: 1 }]);
  });

  test("a final that is told again in other words, or is empty, has no words to lose", () => {
    const again = { at: 2050, ear: "final", n: 0, text: "मेरा आर्डर कहाँ है?" } as const;
    expect(told(score([...QUESTION, again, ...speech(1, 9000, 9200, " ")]))).toEqual([]);
  });

  test("words counted from the last partial, and the final came late with one more", () => {
    const steps: readonly Step[] = [
      { at: 1000, ear: "speech-started", n: 0 },
      { at: 2000, ear: "speech-ended", n: 0 },
      { at: 4000, turn: "मेरा ऑर्डर", seq: 2, until: 7000 },
      { at: 4500, ear: "final", n: 0, text: "मेरा ऑर्डर कहाँ" },
    ];
    expect(score(steps).findings).toMatchObject([{ kind: "lost words", atMs: 4500, count: 1 }]);
  });

  test("what the caller said in the recording after the call's end this time", () => {
    const { call, replayed } = handMade([...QUESTION, ...more(9000, 9800, "और कब आएगा")]);
    const shorter = { ...replayed, entries: replayed.entries.filter(({ atMs }) => atMs < 9000), lastsMs: 8000 };
    expect(scoreCall(call, shorter).findings).toEqual([
      {
        kind: "lost words",
        atMs: 9800,
        detail: "the call had ended at 00:08.000, before the caller said “और कब आएगा”",
        count: 3,
      },
    ]);
  });
});

describe("no answer", () => {
  const silent: readonly Step[] = QUESTION.filter((step) => !("sounds" in step));
  const scored = (steps: readonly Step[], how: CallEnd["how"]): readonly string[] => {
    const { call, replayed } = handMade(steps);
    return told(scoreCall(call, { ...replayed, end: { how, detail: "" } }));
  };
  const NEVER = "no answer at 2000: turn 2 of the caller's was never answered";

  test("the call failed, and all the caller heard were words of our own", () => {
    expect(scored([...silent, { at: 9000, says: "Sorry." }, { at: 9100, sounds: 900 }], "failed")).toEqual([NEVER]);
  });

  test("the caller left before the last answer could come, but not before the others", () => {
    expect(scored(silent, "caller-hung-up")).toEqual([]);
    expect(scored([...silent, ...more(4000, 5000, "कहाँ है"), { at: 5000, answers: 3 }], "caller-hung-up")).toEqual([
      NEVER,
    ]);
  });

  test("a turn that was asked about again has its answer in the end", () => {
    expect(
      scored([...silent, { at: 3000, stops: true }, { at: 3000, answers: 2 }, { at: 3500, sounds: 9 }], "failed"),
    ).toEqual([]);
  });
});

test("findings are told in the order in which they happened", () => {
  const steps: readonly Step[] = [
    ...speech(0, 1000, 2000, "मेरा ऑर्डर"),
    { at: 2500, says: "…" },
    { at: 2500, sounds: 9000 },
    { at: 4000, ear: "speech-started", n: 1 },
    { at: 4000, stops: true },
    { at: 4300, ear: "final", n: 1, text: "" },
  ];
  expect(score(steps).findings.map(({ kind }) => kind)).toEqual(["lost words", "false stop"]);
});

test.each([
  { values: [], share: 0.5, is: undefined },
  { values: [7], share: 0.95, is: 7 },
  { values: [40, 10, 30, 20], share: 0.5, is: 20 },
  { values: Array.from({ length: 100 }, (_, i) => i + 1), share: 0.95, is: 95 },
])("the $share share of $values.length values", ({ values, share, is }) => {
  expect(percentile(values, share)).toBe(is);
});
