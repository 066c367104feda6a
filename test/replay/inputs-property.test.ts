import { expect, test } from "vitest";
import { POLICY } from "../../src/call/call.ts";
import { decisionLog, readCall, replayInputs } from "../../src/replay/replay.ts";
import { apology, framing, type LiveOptions, liveCall } from "./live-call.ts";

/** Plays that many calls and plays each of them again. Gives the kinds of events and effects that were in them, and the most decisions. */
async function replayed(calls: number, options: LiveOptions) {
  const kinds = new Set<string>();
  let busiest = 0;
  for (let seed = 0; seed < calls; seed++) {
    const { recording, decisions } = await liveCall(seed, options);
    const again = await replayInputs(readCall(recording), { policy: POLICY, apology, framing });
    expect(again.differences, `seed ${seed}`).toEqual([]);
    expect(decisionLog(again.decisions), `seed ${seed}`).toBe(decisionLog(decisions));
    for (const entry of recording.entries) {
      if ("in" in entry) kinds.add(entry.in.kind);
      if ("out" in entry) kinds.add(entry.out.do);
    }
    busiest = Math.max(busiest, decisions.length);
  }
  return { kinds: [...kinds], busiest };
}

test("any call, however late its timers and however odd its caller, happens again as it was", async () => {
  expect((await replayed(100, {})).busiest).toBeGreaterThan(20);
}, 60_000);

test("any call with somebody at the controls happens again as it was", async () => {
  const { kinds, busiest } = await replayed(100, { ordered: true });
  expect(busiest).toBeGreaterThan(15);
  expect(kinds).toEqual(expect.arrayContaining(["order", "text", "retune", "record", "end"]));
}, 60_000);

test("any call of a dialog that speaks when it likes happens again as it was", async () => {
  const { kinds } = await replayed(100, { free: true });
  const news = ["speaks", "digits", "language", "ends", "away", "note", "failed"].map((kind) => `dialog-${kind}`);
  expect(kinds).toEqual(expect.arrayContaining([...news, "join-dialog", "tell-dialog", "retune"]));
  await replayed(40, { free: true, ordered: true });
}, 60_000);

test("any call of our own happens again as it was, whoever answers it", async () => {
  await replayed(60, { ordered: true, outbound: { helloMs: 3000, message: "Please call us back." } });
  await replayed(40, { free: true, ordered: true, outbound: { helloMs: 1500 } });
}, 60_000);
