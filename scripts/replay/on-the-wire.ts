import { bytesPerMs } from "../../src/audio/format.ts";
import { systemClock } from "../../src/kit/clock.ts";
import type { CarrierName, Turn } from "../../src/record/record.ts";
import {
  type CallerInput,
  callerOf,
  type Difference,
  NotReplayableError,
  outcomeOf,
  type RecordedCall,
  turnDifferences,
} from "../../src/replay/replay.ts";
import { dialExotel } from "../../src/simulator/twins/exotel-twin.ts";
import { dialTwilio } from "../../src/simulator/twins/twilio-twin.ts";
import type { TwinCall, TwinEvent, TwinOptions, TwinOutcome } from "../../src/simulator/twins/twin.ts";
import { storedTurns } from "./stored-turns.ts";

export type DialOptions = {
  /** Where the gateway listens, and what it calls itself; the same unless given. */
  readonly url: string;
  readonly publicUrl?: string;
  /** That of the recording unless given. */
  readonly carrier?: CarrierName;
  /** What proves the carrier to the gateway; only those of the carrier that dials are needed. */
  readonly secrets: { readonly authToken?: string; readonly user?: string; readonly password?: string };
  /** Opens the gateway's API: then turns are compared too. */
  readonly apiKey?: string;
  /** 2: the caller, and the carrier's playing, are twice as fast. [1] */
  readonly speed?: number;
};

/** What the gateway said on a call, as a carrier measures it. */
export type SaidOnWire = { readonly replies: number; readonly clears: number; readonly soundMs: number };

export type DialledRecording = {
  readonly outcome: TwinOutcome;
  readonly log: readonly TwinEvent[];
  readonly was: SaidOnWire;
  readonly now: SaidOnWire;
  /** As the gateway's books have them, where they could be asked. */
  readonly turns?: readonly Turn[];
  readonly differences: readonly Difference[];
};

/** Voices differ in how long they take to say the same. */
const LONGER_BY = 0.25;

/**
 * Dials a running gateway as the carrier of a recorded call would, and plays its caller: sound, keys and hanging up. Rejects with
 * `NotReplayableError` for a call without sound, or whose sound no line of that carrier can carry.
 */
export async function dialRecording(call: RecordedCall, options: DialOptions): Promise<DialledRecording> {
  const caller = [...callerOf(call)];
  let callId: string | undefined;
  const onText: TwinOptions["onText"] = (text, from) => {
    if (from === "carrier") callId ??= callIdIn(text);
  };
  const twin = await dial(call, options, onText);
  if (twin.outcome.kind === "streaming") play(caller, call, twin, options.speed ?? 1);
  await twin.over;
  const turns = callId === undefined ? undefined : await storedTurns(options.url, callId, options.apiKey);
  const [was, now] = [saidThen(call), saidNow(twin)];
  return {
    outcome: twin.outcome,
    log: twin.log,
    was,
    now,
    ...(turns ? { turns } : {}),
    differences: [
      ...ofEnds(call, twin.outcome),
      ...ofSound(was, now),
      ...(turns ? turnDifferences(outcomeOf(call).turns, turns) : []),
    ],
  };
}

function dial(call: RecordedCall, options: DialOptions, onText: TwinOptions["onText"]): Promise<TwinCall> {
  const { id, opening, format } = call;
  const { url, publicUrl = url, secrets, speed = 1 } = options;
  const carrier = options.carrier ?? opening?.carrier ?? "twilio";
  const { from, to } = opening ?? {};
  const numbers = { ...(from && { from }), ...(to && { to }) };
  const line = { baseUrl: url, publicUrl, speed, ...(onText && { onText }), ...numbers };
  if (carrier === "exotel") {
    const { user = "", password = "" } = secrets;
    return dialExotel({ ...line, user, password, rate: format.rate });
  }
  if (format.encoding === "mulaw") return dialTwilio({ ...line, authToken: secrets.authToken ?? "" });
  throw new NotReplayableError(`${id}: its sound is 16-bit PCM, which no Twilio line carries; dial it as Exotel`);
}

/** Everything is under way when this returns. */
function play(caller: readonly CallerInput[], { format }: RecordedCall, twin: TwinCall, speed: number): void {
  const startedMs = caller[0]?.atMs ?? 0;
  const sound = Buffer.concat(
    caller.flatMap((input) => (input.kind === "audio" ? [Buffer.from(input.payload, "base64")] : [])),
  );
  const said = format.encoding === "mulaw" ? twin.say(sound) : twin.sayAsIs(sound);
  const cancels = caller.flatMap((input) => {
    if (input.kind === "audio") return [];
    return [systemClock.after((input.atMs - startedMs) / speed, () => act(input.signal, twin))];
  });
  const rest = (): void => {
    for (const cancel of cancels) cancel();
  };
  said.catch(() => undefined); // The call ended before the sound did.
  void twin.over.then(rest);
}

function act(signal: (CallerInput & { readonly kind: "signal" })["signal"], twin: TwinCall): void {
  switch (signal.kind) {
    case "key":
      return twin.press(signal.digit);
    case "line-over":
      return signal.how === "carrier-lost" ? twin.breakOff() : twin.hangUp();
    case "drain-forced":
      return twin.hangUp();
  }
}

/** The gateway writes its own id of the call into the parameters of Twilio's stream. */
const callIdIn = (text: string): string | undefined => /"call":"(call_\w+)"/.exec(text)?.[1];

function saidThen({ sent, format }: RecordedCall): SaidOnWire {
  const bytes = sent.reduce((sum, note) => sum + (note.do === "played" ? note.bytes : 0), 0);
  const marks = sent.flatMap((note) => (note.do === "mark" ? [note.mark] : []));
  const clears = sent.filter((note) => note.do === "clear").length;
  return { replies: repliesOf(marks), clears, soundMs: bytes / bytesPerMs(format) };
}

function saidNow({ arrivals, format }: TwinCall): SaidOnWire {
  const bytes = arrivals.reduce((sum, arrival) => sum + (arrival.kind === "media" ? arrival.bytes : 0), 0);
  const marks = arrivals.flatMap((arrival) => (arrival.kind === "mark" ? [arrival.name] : []));
  const clears = arrivals.filter(({ kind }) => kind === "clear").length;
  return { replies: repliesOf(marks), clears, soundMs: bytes / bytesPerMs(format) };
}

/** Each reply's marks begin with a name of its own. */
const repliesOf = (marks: readonly string[]): number => new Set(marks.map((mark) => mark.split(":")[0])).size;

function ofSound(was: SaidOnWire, now: SaidOnWire): readonly Difference[] {
  const count = (about: string, then: number, since: number): readonly Difference[] =>
    then === since ? [] : [{ atMs: 0, about, was: String(then), now: String(since) }];
  const longer = Math.abs(now.soundMs - was.soundMs) > LONGER_BY * was.soundMs;
  return [
    ...count("how many replies were spoken to their first mark", was.replies, now.replies),
    ...count("how often the line was cleared", was.clears, now.clears),
    ...(longer ? [{ atMs: 0, about: "how long the agent spoke", was: seconds(was), now: seconds(now) }] : []),
  ];
}

const seconds = ({ soundMs }: SaidOnWire): string => `${(soundMs / 1000).toFixed(1)} s`;

/** What was said then and now, side by side. */
export function saidLines({ was, now }: Pick<DialledRecording, "was" | "now">): readonly string[] {
  const row = (about: string, then: string, since: string): string =>
    `${about.padEnd(10)}${then.padStart(10)}${since.padStart(10)}`;
  return [
    row("", "then", "now"),
    row("replies", String(was.replies), String(now.replies)),
    row("clears", String(was.clears), String(now.clears)),
    row("sound", seconds(was), seconds(now)),
  ];
}

function ofEnds(call: RecordedCall, outcome: TwinOutcome): readonly Difference[] {
  const { how } = outcomeOf(call).end;
  const was = how === "caller-hung-up" ? "the caller" : how === "carrier-lost" ? "the network" : "the gateway";
  const now = outcome.kind === "closed" ? `the ${outcome.by}` : inWords(outcome);
  return was === now || how === "interrupted" ? [] : [{ atMs: 0, about: "who ended the call", was, now }];
}

function inWords(outcome: Exclude<TwinOutcome, { kind: "closed" }>): string {
  switch (outcome.kind) {
    case "busy":
      return `turned away: ${outcome.why}`;
    case "webhook-failed":
      return `not answered: ${outcome.status} ${outcome.why}`;
    case "upgrade-refused":
      return `the media socket was refused with ${outcome.status}`;
    case "streaming":
      return "nobody";
  }
}
