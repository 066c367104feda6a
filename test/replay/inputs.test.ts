import { describe, expect, test } from "vitest";
import { POLICY, type Policy } from "../../src/call/call.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { decisionLog, readCall, replayInputs } from "../../src/replay/replay.ts";
import { apology, framing, type LiveCall, type LiveOptions, liveCall } from "./live-call.ts";

/** A call of 36 s with two interruptions, a cough and an answer that failed. */
const SEED = 42;

const parts = (policy: Policy = POLICY) => ({ policy, apology, framing });

/** The same recording with some of its entries changed. */
function changed({ recording }: LiveCall, change: (entry: JournalEntry) => readonly JournalEntry[]) {
  return readCall({ ...recording, entries: recording.entries.flatMap(change) });
}

/** The first seed whose call has a decision of this name, with it. */
async function callWith(what: string): Promise<LiveCall & { readonly atMs: number }> {
  for (let seed = 0; seed < 200; seed++) {
    const live = await liveCall(seed);
    const decision = live.decisions.find((one) => one.what === what);
    if (decision) return { ...live, atMs: decision.atMs };
  }
  throw new Error(`no call with ${what}`);
}

describe("a call played back with its inputs", () => {
  test("twice is the same to the byte", async () => {
    const call = readCall((await liveCall(SEED)).recording);
    const [one, other] = [await replayInputs(call, parts()), await replayInputs(call, parts())];
    expect(decisionLog(one.decisions)).toBe(decisionLog(other.decisions));
    expect(one.entries).toEqual(other.entries);
    expect(one.line).toEqual(other.line);
  });

  test("names the instant and the cause when a policy constant made the difference", async () => {
    const { recording, atMs } = await callWith("barge-in");
    const policy = { ...POLICY, bargeIn: { ...POLICY.bargeIn, minMs: 60_000 } };
    const { differences, modelledFromMs } = await replayInputs(readCall(recording), parts(policy));
    expect(differences[0]).toMatchObject({ cause: "bargeIn.minMs was 0, is 60000" });
    expect(differences[0]?.was).toMatch(/^barge-in/);
    expect(modelledFromMs).toBe(differences[0]?.atMs);
    expect(differences[0]?.atMs).toBeLessThanOrEqual(atMs);
  });

  test("a changed constant that changes nothing is no difference", async () => {
    const { recording } = await liveCall(SEED);
    const policy = {
      ...POLICY,
      turn: { ...POLICY.turn, longestUtteranceMs: 29_000, mergeMs: POLICY.turn.mergeMs + 1 },
    };
    expect((await replayInputs(readCall(recording), parts(policy))).differences).toEqual([]);
  });

  test("sound that was cut differently is named", async () => {
    const live = await callWith("answered");
    const halved = changed(live, (entry) => {
      if (!("spoken" in entry) || !("bytes" in entry.spoken)) return [entry];
      return [{ ...entry, spoken: { ...entry.spoken, bytes: Math.ceil(entry.spoken.bytes / 2) } }];
    });
    const [first] = (await replayInputs(halved, parts())).differences;
    expect(first?.about).toMatch(/^text \d+ of reply \d+ was sent to its end$/);
    expect(first?.was).toMatch(/ms of sound$/);
  });

  test("a mark that was recorded and is not sent is named", async () => {
    const live = await callWith("answered");
    const extra: JournalEntry = { atMs: 1e9, line: { do: "mark", mark: "g99:0" } };
    const call = readCall({ ...live.recording, entries: [...live.recording.entries, extra] });
    const { differences } = await replayInputs(call, parts());
    expect(differences).toEqual([
      { atMs: 1e9, about: "sent to the carrier", was: "the mark g99:0, behind 0 bytes of sound", now: "nothing" },
    ]);
  });

  test.each<readonly [LiveOptions, readonly number[]]>([
    [{}, [3, SEED]],
    [{ ordered: true, outbound: { helloMs: 3000, message: "Please call us back." } }, [3]],
    [{ free: true, ordered: true }, [2]],
  ])(
    "a recording that stops in mid-call is played as far as it goes, wherever it was torn: %j",
    async (options, seeds) => {
      for (const seed of seeds) {
        const { recording } = await liveCall(seed, options);
        const began = recording.entries.findIndex((entry) => "in" in entry && entry.in.kind === "started");
        const ended = recording.entries.findLastIndex((entry) => "in" in entry);
        for (let length = began + 1; length <= ended; length++) {
          const again = await replayInputs(
            readCall({ ...recording, entries: recording.entries.slice(0, length) }),
            parts(),
          );
          expect(again.differences, `seed ${seed}, ${length} entries`).toEqual([]);
          expect(again.end).toEqual({ how: "interrupted", detail: "the recording ends here" });
        }
      }
    },
    60_000,
  );

  test.each([false, true])(
    "a call that somebody else ended, at whatever moment, ends the same way again: %j",
    async (free) => {
      for (let cutAfterMs = 50; cutAfterMs < 12_000; cutAfterMs += 331) {
        const { recording, decisions } = await liveCall(SEED, { cutAfterMs, free });
        const again = await replayInputs(readCall(recording), parts());
        expect(again.differences, `cut off after ${cutAfterMs} ms`).toEqual([]);
        expect(decisionLog(again.decisions)).toBe(decisionLog(decisions));
      }
    },
  );

  test("a line that carries something else than its ear and voice were warmed for happens again", async () => {
    for (let seed = 0; seed < 5; seed++) {
      const { recording } = await liveCall(seed, { warmedWith: { encoding: "linear16", rate: 16_000 } });
      expect((await replayInputs(readCall(recording), parts())).differences).toEqual([]);
    }
  });

  test("a knob makes no difference before it matters, and then says what was and what is", async () => {
    let unmoved = 0;
    for (let seed = 0; seed < 40; seed++) {
      const policy = { ...POLICY, bargeIn: { ...POLICY.bargeIn, minMs: 1 } };
      const { differences } = await replayInputs(readCall((await liveCall(seed)).recording), parts(policy));
      if (differences.length === 0) unmoved++;
      for (const { was, now } of differences) expect(now, `seed ${seed}`).not.toBe(was);
    }
    expect(unmoved).toBeGreaterThan(4);
  });

  test("frames that are cut otherwise than in the recording are named as the cause", async () => {
    const { recording } = await liveCall(SEED);
    const larger = () => ({ ...framing(), frameBytes: 4800, minBytes: 4800 });
    const { differences } = await replayInputs(readCall(recording), { ...parts(), framing: larger });
    expect(differences[0]?.cause).toBe("frames.frameBytes was 480, is 4800; frames.minBytes was 1, is 4800");
  });

  test.each(["turn.mergeMs", "turn.finalMs", "bargeIn.minMs", "bargeIn.coughMs", "reply.leadMs", "reply.thinkMs"])(
    "every call comes to an end whatever %s is",
    async (name) => {
      const [group = "", key = ""] = name.split(".");
      for (const ms of [0, 150, 5000]) {
        const policy = { ...POLICY, [group]: { ...POLICY[group as keyof Policy], [key]: ms } };
        for (let seed = 0; seed < 12; seed++) {
          const again = await replayInputs(readCall((await liveCall(seed)).recording), parts(policy));
          expect(again.end.how, `seed ${seed}, ${ms} ms`).not.toBe("interrupted");
        }
      }
    },
  );

  test("a journal that does not say what its call went by is refused in words", async () => {
    const { recording } = await liveCall(SEED);
    const entries = recording.entries.filter((entry) => !("call" in entry));
    expect(() => readCall({ ...recording, entries })).toThrow(/cannot be replayed/);
    const unbegun = recording.entries.filter((entry) => !("in" in entry));
    expect(() => readCall({ ...recording, entries: unbegun })).toThrow(/its line never began/);
  });
});
