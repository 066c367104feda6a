import { systemClock } from "../../src/kit/clock.ts";
import type { SarvamSimulator } from "../../src/simulator/sarvam/sarvam.ts";
import type { TwinCall, TwinEvent } from "../../src/simulator/twins/twin.ts";
import { type CallerVoice, voice } from "../../src/simulator/voices.ts";
import type { BookedTurn, DemoBooks } from "./books.ts";
import type { Timeline } from "./timeline.ts";
import type { Step, Verdict } from "./verdict.ts";

export type SceneParts = {
  readonly call: TwinCall;
  readonly books: DemoBooks;
  readonly timeline: Timeline;
  readonly verdict: Verdict;
  readonly simulator: SarvamSimulator;
};

/** Milliseconds the caller waits for anything before the story counts as broken off. */
const PATIENCE_MS = 10_000;
/** A pause this long means that the agent is done, not between two sentences. */
const PAUSE_MS = 350;
const GREETING_CHARACTERS = 60;
/** Above this a transcript did not come from the provider's final but from giving up waiting for it. */
const FINAL_MS = 1500;

/** The conversation, from the open stream to the agent's hanging up. Throws when something that had to happen did not. */
export async function playScene(parts: SceneParts): Promise<void> {
  const { call, verdict, books } = parts;
  await heardOut(parts, 0, "greeted");
  const greeting = await books.turn((turn) => turn.seq === 1 && turn.ended_ms !== null, PATIENCE_MS);
  const heard = greeting?.agent_heard ?? "";
  verdict.demand("greeted", heard.length >= GREETING_CHARACTERS, `the books say that “${heard}” was heard`);
  quote(parts, greeting);

  await ask(parts, voice("hi-question"));
  await interrupt(parts);

  const bye = voice("hi-bye");
  const from = call.log.length;
  await say(call, bye);
  const closed = await next(parts, "closed", from, "hungUp");
  const played = call.log.slice(from).some((event) => event.kind === "mark-returned" && event.why === "played");
  verdict.demand("goodbyeHeard", played, "no mark of it was played before the line was closed");
  verdict.demand("hungUp", closed.kind === "closed" && closed.by === "gateway", "somebody else closed the line");
  quote(parts, await books.turn(saidBy(bye), PATIENCE_MS));
}

/** Asks, waits until the answer was heard, and compares what was understood with what was said. */
async function ask(parts: SceneParts, question: CallerVoice): Promise<void> {
  const { call, books, verdict } = parts;
  const from = call.log.length;
  await say(call, question);
  await heardOut(parts, from, "answerHeard");
  const turn = await books.turn((one) => saidBy(question)(one) && one.ended_ms !== null, PATIENCE_MS);
  const final = turn !== undefined && turn.stt_ms !== null && turn.stt_ms < FINAL_MS;
  verdict.demand("understood", final, `the books have no final transcript “${question.text}”`);
  verdict.demand("answerHeard", turn?.agent_heard !== "", "the books say that nothing of it was heard");
  quote(parts, turn);
}

/** Asks something with a long answer, lets the agent begin, and speaks into it. */
async function interrupt(parts: SceneParts): Promise<void> {
  const { call, verdict, books, timeline, simulator } = parts;
  const question = voice("unknown");
  const asked = call.log.length;
  await say(call, question);
  await next(parts, "playback-started", asked, "interrupted");
  await pause(1200);

  const from = call.log.length;
  const noticed = new Promise<number>((resolve) => {
    const off = simulator.wire.on((event) => {
      if (event.kind !== "speech-start-sent") return;
      off();
      resolve(event.atMs);
    });
  });
  const speaking = say(call, voice("en-interrupt"));
  const began = await next(parts, "speech-started", from, "interrupted");
  const playing = call.log.findLast(isPlayback)?.kind === "playback-started";
  verdict.demand("interrupted", playing, "the agent was not speaking");
  const clear = await next(parts, "clear-received", from, "cleared");
  const cut = clear.kind === "clear-received" && clear.playing;
  verdict.demand("cleared", cut, "nothing was playing any more when clear came");
  const ear = await noticed;
  const own = (clear.atMs - ear).toFixed(1);
  const all = Math.round(clear.atMs - began.atMs);
  timeline.more(`barge-in → cleared after ${all} ms: ${own} ms of them since Sarvam noticed the voice`);
  await speaking;
  const stale = call.arrivals.filter(({ kind, atMs }) => kind === "media" && atMs > clear.atMs).length;
  verdict.demand("silenced", stale === 0, `${stale} more media messages came while the caller spoke`);
  const cutShort = await books.turn((turn) => saidBy(question)(turn) && turn.interrupted, PATIENCE_MS);
  quote(parts, cutShort);

  await heardOut(parts, from, "secondAnswerHeard");
  quote(parts, await books.turn((turn) => saidBy(voice("en-interrupt"))(turn) && turn.ended_ms !== null, PATIENCE_MS));
}

const isPlayback = ({ kind }: TwinEvent): boolean => kind === "playback-started" || kind === "playback-ended";
const saidBy =
  ({ text }: CallerVoice) =>
  (turn: BookedTurn): boolean =>
    turn.user_text === text;

const say = (call: TwinCall, { audio, text }: CallerVoice): Promise<void> => call.say(audio, text);

const pause = (ms: number): Promise<void> => systemClock.sleep(ms, new AbortController().signal);

/** The next event of a kind from position `from` of the twin's log on. Without it `step` has not happened. */
async function next(
  { call, verdict }: SceneParts,
  kind: TwinEvent["kind"],
  from: number,
  step: Step,
): Promise<TwinEvent> {
  try {
    return await call.waitFor((event) => event.kind === kind, PATIENCE_MS, from);
  } catch (error) {
    // The error prints the twin's whole log, most of which the timeline has shown already.
    const [why = ""] = String(error).split(" and no event");
    verdict.demand(step, false, `${why} without ${kind}`);
    throw error;
  }
}

/** Waits until the agent has spoken and is silent again; a mark of what it said must have come back as played. */
async function heardOut(parts: SceneParts, from: number, step: Step): Promise<void> {
  const { call, verdict } = parts;
  const after = call.log.slice(from).findIndex((event) => event.kind === "clear-received");
  let at = from + after + 1;
  do {
    await next(parts, "playback-started", at, step);
    const ended = await next(parts, "playback-ended", at, step);
    at = call.log.indexOf(ended) + 1;
    await pause(PAUSE_MS);
  } while (call.log.slice(at).some(({ kind }) => kind === "playback-started"));
  const last = call.log.slice(0, at).findLast(({ kind }) => kind === "mark-returned");
  const played = last?.kind === "mark-returned" && last.why === "played" && call.log.indexOf(last) >= from;
  verdict.demand(step, played, "no mark of it was played");
}

/** What the database says that the agent said. */
function quote({ timeline }: SceneParts, turn: BookedTurn | undefined): void {
  if (!turn) return;
  const none = turn.agent_heard === "" ? "no whole sentence" : `“${turn.agent_heard}”`;
  timeline.more(
    turn.interrupted ? `of the agent was heard: ${none}, then it was cut short` : `the agent said: ${none}`,
  );
}
