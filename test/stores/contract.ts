import { afterAll, beforeAll, expect, test } from "vitest";
import type { CallId } from "../../src/record/record.ts";
import type { Database } from "../../src/store/database.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import type { CallStore, Transcript } from "../../src/store/store.ts";
import { callId, closed, decision, opened, T0, turn } from "../store/entries.ts";

function transcriptOf(id: CallId): Transcript {
  return {
    callId: id,
    language: "hi-IN",
    durationMs: 60_000,
    lines: [{ by: "caller", text: "नमस्ते", atMs: 10, cutShort: false }],
    metrics: { turns: 1, interruptions: 0, userAudioMs: 10, agentAudioMs: 20 },
  };
}

/** What every database must do for the books. `open` gives a fresh one. */
export function storeContract(open: () => Promise<Database>): void {
  let database: Database;
  let store: CallStore;
  let calls = 0;
  const newCall = async (): Promise<CallId> => {
    calls += 1;
    const id = callId(`call_${calls}`);
    await store.write(id, opened(id));
    return id;
  };
  const owed = async (id: CallId): Promise<number> =>
    (await store.owedJobs(0, 1000)).filter((job) => job.callId === id).length;

  beforeAll(async () => {
    database = await open();
    store = postgresStore(database.pool);
  });
  afterAll(() => database.close());

  test("S0.21, S0.22, S0.23: a call is read back with its turns, their times and metrics, as written", async () => {
    const id = await newCall();
    const greeting = turn(1, { userText: "", interrupted: false, metrics: { agentAudioMs: 800 } });
    for (const entry of [{ kind: "answered", at: T0 + 900 } as const, greeting, turn(2), decision(1), closed()]) {
      await store.write(id, entry);
    }
    await store.write(id, { kind: "recording", url: "https://recordings.example/1.wav" });
    const opening = opened(id);
    const expected = [greeting, turn(2)].map((entry) => entry.kind === "turn" && entry.turn);
    expect(await store.call(id)).toEqual({
      ...(opening.kind === "open" && opening.opening),
      status: "ended",
      answeredAt: T0 + 900,
      endedAt: T0 + 60_000,
      end: { how: "caller-hung-up", detail: "said goodbye" },
      recordingUrl: "https://recordings.example/1.wav",
      turns: expected,
      usage: {
        calls: 1,
        streamSeconds: 60,
        spokenMs: 2900,
        voices: [{ model: "", characters: 24 }],
        models: [],
        carriers: [{ carrier: "twilio", seconds: 60, minutes: 1 }],
      },
      decisions: [
        {
          atMs: 10,
          what: "barge-in",
          why: "speech began",
          inputs: { spoken: true, ms: 4.5 },
          limits: { "bargeIn.minMs": 200 },
          otherwise: "less than 200 ms of speech",
        },
      ],
    });
  });

  test("an unknown call is undefined", async () => {
    expect(await store.call(callId("call_nobody"))).toBeUndefined();
  });

  test("a running turn is completed by its later writing, and never undone by a replayed earlier one", async () => {
    const id = await newCall();
    const { endedMs: _, ...running } = { ...turnOf(1), agentHeard: "" };
    await store.write(id, { kind: "turn", turn: running });
    expect((await store.call(id))?.turns[0]).not.toHaveProperty("endedMs");
    await store.write(id, turn(1));
    await store.write(id, { kind: "turn", turn: running });
    expect((await store.call(id))?.turns).toEqual([turnOf(1)]);
  });

  test("I22: closing twice keeps the first end and owes the transcript once", async () => {
    const id = await newCall();
    await store.write(id, closed("first"));
    await store.write(id, closed("second"));
    expect((await store.call(id))?.end).toEqual({ how: "caller-hung-up", detail: "first" });
    expect(await owed(id)).toBe(1);
  });

  test("I22: twenty closings at once owe the transcript once", async () => {
    const id = await newCall();
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.write(id, closed(`closing ${n}`))));
    expect(await owed(id)).toBe(1);
  });

  test("a whole journal written again changes nothing, and nothing reopens a closed call", async () => {
    const id = await newCall();
    const all = [opened(id), { kind: "answered", at: T0 + 5 } as const, turn(1), decision(1), turn(2), closed()];
    for (const entry of all) await store.write(id, entry);
    const before = await store.call(id);
    for (const entry of all) await store.write(id, entry);
    expect(await store.call(id)).toEqual(before);
    expect(await owed(id)).toBe(1);
  });

  test("a turn and an answer that come after the close are kept, and the call stays closed", async () => {
    const id = await newCall();
    await store.write(id, closed());
    await store.write(id, turn(1));
    await store.write(id, { kind: "answered", at: T0 + 1 });
    const call = await store.call(id);
    expect(call).toMatchObject({ status: "ended", answeredAt: T0 + 1 });
    expect(call?.turns).toHaveLength(1);
  });

  test("entries of a call that was never opened are refused by name of the fault", async () => {
    const id = callId("call_unopened");
    const entries = [turn(1), decision(1), closed(), { kind: "answered", at: T0 } as const];
    for (const entry of entries) await expect(store.write(id, entry)).rejects.toMatchObject({ code: "23503" });
    expect(await owed(id)).toBe(0);
  });

  test("words with a zero character or half a character are kept without it", async () => {
    const id = await newCall();
    await store.write(id, turn(1, { userText: "a\0b\ud800" }));
    await store.write(id, decision(1, "x\0y"));
    const call = await store.call(id);
    expect(call?.turns[0]?.userText).toBe("ab\ufffd");
    expect(call?.decisions[0]?.what).toBe("xy");
  });

  test("a finished transcript is stored once and no longer owed", async () => {
    const id = await newCall();
    await store.write(id, closed());
    await store.finishTranscript(transcriptOf(id));
    await store.finishTranscript({ ...transcriptOf(id), durationMs: 1 });
    expect((await store.call(id))?.transcript).toEqual(transcriptOf(id));
    expect(await owed(id)).toBe(0);
  });

  test("S0.24: where calls are recorded a closed one owes its recording too, of which the URL is kept", async () => {
    const recording = postgresStore(database.pool, ["transcript", "recording"]);
    const [id, silent] = [await newCall(), await newCall()];
    for (const call of [id, silent]) await recording.write(call, closed());
    expect([await owed(id), await owed(silent)]).toEqual([2, 2]);
    await store.finishRecording(id, "/v1/calls/1/recording");
    await store.finishRecording(id, "/v1/calls/1/recording");
    await store.finishRecording(silent, undefined);
    expect((await store.call(id))?.recordingUrl).toBe("/v1/calls/1/recording");
    expect(await store.call(silent)).not.toHaveProperty("recordingUrl");
    const still = (await store.owedJobs(0, 1000)).filter(({ callId }) => callId === id || callId === silent);
    expect(still.map(({ kind }) => kind)).toEqual(["transcript", "transcript"]);
  });

  test("a failed job stays owed and tells of its tries", async () => {
    const id = await newCall();
    await store.write(id, closed());
    await store.noteJobFailure({ callId: id, kind: "transcript" }, "the disk is full");
    const { rows } = await database.pool.query("select attempts, last_error from owed_jobs where call_id = $1", [id]);
    expect(rows).toEqual([{ attempts: 1, last_error: "the disk is full" }]);
    expect(await owed(id)).toBe(1);
  });

  test("jobs come oldest first, as many as asked, and only after the time given", async () => {
    const first = await newCall();
    const second = await newCall();
    for (const id of [first, second]) await store.write(id, closed());
    await database.pool.query("update owed_jobs set owed_at = now() - interval '2 hours' where call_id = $1", [second]);
    await database.pool.query("update owed_jobs set owed_at = now() - interval '1 hour' where call_id = $1", [first]);
    expect((await store.owedJobs(3_500_000, 10)).map((job) => job.callId)).toEqual([second, first]);
    expect(await store.owedJobs(3_500_000, 1)).toEqual([{ callId: second, kind: "transcript", attempts: 0 }]);
  });

  test("many clients at once, with and without transactions, each get their own answers", async () => {
    const one = async (n: number): Promise<unknown> => {
      if (n % 3 === 0) return (await database.pool.query("select $1::int as n", [n])).rows[0].n;
      if (n % 3 === 1) return Number((await database.pool.query("select $1::text || $2 as n", ["", n])).rows[0].n);
      const client = await database.pool.connect();
      try {
        await client.query("begin");
        const { rows } = await client.query("select $1::int as n", [n]);
        await client.query("commit");
        return rows[0].n;
      } finally {
        client.release();
      }
    };
    const asked = Array.from({ length: 300 }, (_, n) => n);
    expect(await Promise.all(asked.map(one))).toEqual(asked);
  });

  test("a ping answers", async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });
}

function turnOf(seq: number) {
  const entry = turn(seq);
  if (entry.kind !== "turn") throw new Error("not a turn");
  return entry.turn;
}
