import { createHash } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { allCarriers } from "../../src/carrier/carriers.ts";
import type { GatewayParts } from "../../src/gateway/gateway.ts";
import { createMetrics } from "../../src/gateway/metrics.ts";
import { silentLog } from "../../src/kit/log.ts";
import { nobody } from "../carrier/nobody.ts";
import { connect, ring, world } from "./world.ts";

const health = async (origin: string) => (await (await fetch(`${origin}/healthz`)).json()) as { instance: string };

test("each gateway names itself, so that a tunnel can be told from a wrong one", async () => {
  const [one, other] = [await world(), await world()];
  const { instance } = await health(one.origin);
  expect(await health(one.origin)).toEqual({ status: "ok", instance });
  expect((await health(other.origin)).instance).not.toBe(instance);
});

test("a job queue that is down is said, and does not make the gateway unready", async () => {
  const at = await world();
  const ready = async () => {
    const response = await fetch(`${at.origin}/readyz`);
    return { code: response.status, ...((await response.json()) as { queue: string }) };
  };
  await vi.waitFor(async () => expect(await ready()).toMatchObject({ code: 200, queue: "up" }));
  at.memory.queueUp = false;
  await at.clock.advance(2_000);
  await vi.waitFor(async () => expect(await ready()).toMatchObject({ code: 200, queue: "down" }));
});

describe("GET /v1/health", () => {
  const keys = [{ name: "k", scopes: ["read"], sha256: createHash("sha256").update("key").digest("hex") }] as const;
  type Health = {
    readonly warnings: readonly string[];
    readonly providers: readonly { readonly name: string; readonly errors: object; readonly lastErrorAt?: number }[];
  };

  async function stage(changes: Partial<GatewayParts> = {}) {
    const meter = createMetrics(silentLog);
    const at = await world({ keys, meter, ...changes });
    const get = async () => {
      const answer = await fetch(`${at.origin}/v1/health`, { headers: { authorization: "Bearer key" } });
      const found = (await answer.json()) as Health;
      // How busy the machine of a test is, is none of its business.
      return { ...found, warnings: found.warnings.filter((sentence) => !sentence.startsWith("The process comes")) };
    };
    return { at, meter, get };
  }

  test("what is known, and nothing that is not", async () => {
    const { at, get } = await stage({ maxCalls: 5 });
    const { instance } = await health(at.origin);
    await at.clock.advance(3000);
    const found = await get();
    expect(found).toMatchObject({
      ...{ status: "ready", instance, startedAt: 1_760_000_000_000, uptimeMs: 3000, version: expect.any(String) },
      ...{ liveCalls: 0, maxCalls: 5, draining: false, memoryBytes: expect.any(Number) },
      database: { kind: "pglite", backlog: 0 },
      queue: { kind: "postgres" },
      sockets: { media: 0, followers: 0 },
      warnings: [],
    });
    expect(found).not.toHaveProperty("sockets.stt");
    expect(found.providers).toEqual(["stt", "tts", "llm", "relay"].map((name) => ({ name, errors: [] })));
    await vi.waitFor(
      async () =>
        expect(await get()).toMatchObject({
          database: { reach: "up" },
          queue: { reach: "up", counts: { waiting: 0, active: 0, delayed: 0, failed: 0 } },
          loopDelayMs: { p50: expect.any(Number), p99: expect.any(Number) },
        }),
      { timeout: 4000 },
    );
  });

  test("carriers, set up or not, with their calls; lines and followers", async () => {
    const { at, meter, get } = await stage();
    await connect(at);
    await ring(at, "CA00000000000000000000000000000002");
    meter.gauge("stt_sockets_open", 4);
    meter.gauge("tts_sockets_open", 8);
    const found = await get();
    expect(found).toMatchObject({ liveCalls: 2, sockets: { stt: 4, tts: 8, media: 1, followers: 0 } });
    expect(found).toMatchObject({
      carriers: [
        { name: "twilio", setUp: true, calls: 2 },
        { name: "exotel", setUp: true, calls: 0 },
        { name: "plivo", setUp: false, calls: 0 },
        { name: "telnyx", setUp: false, calls: 0 },
        { name: "signalwire", setUp: false, calls: 0 },
        { name: "web", setUp: true, calls: 0 },
      ],
    });
  });

  test("a carrier without its credentials is not set up, whichever it is", async () => {
    const { get } = await stage({ carriers: (publicUrl) => allCarriers(nobody, publicUrl, () => 0) });
    const found = (await get()) as unknown as Health & { carriers: { name: string; setUp: boolean }[] };
    expect(found.carriers.filter(({ setUp }) => setUp).map(({ name }) => name)).toEqual(["web"]);
    expect(found.warnings).toEqual(["No carrier is set up: only calls from web pages can come."]);
  });

  test("errors of providers by kind; those of the last five minutes are warned of", async () => {
    const { at, meter, get } = await stage();
    meter.count("stt_reconnects", { api: "realtime" });
    meter.count("stt_reconnects", { api: "streaming" });
    meter.count("llm_failures_total", { retryable: "true" });
    const { providers, warnings } = await get();
    expect(providers).toEqual([
      { name: "stt", errors: [{ kind: "connection-lost", count: 2 }], lastErrorAt: at.clock.wall() },
      { name: "tts", errors: [] },
      { name: "llm", errors: [{ kind: "failed", count: 1 }], lastErrorAt: at.clock.wall() },
      { name: "relay", errors: [] },
    ]);
    expect(warnings).toEqual([
      "stt had errors in the last five minutes; since the gateway began: connection-lost 2.",
      "llm had errors in the last five minutes; since the gateway began: failed 1.",
    ]);
    await at.clock.advance(5 * 60_000);
    expect((await get()).warnings).toEqual([]);
  });

  test("what an operator should look at", async () => {
    const { at, meter, get } = await stage({ maxCalls: 1 });
    at.memory.databaseUp = false;
    at.memory.queueUp = false;
    at.memory.backlog = 250;
    meter.count("journal_errors");
    meter.gauge("jobs_failing", 3);
    await connect(at);
    await vi.waitFor(async () => expect((await get()).warnings.length).toBe(6), { timeout: 4000 });
    expect((await get()).warnings.map((sentence) => sentence.slice(0, 30))).toEqual([
      "Journals could not be written ",
      "The database does not answer: ",
      "250 entries wait for the datab",
      "The job queue does not answer:",
      "3 jobs after calls fail again ",
      "All 1 places are taken: new ca",
    ]);
  });
});
