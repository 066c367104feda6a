import type { Effect, Happening } from "../call/call.ts";
import type { JournalEntry } from "../journal/journal.ts";
import type { BookEntry, Redaction } from "../record/record.ts";
import { readable } from "../record/redaction.ts";

/** Who did something in a call. `speech` hears and speaks for us, `gateway` is ourselves. */
export const ACTORS = ["caller", "carrier", "speech", "dialog", "agent", "operator", "gateway"] as const;
type Actor = (typeof ACTORS)[number];

type Scalar = string | number | boolean;

/** One line of a call's journal, for people. `atMs`: since the call began. */
export type LogEntry = {
  readonly atMs: number;
  readonly by: Actor;
  readonly what: string;
  readonly data?: Readonly<Record<string, Scalar>>;
};

/** What happened, before it is cut down to what may be shown. */
type Told = { readonly by: Actor; readonly what: string; readonly data: object };

/** Orders are told by their own names. */
const HAPPENINGS: Readonly<Record<Exclude<Happening["kind"], "order">, Actor>> = {
  started: "carrier",
  key: "caller",
  text: "caller",
  played: "carrier",
  "line-over": "carrier",
  "drain-forced": "gateway",
  "cut-off": "gateway",
  "speech-started": "speech",
  partial: "speech",
  final: "speech",
  "speech-ended": "speech",
  "ear-note": "speech",
  "ear-failed": "speech",
  generated: "dialog",
  farewell: "dialog",
  audible: "agent",
  sent: "agent",
  "reply-sent": "agent",
  "reply-failed": "agent",
  timer: "gateway",
  "dialog-speaks": "dialog",
  "dialog-digits": "dialog",
  "dialog-language": "dialog",
  "dialog-ends": "dialog",
  "dialog-away": "dialog",
  "dialog-note": "dialog",
  "dialog-failed": "dialog",
};

/** Absent: it stands among the books as well. */
const EFFECTS: Readonly<Record<Exclude<Effect["do"], "write-turn" | "decide">, Actor>> = {
  "start-reply": "agent",
  "stop-reply": "agent",
  "set-timer": "gateway",
  "cancel-timer": "gateway",
  "join-dialog": "gateway",
  "tell-dialog": "gateway",
  retune: "gateway",
  record: "gateway",
  end: "gateway",
};

/** What a line of the journal says, but for sound; `undefined` where it says nothing else. `redact`: of the call's agent. */
export function logEntry(entry: JournalEntry, redact: Redaction | undefined): LogEntry | undefined {
  const told = toldBy(entry);
  if (!told) return undefined;
  const data = Object.fromEntries(scalars(told.data).map(([name, value]) => [name, shown(name, value, redact)]));
  return {
    atMs: entry.atMs,
    by: told.by,
    what: told.what,
    ...(Object.keys(data).length > 0 && { data }),
  };
}

function toldBy(entry: JournalEntry): Told | undefined {
  if ("audio" in entry) return undefined;
  if ("in" in entry) return happening(entry.in as Happening);
  if ("out" in entry) return effect(entry.out as Effect);
  if ("book" in entry) return written(entry.book);
  if ("line" in entry) {
    const { do: what, ...data } = entry.line;
    return { by: "gateway", what: what === "played" ? "media" : what, data };
  }
  if ("spoken" in entry) return { by: "speech", what: "said" in entry.spoken ? "said" : "spoken", data: entry.spoken };
  if ("lost" in entry) return { by: "gateway", what: "lost", data: entry.lost };
  const { agent, listensFor, voice, dialog } = entry.call;
  const { language, model, speaker } = voice;
  const { kind } = { kind: "none", ...(dialog as { readonly kind?: string } | null) };
  return { by: "gateway", what: "setup", data: { agent, listensFor, language, model, speaker, dialog: kind } };
}

/** A program of another version may have written of what we do not know. */
function happening(it: Happening): Told {
  if (it.kind === "order") {
    const { do: what, ...data } = it.order;
    return { by: what === "answered-by" ? "carrier" : "operator", what, data };
  }
  const { kind, ...data } = it;
  return { by: HAPPENINGS[kind] ?? "gateway", what: kind, data };
}

function effect(it: Effect): Told | undefined {
  if (it.do === "write-turn" || it.do === "decide") return undefined;
  const { do: what, ...data } = it;
  return { by: EFFECTS[what] ?? "gateway", what, data };
}

function written(book: BookEntry): Told {
  switch (book.kind) {
    case "open": {
      const { carrier, agent, language, direction } = book.opening;
      return { by: "gateway", what: "opened", data: { carrier, agent, language, direction } };
    }
    case "answered":
      return { by: "carrier", what: "answered", data: {} };
    case "turn": {
      const { seq, userText, agentHeard, interrupted } = book.turn;
      return { by: "gateway", what: "turn", data: { seq, userText, agentHeard, interrupted } };
    }
    case "decision": {
      const { what: decision, why, inputs } = book.decision;
      return { by: "gateway", what: "decision", data: { decision, why, ...inputs } };
    }
    case "usage":
      return { by: "dialog", what: "usage", data: book.usage };
    case "recording":
      return { by: "gateway", what: "recorded", data: {} };
    case "close":
      return { by: "gateway", what: "closed", data: book.closing.end };
    default:
      return book satisfies never;
  }
}

/** What can be shown in a line, by its innermost names; no sound. Of a dialog's history nothing: it was told as it grew. */
function scalars(value: object): readonly (readonly [name: string, value: Scalar])[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (name === "audio") return [];
    if (typeof inner === "string" || typeof inner === "number" || typeof inner === "boolean")
      return [[name, inner] as const];
    if (Array.isArray(inner)) {
      const texts = inner.filter((one) => typeof one === "string");
      return texts.length > 0 ? [[name, texts.join(" ")] as const] : [];
    }
    return typeof inner === "object" && inner !== null ? scalars(inner) : [];
  });
}

/** One of a few words, or a name that somebody chose. */
const OURS: ReadonlySet<string> = new Set([
  ...["agent", "carrier", "decision", "dialog", "direction", "do", "encoding", "how", "interruptible", "kind"],
  ...["language", "listensFor", "mark", "model", "of", "speaker", "speaks", "timer", "who"],
]);
/** What programs say. */
const TOLD: ReadonlySet<string> = new Set(["detail", "message", "note", "why"]);
const KEY = "•";

/** Pieces of what was said stand apart here, so that of a number each digit is left out. */
function shown(name: string, value: Scalar, redact: Redaction | undefined): Scalar {
  if (redact === undefined || typeof value !== "string" || OURS.has(name)) return value;
  if (name === "digit" || name === "digits") return KEY;
  return TOLD.has(name) ? readable(value, redact, "told") : readable(value, redact, "said", 1);
}
