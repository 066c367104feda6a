import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { systemClock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { pause } from "./caller.ts";
import { quantile } from "./measure.ts";
import { type LoadOptions, type LoadResult, runLoad } from "./run.ts";
import { storeCalls } from "./stored-calls.ts";
import { ms } from "./table.ts";

/** What a console asks while somebody looks through the calls, and how long each answer took. */
export type Answers = { readonly title: string; readonly path: string; readonly tookMs: number[] };

const LIMIT_MS = 100;
/** Somebody who clicks as fast as answers come would be ten people; this is four. */
const BETWEEN_MS = 50;
/** Pages left open on machines that went to sleep: they follow the calls and read nothing. */
const STALLED = 10;

const ASKED: readonly (readonly [title: string, path: string])[] = [
  ["newest calls", "/v1/calls?limit=50"],
  ["live calls", "/v1/calls?status=open&limit=50"],
  ["failed calls", "/v1/calls?failed=true&limit=50"],
  ["calls of a number", "/v1/calls?number=%2B919800000123&limit=50"],
  [
    "words in the last 30 days",
    `/v1/calls?q=${encodeURIComponent("डॉक्टर")}&limit=50&opened_after=${systemClock.wall() - 30 * 86_400_000}`,
  ],
  ["one call", "/v1/calls/call_seed4321"],
  ["its waterfall", "/v1/calls/call_seed4321/waterfall"],
  ["its cost", "/v1/calls/call_seed4321/usage"],
];

/** A console that asks without pause beside live calls, with so many ended ones in the books, and pages that follow and do not read. */
export async function measureConsole(
  options: LoadOptions,
  stored: number,
): Promise<{ readonly answers: readonly Answers[]; readonly load: LoadResult }> {
  const key = randomIds(() => systemClock.wall()).secret();
  const keys = `console:read:${createHash("sha256").update(key).digest("hex")}`;
  const answers = ASKED.map(([title, path]) => ({ title, path, tookMs: [] as number[] }));
  const load = await runLoad({
    ...options,
    env: { ...options.env, API_KEYS: keys, API_RATE_PER_MINUTE: "100000" },
    before: (env) => storeCalls(env, stored),
    async beside(url, signal) {
      const asleep = await Promise.all(Array.from({ length: STALLED }, () => followAndSleep(url, key)));
      while (!signal.aborted) {
        for (const { path, tookMs } of answers) {
          tookMs.push(await timeOf(url + path, key));
          await pause(BETWEEN_MS);
        }
      }
      for (const socket of asleep) socket.destroy();
    },
  });
  return { answers, load };
}

async function timeOf(url: string, key: string): Promise<number> {
  const began = systemClock.now();
  const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${url} was answered ${answer.status}`);
  return systemClock.now() - began;
}

async function followAndSleep(url: string, key: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined); // The gateway cuts it off: that is what it is for.
  await once(socket, "connect");
  socket.write(`GET /v1/events HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${key}\r\n\r\n`);
  socket.pause();
  return socket;
}

export function consoleLines(answers: readonly Answers[]): readonly string[] {
  return answers.map(({ title, tookMs }) => {
    const [p50, p95, most] = [0.5, 0.95, 1].map((share) => ms(quantile(tookMs, share)));
    return `${title.padEnd(26)}p50 ${p50}   p95 ${p95}   most ${most} ms   (${tookMs.length} asked)`;
  });
}

export const isQuick = (answers: readonly Answers[]): boolean =>
  answers.every(({ tookMs }) => (quantile(tookMs, 0.95) ?? Number.POSITIVE_INFINITY) < LIMIT_MS);
