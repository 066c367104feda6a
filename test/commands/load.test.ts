import { expect, test } from "vitest";
import { runScript } from "./child.ts";

test("npm run load -- --journal shows what journals cost beside a gateway without", async () => {
  const args = ["--calls", "2", "--seconds", "3", "--journal", "--rounds", "1"];
  const { code, out } = await runScript("scripts/load.ts", args);
  expect(code, out).toBe(0);
  expect(out).toMatch(/^no journals +\d+\.\d\d +1\.00 .* nothing$/m);
  expect(out).toMatch(/^journals +\d+\.\d\d +\d\.\d\d .* nothing$/m);
  expect(out).toMatch(/^journals with sound +\d+\.\d\d +\d\.\d\d .* nothing$/m);
}, 120_000);

test.each(["twilio", "exotel"])(
  "S0.18: npm run load measures calls over %s that lose nothing, and barge-ins that leave nothing stale",
  async (carrier) => {
    const { code, out } = await runScript("scripts/load.ts", ["--calls", "2", "--seconds", "8", "--carrier", carrier]);
    expect(code, out).toBe(0);
    expect(out).toMatch(/calls at once +2 of 2/);
    expect(out).toMatch(/media frames in +\d{3,} sent, 0 lost/);
    expect(out).toMatch(/speech start → clear +p50 \d+\.\d\d .*\([1-9]\d* measured\)/);
    expect(out).toMatch(/stale audio after clear +0 messages/);
    expect(out).toMatch(/gateway CPU +\d+\.\d\d ms per call-second/);
    expect(out).toContain("Fewer than 20 barge-ins");
  },
  120_000,
);
