import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { ExotelTwinOptions } from "../../src/simulator/twins/exotel-twin.ts";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { type CallerVoice, voice } from "../../src/simulator/voices.ts";
import { type Carrier, type Rig, type RigOptions, startRig, until } from "../rig.ts";

const KEY = "a-key-that-may-read";
const API_KEYS = `reader:read:${createHash("sha256").update(KEY).digest("hex")}`;
/** So much audio lies ahead of the caller's ear: a gap within a reply that is longer would be the gateway's own stumbling. */
const LEAD_MS = 400;
const SWEEP = { everyMs: 300, owedForMs: 0 };

export const rigged = (options: RigOptions = {}): Promise<Rig> =>
  startRig({ simulator: { voiceMsPerChar: 10 }, sweep: SWEEP, ...options, env: { API_KEYS, ...options.env } });

/** Twice heard out, once interrupted, then a goodbye. `trouble` comes in the middle of the greeting. */
export async function wholeCall(
  rig: Rig,
  carrier: Carrier,
  trouble = async () => {},
  line: Partial<ExotelTwinOptions> = {},
): Promise<TwinCall> {
  const call = await rig.dial(carrier, line);
  await call.waitFor(({ kind }) => kind === "playback-started", 15_000);
  await trouble();
  let reply = await heard(call, 1);
  reply = await ask(call, voice("hi-question"), reply);
  await heard(call, reply);
  reply = await ask(call, voice("unknown"), reply);
  reply = await ask(call, voice("en-question"), reply);
  await heard(call, reply);
  await call.say(voice("hi-bye").audio);
  await call.over;
  expect(call.outcome).toMatchObject({ kind: "closed", by: "gateway" });
  expect(call.log.filter(({ kind }) => kind === "warning")).toEqual([]);
  return call;
}

export const SAID = [voice("hi-question"), voice("unknown"), voice("en-question"), voice("hi-bye")].map(
  ({ text }) => text,
);

/** Says it, and waits for a sentence of a reply that is later than `reply`; which one that is. */
async function ask(call: TwinCall, { audio, text }: CallerVoice, reply: number): Promise<number> {
  const from = call.log.length;
  await call.say(audio, text);
  return replyOf(await call.waitFor((e) => e.kind === "mark-received" && replyOf(e) > reply, 15_000, from));
}

/** The first sentence at least: where there is a second, the next question may cut into it. */
async function heard(call: TwinCall, reply: number): Promise<number> {
  await call.waitFor((e) => e.kind === "mark-returned" && e.why === "played" && replyOf(e) === reply, 20_000);
  return reply;
}

function replyOf(event: TwinCall["log"][number]): number {
  return "name" in event ? Number(/^g(\d+):/.exec(event.name)?.[1] ?? 0) : 0;
}

/** The longest silence, in ms, between two sounds of the agent while the caller says nothing. */
function longestGapMs(call: TwinCall): number {
  const times = (wanted: string) => call.log.filter(({ kind }) => kind === wanted).map(({ atMs }) => atMs);
  const ends = times("speech-ended");
  const words = times("speech-started").map((from, index) => ({ from, to: ends[index] ?? from }));
  const segments = call.heardSegments;
  const gaps = segments.slice(1).flatMap(({ startMs }, index) => {
    const before = segments[index] ?? { startMs, endMs: startMs };
    const spoken = words.some(({ from, to }) => to > before.startMs && from < startMs);
    return spoken ? [] : [startMs - before.endMs];
  });
  return Math.max(0, ...gaps);
}

/** From the end of the caller's words to the answer's first sound, in ms, at its longest. */
function slowestAnswerMs(call: TwinCall): number {
  const ends = call.log.filter(({ kind }) => kind === "speech-ended").map(({ atMs }) => atMs);
  const starts = call.log.filter(({ kind }) => kind === "playback-started").map(({ atMs }) => atMs);
  return Math.max(...ends.map((end) => (starts.find((start) => start > end) ?? Number.POSITIVE_INFINITY) - end));
}

/** What SQL has of one call once its transcript is written. */
export async function inSql(rig: Pick<Rig, "sql">, { callSid }: TwinCall, timeoutMs = 30_000): Promise<unknown> {
  return until(
    `the transcript of ${callSid}`,
    async () => {
      const [row] = await rig
        .sql<object>(
          `select c.end_how as how, j.done_at is not null as done,
            (select jsonb_agg(t.user_text order by t.seq) from turns t where t.call_id = c.id and t.user_text <> '') as said,
            jsonb_path_query_array(d.document, '$.lines[*] ? (@.by == "caller").text') as written
           from calls c join transcripts d on d.call_id = c.id join owed_jobs j on j.call_id = c.id
          where c.carrier_call_id = $1`,
          [callSid],
        )
        .catch(() => []); // The server may still be coming back.
      return row;
    },
    timeoutMs,
  );
}

export const COMPLETE = { how: "agent-hung-up", done: true, said: SAID, written: SAID };

export async function metric(rig: Rig, name: string): Promise<number> {
  const answer = await fetch(`${rig.running.url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } });
  const text = await answer.text();
  const values = [...text.matchAll(new RegExp(`^durvani_${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

/** A whole call with trouble in it, beside one of the same kind without, at the same time: the caller hears no difference. */
export async function undisturbed(
  rig: Rig,
  healthy: Rig,
  carrier: Carrier,
  trouble: () => unknown,
  line: Partial<ExotelTwinOptions> = {},
): Promise<TwinCall> {
  const [call, usual] = await Promise.all([
    wholeCall(rig, carrier, async () => void (await trouble()), line),
    wholeCall(healthy, carrier, undefined, line),
  ]);
  const figures = {
    gapMs: Math.round(longestGapMs(call)),
    usualGapMs: Math.round(longestGapMs(usual)),
    answerMs: Math.round(slowestAnswerMs(call)),
    usualAnswerMs: Math.round(slowestAnswerMs(usual)),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  expect(figures.gapMs).toBeLessThan(figures.usualGapMs + LEAD_MS);
  expect(figures.answerMs).toBeLessThan(figures.usualAnswerMs + 400);
  return call;
}
