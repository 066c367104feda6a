import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import wavefile from "wavefile";
import { bullmqQueue } from "../../src/jobs/bullmq.ts";
import { diskRecordings } from "../../src/jobs/disk-recordings.ts";
import { recordedSound } from "../../src/jobs/retranscription-sound.ts";
import { sarvamRest } from "../../src/jobs/sarvam-rest.ts";
import { startSweep } from "../../src/jobs/sweep.ts";
import { startWorker } from "../../src/jobs/worker.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import type { CallId, WriteUp } from "../../src/record/record.ts";
import { type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { voice } from "../../src/simulator/voices.ts";
import type { Database } from "../../src/store/database.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import type { CallStore, Retranscription, Summary, Translation } from "../../src/store/store.ts";
import { quiet, toPcm } from "../simulator/sarvam-client.ts";
import { callId, closed, decision, opened, turn } from "../store/entries.ts";
import { onBothDatabases } from "./both-databases.ts";

const KEY = "sk_after";
const EVERYTHING: WriteUp = {
  summary: true,
  extract: { type: "object", properties: { order: { type: "integer" } }, required: ["order"] },
  translateTo: "en-IN",
  retranscribe: "always",
};

onBothDatabases("what is written up of calls", (open) => {
  let database: Database;
  let store: CallStore;
  let calls = 0;
  beforeAll(async () => {
    database = await open();
    store = postgresStore(database.pool);
  });
  afterAll(() => database.close());

  async function newCall(afterCall?: WriteUp, webhookUrl?: string): Promise<CallId> {
    calls += 1;
    const id = callId(`call_after${calls}`);
    const entry = opened(id);
    if (entry.kind !== "open") throw new Error("not an opening");
    const more = { ...(afterCall && { afterCall }), ...(webhookUrl !== undefined && { webhookUrl }) };
    await store.write(id, { ...entry, opening: { ...entry.opening, ...more } });
    return id;
  }
  const owedOf = async (id: CallId) => [...(await store.owedBy(id))].sort();
  const summary = (id: CallId): Summary => ({ callId: id, summary: "S", outcome: "resolved", sentiment: "neutral" });

  test("what a call owes is decided when it closes, by what was asked for when it opened", async () => {
    const wishes: readonly (readonly [WriteUp | undefined, readonly string[]])[] = [
      [undefined, []],
      [{ summary: false, retranscribe: "never" }, []],
      [{ summary: true }, ["summary"]],
      [{ extract: { type: "object" } }, ["summary"]],
      [{ translateTo: "ta-IN" }, ["translation"]],
      [{ retranscribe: "always" }, ["retranscription"]],
      [{ retranscribe: "when-degraded" }, []],
      [EVERYTHING, ["retranscription", "summary", "translation"]],
    ];
    for (const [wish, kinds] of wishes) {
      const id = await newCall(wish);
      expect(await store.owedBy(id)).toEqual([]);
      await store.write(id, closed());
      await store.write(id, closed("again"));
      expect(await owedOf(id)).toEqual([...kinds, "transcript"].sort());
      expect((await store.call(id))?.afterCall).toEqual(wish);
    }
  });

  test("a call whose ear was lost in between is transcribed again where its agent wants that of degraded ones", async () => {
    const id = await newCall({ retranscribe: "when-degraded" });
    await store.write(id, decision(1, "ear"));
    await store.write(id, closed());
    expect(await owedOf(id)).toEqual(["retranscription", "transcript"]);
  });

  test("a summary is written once, and its customer is told once", async () => {
    const id = await newCall({ summary: true }, "https://customer.example/hook");
    await store.write(id, closed());
    for (const text of ["S", "T"]) await store.finishSummary({ ...summary(id), summary: text });
    expect((await store.call(id))?.summary).toEqual(summary(id));
    expect(await owedOf(id)).toEqual(["transcript"]);
    const { rows } = await database.pool.query("select id from webhook_events where call_id = $1 order by seq", [id]);
    expect(rows.map((row) => row.id)).toEqual(["call.started", "call.ended", "summary.ready"].map((k) => `${k}.${id}`));
  });

  test("what is paid for and fails comes again ever more seldom; what costs nothing does not wait", async () => {
    const id = await newCall({ summary: true });
    await store.write(id, closed());
    const job = { callId: id, kind: "summary" } as const;
    for (let n = 0; n < 6; n++) {
      expect(await store.noteJobFailure(job, "no answer")).toBe("owed");
      await store.noteJobFailure({ ...job, kind: "transcript" }, "no answer");
    }
    const owedAfter = async (seconds: number): Promise<readonly string[]> => {
      await database.pool.query(`update owed_jobs set owed_at = now() - $2 * interval '1 second' where call_id = $1`, [
        ...[id, seconds],
      ]);
      const owed = await store.owedJobs(0, 1000);
      return owed.filter(({ callId }) => callId === id).map(({ kind }) => kind);
    };
    expect(await owedAfter(60)).toEqual(["transcript"]);
    expect((await owedAfter(70)).toSorted()).toEqual(["summary", "transcript"]);
    expect(await owedOf(id)).toEqual(["summary", "transcript"]);
  });

  test("a job that is given up is owed no more, and the books tell why", async () => {
    const id = await newCall({ summary: true });
    await store.write(id, closed());
    const job = { callId: id, kind: "summary" } as const;
    const became = [];
    for (let n = 0; n < 3; n++) became.push(await store.noteJobFailure(job, "of no use", 3));
    expect(became).toEqual(["owed", "owed", "given-up"]);
    expect(await owedOf(id)).toEqual(["transcript"]);
    const { rows } = await database.pool.query(
      "select attempts, last_error from owed_jobs where call_id = $1 and kind = 'summary'",
      [id],
    );
    expect(rows).toEqual([{ attempts: 3, last_error: "of no use" }]);
  });

  test("a translation grows, and is left alone once it is complete", async () => {
    const id = await newCall({ translateTo: "en-IN" });
    await store.write(id, closed());
    const line = { by: "caller", text: "क", atMs: 1, translation: "k" } as const;
    const half: Translation = { callId: id, language: "en-IN", model: "m", characters: 1, complete: false, lines: [] };
    const whole = { ...half, complete: true, lines: [line] };
    await store.writeTranslation(half);
    expect([(await store.call(id))?.translation, await owedOf(id)]).toEqual([half, ["transcript", "translation"]]);
    for (const translation of [whole, half]) await store.writeTranslation(translation);
    expect([(await store.call(id))?.translation, await owedOf(id)]).toEqual([whole, ["transcript"]]);
  });

  test("a retranscription can be asked for afterwards, again where there was none, and not where there is one", async () => {
    const id = await newCall();
    await store.askRetranscription(id);
    expect(await store.owedBy(id)).toEqual([]);
    await store.write(id, closed());
    const steps: readonly (readonly [Retranscription, boolean])[] = [
      [{ callId: id, kind: "asked", job: "j", askedAt: 1, failures: 0 }, true],
      [{ callId: id, kind: "none", why: "gone" }, false],
      [{ callId: id, kind: "written", model: "m", language: "hi-IN", audioMs: 1, lines: [] }, false],
    ];
    for (const [step, stillOwed] of steps) {
      for (let time = 0; time < 2; time++) await store.askRetranscription(id);
      expect(await owedOf(id)).toEqual(["retranscription", "transcript"]);
      await store.writeRetranscription(step);
      expect((await store.call(id))?.retranscription).toEqual(step);
      expect((await owedOf(id)).includes("retranscription")).toBe(stillOwed);
    }
    await store.askRetranscription(id);
    await store.writeRetranscription({ callId: id, kind: "none", why: "late" });
    expect((await store.call(id))?.retranscription?.kind).toBe("written");
    expect(await owedOf(id)).toEqual(["transcript"]);
  });

  test("with the call everything written up of it is forgotten", async () => {
    const id = await newCall(EVERYTHING);
    await store.write(id, closed());
    await store.finishSummary(summary(id));
    await store.writeRetranscription({ callId: id, kind: "none", why: "" });
    await database.pool.query("delete from calls where id = $1", [id]);
    for (const table of ["summaries", "translations", "retranscriptions"])
      expect((await database.pool.query(`select from ${table} where call_id = $1`, [id])).rows).toEqual([]);
  });

  test("a worker writes it all up with Sarvam's REST, over faults, by sweeps alone", async () => {
    const simulator = await startSarvam({ keys: [KEY], firstWordMs: 1, wordMs: 1 });
    const dir = await mkdtemp(join(tmpdir(), "durvani-after-"));
    const place = {
      kind: "postgres",
      poolConfig: database.poolConfig,
      embedded: database.kind === "pglite",
    } as const;
    const tools = { clock: systemClock, log: silentLog, meter: deafMeter };
    const queue = await bullmqQueue({ ...tools, place, retry: { attempts: 1, firstMs: 10 } });
    const over = new AbortController();
    try {
      const recordings = diskRecordings(dir);
      const writer = {
        provider: sarvamRest({ baseUrl: simulator.url, apiKey: KEY }),
        sound: recordedSound(recordings, undefined, systemClock),
      };
      const id = await recordedCall(simulator, dir, recordings);
      const unused = {
        journals: { find: async () => undefined, remove: async () => {} },
        apologyAudio: () => Buffer.alloc(0),
      };
      startWorker({ ...tools, ...unused, store, queue, recordings, writer });
      const sweeping = startSweep({ ...tools, store, queue, everyMs: 300, owedForMs: 0 }, over.signal);
      const failed = async () =>
        (await database.pool.query("select kind, last_error from owed_jobs where call_id = $1 order by kind", [id]))
          .rows;
      await vi.waitFor(
        async () => expect((await failed())[1]?.last_error).toContain("no summary: it is no JSON"),
        20_000,
      );
      simulator.faults.chat = "none";
      await vi.waitFor(async () => expect((await failed())[0]?.last_error).toContain("not transcribed"), 20_000);
      simulator.faults.batch = "none";
      await vi.waitFor(async () => expect(await store.owedBy(id)).toEqual([]), 30_000);
      over.abort();
      await sweeping;
      expect(await store.call(id)).toMatchObject({
        summary: { outcome: "resolved", extracted: { order: 0 }, usage: { model: "sarvam-105b" } },
        translation: { complete: true, lines: [{ translation: "[en-IN] सवाल 1" }, {}] },
        retranscription: {
          language: "hi-IN",
          lines: [
            { speaker: "0", text: voice("hi-question").text },
            { speaker: "1", text: voice("hi-thanks").text },
          ],
        },
      });
      const chat = simulator.wire.http.filter(({ path }) => path === "/v1/chat/completions").at(-1)?.body;
      expect(chat).toMatchObject({ reasoning_effort: null, response_format: { type: "json_schema" } });
    } finally {
      over.abort();
      await queue.close();
      await simulator.close();
      await rm(dir, { recursive: true, force: true });
    }
  });

  /** A call that is over, with a recording; Sarvam is out of order. */
  async function recordedCall(
    simulator: SarvamSimulator,
    dir: string,
    recordings: ReturnType<typeof diskRecordings>,
  ): Promise<CallId> {
    simulator.faults.chat = "prose";
    simulator.faults.batch = "failed";
    const id = await newCall(EVERYTHING);
    const [caller, agent] = [voice("hi-question").audio, voice("hi-thanks").audio];
    const leg = (mulaw: Buffer): Int16Array => new Int16Array(new Uint8Array(toPcm(mulaw)).buffer);
    const wav = new wavefile.WaveFile();
    const left = Buffer.concat([quiet(300), caller, quiet(agent.length / 8 + 1200)]);
    const right = Buffer.concat([quiet(caller.length / 8 + 800), agent, quiet(700)]);
    wav.fromScratch(2, 8000, "16", [leg(left), leg(right)] as unknown as Int16Array);
    const path = join(dir, "made.wav");
    await writeFile(path, wav.toBuffer());
    const url = await recordings.put(id, path);
    for (const entry of [turn(1), { kind: "recording", url } as const, closed()]) await store.write(id, entry);
    return id;
  }
});
