import { expect, test } from "vitest";
import { POLICY } from "../../src/call/call.ts";
import { decisionLog, readCall, replayInputs } from "../../src/replay/replay.ts";
import { apology, framing, liveCall } from "./live-call.ts";

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);

test("any call, however late its timers and however odd its caller, happens again as it was", async () => {
  let busiest = 0;
  for (const seed of SEEDS) {
    const { recording, decisions } = await liveCall(seed);
    const call = readCall(recording);
    const again = await replayInputs(call, { policy: POLICY, apology, framing });
    expect(again.differences, `seed ${seed}`).toEqual([]);
    expect(decisionLog(again.decisions), `seed ${seed}`).toBe(decisionLog(decisions));
    busiest = Math.max(busiest, decisions.length);
  }
  expect(busiest).toBeGreaterThan(20);
}, 30_000);
