import { describe, expect, test } from "vitest";
import { STEPS } from "../../scripts/demo/verdict.ts";
import { runScript } from "./child.ts";

/** Seven calls of up to 40 s, two at a time. */
const TIMEOUT_MS = 300_000;

describe.concurrent("npm run demo", () => {
  test.each(["twilio", "exotel"])(
    "shows a whole call over %s and exits 0",
    async (carrier) => {
      const { code, out } = await runScript("scripts/demo.ts", ["--carrier", carrier]);
      expect(code, out).toBe(0);
      expect(out).toContain("मेरा ऑर्डर कहाँ है?");
      expect(out).toMatch(/barge-in → cleared after \d+ ms/);
      expect(out).toMatch(/Transcript of call_\w+, from the database/);
      expect(out).toMatch(/What the caller heard: .*-heard\.wav/);
      for (const line of out.split("\n"))
        expect([...line.replace(/\p{Mn}/gu, "")].length, line).toBeLessThanOrEqual(110);
    },
    TIMEOUT_MS,
  );

  test.each([
    ["clear", STEPS.cleared],
    ["mark", STEPS.greeted],
    ["job", STEPS.transcript],
    ["final", STEPS.understood],
    ["completion", STEPS.answerHeard],
  ])(
    "exits 1 without %s, and says that it is missing: %s",
    async (broken, missing) => {
      const { code, out } = await runScript("scripts/demo.ts", ["--break", broken]);
      expect(code, out).toBe(1);
      expect(out).toContain(`  - ${missing}\n`);
    },
    TIMEOUT_MS,
  );

  test("does not know every word and says which it knows", async () => {
    const { code, out } = await runScript("scripts/demo.ts", ["--carrier", "pigeon"]);
    expect(code).toBe(2);
    expect(out).toContain("--carrier twilio|exotel");
  });
});
