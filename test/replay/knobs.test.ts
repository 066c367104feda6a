import { expect, test } from "vitest";
import { POLICY } from "../../src/call/call.ts";
import { earWith, gridOf, KnobError, policyWith } from "../../src/replay/sweep/knobs.ts";

test("every value with every other, in the order given", () => {
  const grid = gridOf(["turn.mergeMs=300,700", "bargeIn.minMs=0,120"], POLICY);
  expect(grid.names).toEqual(["turn.mergeMs", "bargeIn.minMs"]);
  expect(grid.combinations).toEqual([
    { "turn.mergeMs": 300, "bargeIn.minMs": 0 },
    { "turn.mergeMs": 300, "bargeIn.minMs": 120 },
    { "turn.mergeMs": 700, "bargeIn.minMs": 0 },
    { "turn.mergeMs": 700, "bargeIn.minMs": 120 },
  ]);
  expect(grid.present).toEqual({ "turn.mergeMs": POLICY.turn.mergeMs, "bargeIn.minMs": POLICY.bargeIn.minMs });
  expect(grid.needsEar).toBe(false);
});

test("what is in force now is always there to compare with", () => {
  const { combinations, present } = gridOf(["turn.mergeMs=1,2,2"], POLICY);
  expect(combinations).toEqual([present, { "turn.mergeMs": 1 }, { "turn.mergeMs": 2 }]);
});

test("every number of the policy is a knob, but for the lead, which the recording's sound was paced by", () => {
  for (const [part, values] of Object.entries(POLICY)) {
    for (const key of Object.keys(values).filter((name) => name !== "leadMs")) {
      const { combinations } = gridOf([`${part}.${key}=41`], POLICY);
      const turned = policyWith(POLICY, combinations.at(-1) ?? {});
      expect(turned).toEqual({ ...POLICY, [part]: { ...values, [key]: 41 } });
    }
  }
});

test("knobs of the ear are for the ear alone", () => {
  const grid = gridOf(["ear.silenceMs=300", "ear.threshold=0.4", "ear.minSpeechMs=100", "turn.mergeMs=700"], POLICY);
  expect(grid.needsEar).toBe(true);
  expect(grid.present).toMatchObject({ "ear.silenceMs": 500, "ear.threshold": 0.3, "ear.minSpeechMs": 250 });
  const last = grid.combinations.at(-1) ?? {};
  expect(earWith(last)).toEqual({ silenceMs: 300, threshold: 0.4, minSpeechMs: 100 });
  expect(policyWith(POLICY, last)).toEqual(POLICY);
});

test.each([
  {
    sets: ["bargein.minms=1"],
    says: /no knob called bargein\.minms; did you mean bargeIn\.minMs\? There are: turn\.finalMs, /,
  },
  { sets: ["ear.silence=1"], says: /did you mean ear\.silenceMs\?.*ear\.minSpeechMs$/ },
  { sets: ["toString=1"], says: /no knob called toString\. There are: / },
  { sets: ["reply.leadMs=1"], says: /reply\.leadMs cannot be swept/ },
  { sets: ["turn.mergeMs"], says: /write it as name=value,value/ },
  { sets: ["turn.mergeMs=-1"], says: /turn\.mergeMs takes numbers of at least 0, not “-1”/ },
  { sets: ["turn.mergeMs="], says: /not “”/ },
  { sets: ["turn.mergeMs=1,x"], says: /not “x”/ },
  { sets: ["turn.mergeMs=1e9"], says: /not “1e9”/ },
  { sets: ["ear.threshold=1.5"], says: /ear\.threshold takes numbers from 0 to 1, not “1\.5”/ },
  { sets: ["ear.silenceMs=1.5"], says: /ear\.silenceMs takes whole numbers/ },
  { sets: ["turn.mergeMs=1", "turn.mergeMs=2"], says: /turn\.mergeMs is set twice/ },
  { sets: [], says: /nothing to turn/ },
])("$sets is refused in words", ({ sets, says }) => {
  expect(() => gridOf(sets, POLICY)).toThrow(KnobError);
  expect(() => gridOf(sets, POLICY)).toThrow(says);
});

test("more than 500 combinations are too many", () => {
  const values = (count: number): string => Array.from({ length: count }, (_, index) => index).join(",");
  expect(gridOf([`turn.mergeMs=${values(25)}`, `bargeIn.minMs=${values(20)}`], POLICY).names.length).toBe(2);
  expect(() => gridOf([`turn.mergeMs=${values(167)}`, "bargeIn.minMs=1,2,3"], POLICY)).toThrow(
    "501 combinations are too many to sweep: 500 is the most",
  );
});
