import { stamp } from "../../src/kit/columns.ts";
import { type Difference, differenceInWords, type RecordedCall, type Replayed } from "../../src/replay/replay.ts";

/** What playing a call came to. `lines`: what else there is to tell. */
export type Result = {
  readonly differences: readonly Difference[];
  /** Of the call, in its own time. */
  readonly lastsMs: number;
  /** Absent where it was lived by a gateway elsewhere. */
  readonly replayed?: Replayed;
  readonly lines?: readonly string[];
};

/** One call that was played again. `tookMs`: how long that took. */
export type Played = {
  readonly name: string;
  readonly call: RecordedCall;
  readonly result: Result;
  readonly tookMs: number;
};

/** Which call it was, and what is not as it was. */
export function reportLines({ name, call, result }: Played): readonly string[] {
  return [headLine(name, call), ...differenceLines(result)];
}

function headLine(name: string, { id, opening, events }: RecordedCall): string {
  const carrier = opening?.carrier ?? "no carrier named";
  const lasts = stamp(events.at(-1)?.event.atMs ?? 0);
  return `${name.includes(id) ? id : `${name}  ${id}`}  ${carrier}  ${lasts}  ${plural(events.length, "event")}`;
}

export function differenceLines({ differences, replayed, lines = [] }: Result): readonly string[] {
  const rest = lines.map((line) => `  ${line}`);
  if (differences.length === 0) return ["  no difference", ...rest];
  const modelledFromMs = replayed?.modelledFromMs;
  const modelled = modelledFromMs === undefined ? "" : `; from ${stamp(modelledFromMs)} on, replies are modelled`;
  const head = `  ${plural(differences.length, "difference")}, the first one first${modelled}`;
  return [head, ...differences.flatMap(differenceInWords), ...rest];
}

/** All of it in one line. `unreadable`: how many that were named could not be played. */
export function summaryLine(played: readonly Played[], unreadable: number): string {
  const parts = [
    ...(played.length === 0 ? ["nothing was played"] : playedInWords(played)),
    ...(unreadable === 0 ? [] : [`${unreadable} unreadable`]),
  ];
  return parts.join("; ");
}

function playedInWords(played: readonly Played[]): readonly string[] {
  const differing = played.filter(({ result }) => result.differences.length > 0).length;
  const lastedMs = played.reduce((sum, { result }) => sum + result.lastsMs, 0);
  const tookMs = played.reduce((sum, one) => sum + one.tookMs, 0);
  return [
    plural(played.length, "call"),
    differing === 0 ? "no difference" : `${differing} with differences`,
    `${seconds(lastedMs)} of calls in ${seconds(tookMs)}, ${Math.round(lastedMs / Math.max(1, tookMs))} times as fast`,
  ];
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 1000 ? 3 : 1)} s`;
const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** The same for a program: one JSON line per call. */
export function jsonLine({ name: file, call, result, tookMs }: Played): string {
  const { differences, lastsMs, replayed: { end, modelledFromMs } = {} } = result;
  const about = { file, call: call.id, carrier: call.opening?.carrier, events: call.events.length };
  return JSON.stringify({ ...about, lastsMs, tookMs, end, modelledFromMs, differences });
}
