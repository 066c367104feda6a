import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runSweep } from "../../scripts/sweep/run.ts";
import { recordingText } from "../../src/journal/journal.ts";
import { ID, record, type Scene } from "./studio.ts";

/** The greeting is heard out; the answer is stopped by a "हम्म" that was not meant to stop it. */
const SCENE: Scene = [{ wait: 4000 }, { say: "hi-question" }, { wait: 1200 }, { say: "hi-hmm" }, { wait: 5000 }];

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sweep-"));
  await mkdir(join(dir, "hmm"));
  await writeFile(join(dir, "hmm", "journal.jsonl"), recordingText({ id: ID, entries: await record(SCENE) }));
  await writeFile(join(dir, "mute.jsonl"), recordingText({ id: ID, entries: await record(SCENE, false) }));
});
afterAll(() => rm(dir, { recursive: true }));

async function command(...args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
  const code = await runSweep(args, { DATA_DIR: join(dir, "data") }, terminal);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** The figures of a row: cut-ins, false stops, … */
const figures = (out: string, row: number): readonly string[] =>
  (out.split("\n").find((line) => new RegExp(`^ *${row}[* ] +\\d+ `).test(line)) ?? "").trim().split(/\s+/);

describe("npm run sweep", () => {
  test("plays a call under every combination, and leaves a plot in DATA_DIR", async () => {
    const { code, out } = await command(
      "--set",
      "bargeIn.minMs=0,3000",
      "--set",
      "turn.mergeMs=700",
      join(dir, "mute.jsonl"),
    );
    expect(out).toContain("2 combinations, 1 call, inputs as recorded");
    expect(out).toContain("bargeIn.minMs  turn.mergeMs  cut-ins");
    expect(figures(out, 1).slice(0, 5)).toEqual(["1*", "0", "700", "0", "1"]);
    expect(out).toContain(`The plot: ${join(dir, "data", "sweep.svg")}`);
    expect(await readFile(join(dir, "data", "sweep.svg"), "utf8")).toContain("</svg>");
    expect(code).toBe(0);
  });

  test("goes by the labels that lie beside the journal", async () => {
    const labels = join(dir, "hmm", "labels.json");
    await writeFile(labels, '{"acknowledgements": [], "noises": []}');
    const labelled = await command("--set", "bargeIn.minMs=0", join(dir, "hmm"));
    await writeFile(labels, '{"finnished": []}');
    const wrong = await command("--set", "bargeIn.minMs=0", join(dir, "hmm"));
    await rm(labels);
    const bare = await command("--set", "bargeIn.minMs=0", join(dir, "hmm"));
    expect([figures(labelled.out, 1)[3], figures(bare.out, 1)[3]]).toEqual(["0", "1"]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("labels.json: Unrecognized key")]);
  });

  test("lets another ear hear the sound anew: one for longer sounds does not stop for a short one", async () => {
    const file = join(dir, "plots", "ear.svg");
    const both = [join(dir, "hmm"), join(dir, "mute.jsonl")];
    const { code, out, err } = await command("--set", "ear.minSpeechMs=250,700", "--out", file, ...both);
    expect(out).toContain("2 combinations, 1 call, heard anew by the imitated ear");
    expect(err).toBe("recorded without sound and left out: mute.jsonl");
    expect(figures(out, 1).slice(0, 4)).toEqual(["1*", "250", "0", "1"]);
    expect(figures(out, 2).slice(0, 4)).toEqual(["2", "700", "0", "0+"]);
    expect([code, existsSync(file)]).toEqual([0, true]);
  });

  test("measures from where the caller fell silent, whatever the ear thought of it", async () => {
    const { out } = await command("--set", "ear.silenceMs=500,900", join(dir, "hmm"));
    const [gap = 0, later = 0] = [1, 2].map((row) => Number.parseInt(figures(out, row).at(-2) ?? "", 10));
    expect(gap).toBeGreaterThan(500);
    expect(later - gap).toBeGreaterThan(350);
    expect(later - gap).toBeLessThan(450);
  });

  test.each([
    { args: ["--set", "bargeIn.min=1"], says: "there is no knob called bargeIn.min; did you mean bargeIn.minMs?" },
    { args: ["--sets", "x=1"], says: "npm run sweep -- --set KNOB=V1,V2" },
    { args: ["--set", "turn.mergeMs=1", "no-such-call"], says: "no-such-call: there is no such file" },
    { args: [], says: "nothing to turn" },
  ])("$args is refused in words", async ({ args, says }) => {
    const { code, out, err } = await command(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(says);
  });

  test("an ear has nothing to hear in a call without sound", async () => {
    const { code, err } = await command("--set", "ear.silenceMs=300", join(dir, "mute.jsonl"));
    expect([code, err]).toEqual([2, "none of the calls was recorded with its sound, which an ear needs"]);
  });
});
