import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { BREAKAGES } from "../../scripts/demo/breakages.ts";
import { runDemo } from "../../scripts/demo/run.ts";
import { STEPS, type Step } from "../../scripts/demo/verdict.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { voice } from "../../src/simulator/voices.ts";
import { usedFolder } from "../used-folder.ts";
import { Program, ROOT } from "./gateway-child.ts";

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "durvani-demo-"));
  folders.push(folder);
  return folder;
}

const demo = (args: readonly string[], dataDir: string): Program =>
  new Program(["--import", "tsx", join(ROOT, "scripts/demo.ts"), ...args], { DATA_DIR: dataDir });

/** What a person must be able to read, in this order. */
const STORY: readonly RegExp[] = [
  /phone +ringing/,
  /agent +begins to be heard/,
  /the agent said: “.{60}/,
  new RegExp(`caller +says “${voice("hi-question").text.replace("?", "\\?")}”`),
  /the agent said: “.+/,
  /caller +says “Tell me about the weather on Mars\.”/,
  /caller +says “Wait, one more question please\.”/,
  /gateway +clears the line: \d+ ms/,
  /barge-in → cleared after \d+ ms: \d+\.\d ms of them/,
  /of the agent was heard: .+cut short/,
  new RegExp(`caller +says “${voice("hi-bye").text}”`),
  /agent +hangs up/,
  /Transcript of call_\w+, from the database:/,
  /\d\d:\d\d\.\d{3} +agent +\S+/,
  new RegExp(`\\d\\d:\\d\\d\\.\\d{3} +caller +${voice("hi-bye").text}`),
  /Latency per turn, from the database:/,
  /stt +dialog +tts +first audio +agent spoke/,
  /What the caller heard: \S+\.wav/,
  /All 15 things that had to happen did\./,
];

describe("npm run demo", () => {
  test.each(["twilio", "exotel"])(
    "on a new clone's empty folder a whole call over %s is shown, with less than 32 s from its ring to the end, and the exit code is 0",
    async (carrier) => {
      const dataDir = await emptyFolder();
      await using child = demo(["--carrier", carrier], dataDir);
      // How long a first start takes is the machine's; a call takes as long as it takes anywhere.
      await child.says(/ringing/);
      const ringingMs = systemClock.now();
      const { code } = await child.exit;
      expect(code, child.output).toBe(0);
      expect(systemClock.now() - ringingMs).toBeLessThan(32_000);
      let rest = child.output;
      for (const line of STORY) {
        const found = line.exec(rest);
        expect(found, `${line} in what is left:\n${rest}`).not.toBeNull();
        rest = rest.slice((found?.index ?? 0) + (found?.[0].length ?? 0));
      }
      for (const line of child.output.split("\n"))
        expect([...line.replace(/\p{Mn}/gu, "")].length, line).toBeLessThanOrEqual(110);
      const [, path = ""] = /What the caller heard: (\S+\.wav)/.exec(child.output) ?? [];
      const wav = await readFile(path);
      expect(wav.toString("latin1", 0, 4)).toBe("RIFF");
      expect(wav.length).toBeGreaterThan(10 * 8000);
    },
    90_000,
  );

  test("a broken demo exits 1 and tells what was not seen", async () => {
    await using child = demo(["--break", "mark"], await emptyFolder());
    expect((await child.exit).code, child.output).toBe(1);
    expect(child.output).toContain(`  - ${STEPS.greeted}\n`);
  });

  test("it does not know every word and says which it knows", async () => {
    await using child = demo(["--carrier", "pigeon"], await emptyFolder());
    expect((await child.exit).code).toBe(2);
    expect(child.output).toContain("--carrier twilio|exotel");
  });
});

type Broken = readonly [
  name: string,
  carrier: "twilio" | "exotel",
  first: Step,
  others: "only" | "and all that follows",
];

describe.concurrent("a demo in which something is broken fails and says what, within a minute", () => {
  test.each<Broken>([
    ["clear", "twilio", "cleared", "and all that follows"],
    ["clear", "exotel", "cleared", "and all that follows"],
    ["mark", "exotel", "greeted", "and all that follows"],
    ["job", "twilio", "transcript", "only"],
    ["final", "twilio", "understood", "and all that follows"],
    ["completion", "twilio", "answerHeard", "and all that follows"],
  ])(
    "no %s over %s: what is missing is “%s” %s",
    async (name, carrier, step, others) => {
      const dataDir = await usedFolder();
      folders.push(dataDir);
      const breakage = BREAKAGES[name];
      if (!breakage) throw new Error(`nothing is broken by ${name}`);
      const lines: string[] = [];
      const begunMs = systemClock.now();
      const { ok, missing } = await runDemo({
        carrier,
        env: { DATA_DIR: dataDir, LOG_LEVEL: "silent" },
        out: (line) => lines.push(line),
        breakage,
      });
      expect(systemClock.now() - begunMs).toBeLessThan(60_000);
      expect(ok).toBe(false);
      if (others === "only") expect(missing, lines.join("\n")).toEqual([step]);
      else expect(missing, lines.join("\n")).toEqual(expect.arrayContaining([step, "transcript"]));
      expect(lines).toContain(`  - ${STEPS[step]}`);
    },
    120_000,
  );
});
