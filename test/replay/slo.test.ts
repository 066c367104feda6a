import { describe, expect, test } from "vitest";
import { listFixtures } from "../../scripts/replay/fixture-folder.ts";
import { imitation } from "../../scripts/replay/imitation.ts";
import { replayImitated } from "../../scripts/replay/player.ts";
import { sweptCall } from "../../scripts/sweep/run.ts";
import { POLICY } from "../../src/call/call.ts";
import type { Clock } from "../../src/kit/clock.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { replayLine } from "../../src/replay/line/line-only.ts";
import { jumping } from "../../src/replay/line/pace.ts";
import { type RecordedCall, type Replayed, replayInputs } from "../../src/replay/replay.ts";
import { FAULTS, type Fault } from "../../src/replay/score/faults.ts";
import type { Labels } from "../../src/replay/score/labels.ts";
import { type Finding, type Score, scoreCall } from "../../src/replay/score/score.ts";
import { replayConfig, replayParts } from "../../src/replay-parts.ts";
import type { TextToSpeech } from "../../src/speech/speech.ts";
import { breaches, type Limits, readLimits, type ScoredFixture } from "./slo.ts";
import { recorded } from "./studio.ts";

const config = replayConfig({});
const parts = replayParts(config);
const fixtures = await Promise.all((await listFixtures()).map((path) => sweptCall(path, config, () => {})));
const sounding = fixtures.filter(({ call }) => call.audio.length > 0);
const limits = readLimits();

/** How the fixtures do, played in this way. */
async function scored(
  played: typeof fixtures,
  play: (call: RecordedCall) => Promise<Replayed>,
): Promise<readonly ScoredFixture[]> {
  const all: ScoredFixture[] = [];
  for (const { name, call, labels = {} } of played)
    all.push({ name, labels, score: scoreCall(call, await play(call), labels) });
  return all;
}

const withInputs = (): Promise<readonly ScoredFixture[]> => scored(fixtures, (call) => replayInputs(call, parts));

describe("the fixtures keep within test/slo.json", () => {
  test("with their inputs as recorded", async () => {
    expect(breaches(await withInputs(), limits.inputs).join("\n")).toBe("");
    expect(fixtures.length, "so few fixtures say nothing about a limit").toBeGreaterThanOrEqual(25);
  });

  test("heard and answered anew", async () => {
    const anew = await scored(sounding, (call) => replayImitated(call, parts));
    expect(breaches(anew, limits.line).join("\n")).toBe("");
    expect(sounding.length, "so few fixtures say nothing about a limit").toBeGreaterThanOrEqual(20);
  });
});

describe("the gate shuts", () => {
  test("when every ordinary answer was recorded 400 ms later", async () => {
    const later = (await withInputs()).map((one) =>
      one.labels?.slow
        ? one
        : { ...one, score: { ...one.score, gaps: one.score.gaps.map((gap) => ({ ...gap, ms: gap.ms + 400 })) } },
    );
    expect(breaches(later, limits.inputs).join("\n")).toMatch(
      /^response gap: the p50 of \d+ is \d+ ms, at most \d+ are/,
    );
  });

  test("when the voice takes 400 ms longer to begin", async () => {
    const later = await scored(sounding, (call) => {
      const clock = new VirtualClock();
      const company = imitation(call, clock);
      const tts = hesitant(company.tts, clock, 400);
      return replayLine(call, { ...parts, ...company, tts, clock, pace: jumping(clock) });
    });
    const told = breaches(later, limits.line).join("\n");
    expect(told).toMatch(/^response gap: the p50 of \d+ is \d+ ms, at most \d+ are/m);
    expect(told).toMatch(/^ {2}fixture \S+ at 00:0\d\.\d{3}: 12\d\d ms after the caller finished$/m);
  });

  test("when one fixture has a false stop more, and another one less", async () => {
    const all = await withInputs();
    const isFalseStop = ({ kind }: Finding): boolean => kind === "false stop";
    const from = all.findIndex(({ score }) => score.findings.some(isFalseStop));
    const to = all.findIndex(({ score }) => score.findings.length === 0);
    const moved = all[from]?.score.findings.find(isFalseStop);
    const swapped = all.map((one, index) => {
      const findings = one.score.findings.filter((finding) => finding !== moved);
      const more = moved && index === to ? [moved] : [];
      return { ...one, score: { ...one.score, findings: [...findings, ...more] } };
    });
    const told = breaches(swapped, limits.inputs).join("\n");
    expect(told.split("\n")).toHaveLength(2);
    expect(told).toMatch(new RegExp(`^fixture ${all[from]?.name} at .+: the false stop is gone: remove it from`, "m"));
    expect(told).toMatch(new RegExp(`^fixture ${all[to]?.name} at .+: false stop, not expected: the agent was`, "m"));
  });

  test("when a whole call that was good goes wrong by another policy", async () => {
    const call = await recorded([
      { wait: 4000 },
      { say: "hi-question" },
      { wait: 2500 },
      { say: "hi-stop" },
      { wait: 5000 },
    ]);
    const shut = async (policy: typeof POLICY): Promise<string> => {
      const score = scoreCall(call, await replayInputs(call, { ...parts, policy }));
      return breaches([{ name: "stop", score }], limits.inputs).join("\n");
    };
    const impatient = { ...POLICY, reply: { ...POLICY.reply, thinkMs: 10 } };
    expect(await shut(POLICY)).toBe("");
    expect(await shut(impatient)).toMatch(
      /^fixture stop at 00:06\.\d{3}: no answer, not expected: turn 2 of the caller's was never/,
    );
  });
});

/** A voice that takes so much longer to its first sound. */
function hesitant(tts: TextToSpeech, clock: Clock, ms: number): TextToSpeech {
  return {
    open(options, whileOpen) {
      const mouth = tts.open(options, whileOpen);
      return {
        async *speak(texts, signal) {
          let waited = false;
          for await (const spoken of mouth.speak(texts, signal)) {
            if (!waited) await clock.sleep(ms, signal);
            waited = true;
            yield spoken;
          }
        },
      };
    },
  };
}

describe("what is told", () => {
  const NONE: Limits = {
    why: "",
    most: { "cut-in": 9, "false stop": 9, "missed interruption": 9, "lost words": 9, "no answer": 9 },
    gapP50Ms: 9999,
    gapP95Ms: 9999,
    slowGapP95Ms: 9999,
  };
  const good: Score = { turns: 1, gaps: [], findings: [] };
  const bad = (kind: Fault, expected: Labels["expected"] = [], count = 1): readonly ScoredFixture[] => [
    { name: "fine", score: good },
    {
      name: "hi-cough",
      score: { ...good, findings: [{ kind, atMs: 12_340, detail: "what happened", count }] },
      labels: { expected },
    },
  ];

  test.each(FAULTS)("a %s that the labels do not expect there, and one that they expect in vain", (kind) => {
    expect(breaches(bad(kind, [{ kind, atMs: 12_800 }]), NONE)).toEqual([]);
    expect(breaches(bad(kind), NONE)).toEqual([`fixture hi-cough at 00:12.340: ${kind}, not expected: what happened`]);
    expect(breaches(bad(kind, [{ kind, atMs: 11_800 }]), NONE)).toEqual([
      `fixture hi-cough at 00:12.340: ${kind}, not expected: what happened`,
      `fixture hi-cough at 00:11.800: the ${kind} is gone: remove it from labels.json`,
    ]);
  });

  test.each(FAULTS)("each %s, when labels expect more of them than are allowed", (kind) => {
    const two = bad(kind, [{ kind, atMs: 12_340 }], 2);
    const most = (count: number): Limits => ({ ...NONE, most: { ...NONE.most, [kind]: count } });
    expect(breaches(two, most(2))).toEqual([]);
    expect(breaches(two, most(1))).toEqual([
      `${kind}: 2, at most 1 allowed`,
      "  fixture hi-cough at 00:12.340: what happened",
    ]);
  });

  test("the answers that were too slow, the slowest first; those of slow providers by themselves", () => {
    const gaps = [900, 1300, 2140.4, 1000].map((ms, index) => ({ atMs: 60_000 + index * 1000, ms }));
    const name = "slow";
    const ordinary = [{ name, score: { ...good, gaps } }];
    expect(breaches(ordinary, { ...NONE, gapP95Ms: 1200 })).toEqual([
      "response gap: the p95 of 4 is 2140 ms, at most 1200 are allowed",
      "  fixture slow at 01:02.000: 2140 ms after the caller finished",
      "  fixture slow at 01:01.000: 1300 ms after the caller finished",
    ]);
    expect(breaches(ordinary, { ...NONE, gapP95Ms: 2141 })).toEqual([]);
    expect(breaches(ordinary, { ...NONE, gapP50Ms: 999 })[0]).toBe(
      "response gap: the p50 of 4 is 1000 ms, at most 999 are allowed",
    );
    const slow = [{ name, score: { ...good, gaps }, labels: { slow: true } }];
    expect(breaches(slow, { ...NONE, gapP50Ms: 0, gapP95Ms: 0 })).toEqual([]);
    expect(breaches(slow, { ...NONE, slowGapP95Ms: 2000 })[0]).toBe(
      "response gap with a slow provider: the p95 of 4 is 2140 ms, at most 2000 are allowed",
    );
  });
});
