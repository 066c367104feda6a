import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { until } from "../rig.ts";
import { ask, ECHO, greeted, hangUp, type Story, startStory } from "./story.ts";

const NOBODY = "+918000000031";
const ROUNDS = 3;
const CALLS_A_ROUND = 6;

let story: Story;
const warnings: string[] = [];
const onWarning = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);

beforeAll(async () => {
  process.on("warning", onWarning);
  // A speaker that the provider does not know: those calls end as failed.
  const nobody = { ...ECHO, voice: { speaker: "nobody" } };
  const agents = { default: ECHO, [NOBODY]: nobody };
  story = await startStory({ agents, simulator: { voiceMsPerChar: 10 } });
}, 60_000);
afterAll(async () => {
  process.off("warning", onWarning);
  await story[Symbol.asyncDispose]();
});

/** Everything that would keep this process alive, by kind. */
function resources(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** One call of each way to end: by the caller, by the network, by the carrier's report, before and within the first words. */
async function round(): Promise<void> {
  const calls = await Promise.all([
    story.dialTwilio(),
    story.dialExotel(),
    story.dialTwilio(),
    story.dialExotel(),
    story.dialTwilio({ faults: { wrongTicket: true } }),
    story.dialTwilio({ to: NOBODY }),
  ]);
  const [asked, listening, broken, early] = calls;
  if (!asked || !listening || !broken || !early) throw new Error("too few calls");
  early.hangUp();
  await Promise.all([asked, listening, broken].map(greeted));
  const asking = ask(asked, "en-question");
  broken.breakOff();
  await asking;
  await Promise.all([hangUp(asked), hangUp(listening)]);
  await Promise.all(calls.map(({ over }) => over));
  for (const call of calls) await story.ended(call);
}

const many = (): Promise<unknown> => Promise.all(Array.from({ length: ROUNDS }, round));

test("S0.20, I21: after many calls, ended in every way, no socket, timer or listener is left", async () => {
  // The same load before and after: the carriers' own connections for webhooks stay open for the next one.
  await many();
  await until("quiet", () => story.simulator.wire.open() === 0 && story.running.gateway.liveCalls === 0);
  const before = resources();
  await many();
  expect(story.simulator.wire.open()).toBe(0);
  expect(story.running.gateway.liveCalls).toBe(0);
  // Fewer than one for two calls: a few of the database's and the queue's own come and go.
  const allowance = (ROUNDS * CALLS_A_ROUND) / 2;
  const over = (): readonly string[] =>
    Object.entries(resources())
      .filter(([kind, count]) => count - (before[kind] ?? 0) >= allowance)
      .map(([kind, count]) => `${kind}: ${before[kind] ?? 0} → ${count}`);
  await until("nothing left", () => over().length === 0, 15_000).catch(() => expect(over()).toEqual([]));
  expect(warnings).toEqual([]);
}, 120_000);

test("I21, S0.20: every journal is settled and closed, and no call was left open in the books", async () => {
  const folder = join(story.dataDir, "journals");
  await until("settled journals", async () => {
    const [live, settled] = await Promise.all([readdir(folder), readdir(join(folder, "settled"))]);
    return live.length === 1 && settled.length === 2 * ROUNDS * CALLS_A_ROUND;
  });
  const [row] = await story.sql<{ open: string; owed: string }>(
    "select count(*) filter (where status = 'open') as open, (select count(*) from owed_jobs) as owed from calls",
  );
  expect(row).toEqual({ open: "0", owed: String(2 * ROUNDS * CALLS_A_ROUND) });
});

test("I21: sockets and webhooks that were refused opened nothing: no call, no journal, no provider's socket", async () => {
  const { url } = story.running;
  const counts = async () => ({
    sockets: story.simulator.wire.sockets.length,
    live: story.running.gateway.liveCalls,
    journals: (await readdir(join(story.dataDir, "journals"), { recursive: true })).length,
    calls: (await story.sql("select id from calls")).length,
  });
  const before = await counts();
  const refusals = [
    ...["/twilio/media/forged", "/exotel/media/forged", "/exotel/media"].map((path) =>
      refusedWith(url.replace("http", "ws") + path),
    ),
    story.dialTwilio({ signWebhooks: "wrong" }).then(({ outcome }) => ("status" in outcome ? outcome.status : 0)),
    story.dialExotel({ webhookProof: "wrong" }).then(({ outcome }) => ("status" in outcome ? outcome.status : 0)),
  ];
  expect(await Promise.all(refusals)).toEqual([401, 401, 401, 401, 401]);
  expect(await counts()).toEqual(before);
});

/** The HTTP status with which an upgrade is refused; 101 if it is not. */
function refusedWith(url: string): Promise<number> {
  const socket = new WebSocket(url);
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve(101));
    socket.on("unexpected-response", (request, { statusCode = 0 }) => {
      request.destroy();
      resolve(statusCode);
    });
    socket.on("error", reject);
  });
}
