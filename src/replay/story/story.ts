import type { Tuning } from "../../call/call.ts";
import { columns, stamp, toWidth, wrap } from "../../kit/columns.ts";
import type { CallEnd, Decision, Turn, TurnMetrics } from "../../record/record.ts";
import type { RecordedCall } from "../again/recorded-call.ts";
import { type Moment, type Piece, tell } from "./moments.ts";

const WIDTH = 110;
/** Where the words begin: behind the instant and who it is about. */
const INDENT = 19;

/**
 * The call told to a person: what was said, and below it what was decided about it: why, on what evidence, against which limits,
 * and what would have changed it. Lines of at most 110 columns, without line ends.
 */
export function storyOf(call: RecordedCall): readonly string[] {
  const { moments, turns, end } = tell(call);
  const lines: string[] = [...headOf(call), ""];
  let lastMs = Number.NaN;
  for (const moment of moments) {
    // What the caller does begins something new.
    if (moment.kind === "caller" || moment.kind === "keys" || moment.kind === "written") lines.push("");
    lines.push(...linesOf(moment, moment.atMs === lastMs));
    lastMs = moment.atMs;
  }
  return [...lines, "", endOf(call, end), "", ...latencyOf(turns)];
}

function headOf({ id, opening, setup }: RecordedCall): readonly string[] {
  const agent = `answered by “${setup.agent}”`;
  if (!opening) return [id, agent];
  const { carrier, from, to, openedAt } = opening;
  const began = new Date(openedAt)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
  return [`${id} over ${carrier}, ${from} → ${to}`, `${began}, ${agent}`];
}

function linesOf(moment: Moment, sameInstant: boolean): readonly string[] {
  const at = stamp(moment.atMs);
  switch (moment.kind) {
    case "line": {
      const { encoding, rate } = moment.format;
      return written(`${at}  line`, [`opens, ${encoding} at ${rate / 1000} kHz`]);
    }
    case "caller":
      return written(`${at}  caller`, [callerOf(moment)]);
    case "keys":
      return written(`${at}  caller`, [`presses ${[...moment.digits].join(" ")}`]);
    case "written":
      return written(`${at}  caller`, [`writes “${moment.text}”`]);
    case "retuned":
      return written(`${at}  agent`, [tuningOf(moment.tuning)]);
    case "recording":
      return written(`${at}  line`, [moment.on ? "is recorded again" : "is not recorded from here on"]);
    case "agent":
      return written(
        `${at}  agent`,
        moment.pieces.map((piece, index) => pieceOf(piece, index, moment)),
      );
    case "decision":
      return decisionOf(moment.decision, sameInstant ? "" : at);
  }
}

/** Each text on lines of its own, the first behind `head`. */
function written(head: string, texts: readonly string[], indent = INDENT): readonly string[] {
  const lines = texts.flatMap((text) => wrap(text, WIDTH - indent));
  return lines.map((line, index) => `${(index === 0 ? head : "").padEnd(indent)}${line}`.trimEnd());
}

function callerOf({ words, sure, untilMs }: Moment & { readonly kind: "caller" }): string {
  const said = words === "" ? "a sound without words" : `“${words}”`;
  const guessed = words !== "" && !sure ? ", as far as it was understood" : "";
  return `${said}${until(untilMs)}${guessed}`;
}

const until = (ms: number | undefined): string => (ms === undefined ? "" : ` until ${stamp(ms)}`);

function tuningOf({ speaks, speaker, listensFor }: Tuning): string {
  const changes = [
    ...(speaks ? [`speaks ${speaks}`] : []),
    ...(speaker === undefined ? [] : [`has the voice of ${speaker}`]),
    ...(listensFor ? [listensFor === "unknown" ? "listens for any language" : `listens for ${listensFor}`] : []),
  ];
  return `from here on ${changes.join(", ")}`;
}

function pieceOf(
  { text: words, fate, isSound = false }: Piece,
  index: number,
  { pieces, untilMs }: Moment & { readonly kind: "agent" },
): string {
  const text = isSound ? words : `“${words}”`;
  switch (fate) {
    case "heard":
      return `${text}${index === pieces.length - 1 ? until(untilMs) : ""}`;
    case "cut":
      return `${text} ✂ cut off${untilMs === undefined ? "" : ` at ${stamp(untilMs)}`}`;
    case "unproven":
      return `${text} ? sent, but no mark says that it was heard`;
    case "never said":
      return `${text} ✂ never said`;
  }
}

/** Where a decision names what it came from. */
const SOURCES: Readonly<Record<string, string>> = {
  "speech-started": "the caller began to make sounds",
  partial: "there were words in the caller's sounds",
  final: "the transcript came",
  key: "the caller pressed a key",
  keys: "the caller's keys are taken as words",
  text: "the caller wrote something",
  sound: "the caller's sounds went on",
  "still speaking": "the caller was still speaking",
};

function decisionOf({ what, why, inputs, limits, otherwise }: Decision, at: string): readonly string[] {
  const told = Object.entries(inputs).map(([name, value]) => inputOf(name, value));
  const against = Object.entries(limits).map(([name, value]) => `${name} ${value}`);
  const evidence = [told.join(", "), against.length > 0 ? `limits: ${against.join(", ")}` : ""].filter(
    (text) => text !== "",
  );
  const lines = [
    `${what}: ${SOURCES[why] ?? why}`,
    ...(evidence.length > 0 ? [evidence.join("; ")] : []),
    ...(otherwise === "" ? [] : [`otherwise: ${otherwise}`]),
  ];
  return written(at.padEnd(INDENT), [`▸ ${lines[0]}`]).concat(written("", lines.slice(1), INDENT + 2));
}

/** `waitedMs: 120.3` → “waited 120 ms”; `sameTurn: false` → “same turn: no”. */
function inputOf(name: string, value: string | number | boolean): string {
  const words = name.replace(/Ms$/, "").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  if (typeof value === "number") return name.endsWith("Ms") ? `${words} ${Math.round(value)} ms` : `${words} ${value}`;
  return `${words}: ${typeof value === "string" ? value : value ? "yes" : "no"}`;
}

function endOf({ events }: RecordedCall, end: CallEnd | undefined): string {
  const at = stamp(events.at(-1)?.event.atMs ?? 0);
  if (!end) return `The journal stops at ${at}, before the call had ended.`;
  return `The call ended at ${at}: ${end.how}${end.detail === "" ? "" : `, ${end.detail}`}.`;
}

const LATENCIES: readonly (readonly [title: string, metric: keyof TurnMetrics])[] = [
  ["transcript", "sttMs"],
  ["dialog", "dialogMs"],
  ["voice", "ttsMs"],
  ["first sound", "firstAudioMs"],
  ["agent spoke", "agentAudioMs"],
];

function latencyOf(turns: readonly Turn[]): readonly string[] {
  if (turns.length === 0) return ["There was no turn."];
  const texts = turns.map(({ userText }) => (userText === "" ? "(the agent)" : userText));
  const width = Math.min(39, Math.max(...texts.map(columns)));
  const row = (seq: string, text: string, cells: readonly string[]): string =>
    `${seq.padStart(4)}  ${toWidth(text, width)}${cells.map((cell) => cell.padStart(13)).join("")}`;
  const titles = LATENCIES.map(([title]) => title);
  return [
    row("turn", "in ms", titles),
    ...turns.map(({ seq, metrics }, index) => {
      const cells = LATENCIES.map(([, metric]) => metrics[metric]);
      const shown = cells.map((ms) => (ms === undefined ? "–" : String(Math.round(ms))));
      return row(String(seq), texts[index] ?? "", shown);
    }),
  ];
}
