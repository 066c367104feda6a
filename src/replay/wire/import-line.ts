/** One line of somebody's log of a media stream. */
export type Captured = {
  /** Counted from 1. */
  readonly line: number;
  /** By the log's own clock, from whatever it counts. */
  readonly atMs?: number;
  /** `in`: from the carrier to the gateway. */
  readonly direction?: "in" | "out";
} & (
  | {
      readonly kind: "message";
      readonly text: string;
      readonly event: string;
      /** It carries a sequence number. */
      readonly numbered: boolean;
      /** It is sound that carries a track, a chunk or a timestamp. */
      readonly placed: boolean;
    }
  | { readonly kind: "closed"; readonly code: number }
);

type Fields = Readonly<Record<string, unknown>>;
type Around = Pick<Captured, "atMs" | "direction">;

const MESSAGE_FIELDS = ["message", "msg", "data", "payload", "raw"] as const;
const TIME_FIELDS = ["ts", "time", "timestamp", "t"] as const;
const CLOSED: readonly string[] = ["close", "closed", "disconnect", "disconnected"];

/** `undefined` where the line is neither a message nor says that the socket closed. */
export function capturedLine(source: string, line: number): Captured | undefined {
  const brace = source.indexOf("{");
  const prefix = readPrefix(brace < 0 ? source : source.slice(0, brace));
  if (brace < 0) return closedInWords(source, line, prefix);
  const text = source.slice(brace).trim();
  const outer = objectIn(text);
  if (!outer) return undefined;
  const around = { ...prefix, ...aroundOf(outer) };
  if (typeof outer["closed"] === "number") return { line, ...around, kind: "closed", code: outer["closed"] };
  const inner = innerMessage(outer);
  const { text: message, fields } = inner ?? { text, fields: outer };
  const event = eventOf(fields);
  if (event === undefined) return undefined;
  const code = fields["code"] ?? outer["code"];
  if (CLOSED.includes(event) && typeof code === "number") return { line, ...around, kind: "closed", code };
  const media = fieldsOf(fields["media"]) ?? {};
  return {
    line,
    ...around,
    kind: "message",
    text: message,
    event,
    numbered: "sequenceNumber" in fields || "sequence_number" in fields,
    placed: "track" in media || "chunk" in media || "timestamp" in media,
  };
}

/** `socket closed with 1006` */
function closedInWords(source: string, line: number, around: Around): Captured | undefined {
  const code = /\b(?:clos|disconnect)\w*\b.*?\b([134]\d{3})\b/i.exec(source)?.[1];
  return code === undefined ? undefined : { line, ...around, kind: "closed", code: Number(code) };
}

function innerMessage(outer: Fields): { readonly text: string; readonly fields: Fields } | undefined {
  for (const name of MESSAGE_FIELDS) {
    const value = outer[name];
    const fields = typeof value === "string" ? objectIn(value) : fieldsOf(value);
    if (!fields || eventOf(fields) === undefined) continue;
    return { text: typeof value === "string" ? value : JSON.stringify(value), fields };
  }
  return undefined;
}

const eventOf = (fields: Fields): string | undefined => {
  const event = fields["event"] ?? fields["Event"];
  return typeof event === "string" ? event : undefined;
};

function aroundOf(outer: Fields): Around {
  const direction = directionOf(outer["direction"] ?? outer["dir"]);
  const atMs = timeOf(outer);
  return { ...(direction === undefined ? {} : { direction }), ...(atMs === undefined ? {} : { atMs }) };
}

function timeOf(outer: Fields): number | undefined {
  if (typeof outer["atMs"] === "number") return outer["atMs"];
  const value = TIME_FIELDS.map((name) => outer[name]).find((given) => given !== undefined);
  if (typeof value === "number") return toMs(value);
  if (typeof value !== "string") return undefined;
  return /^\d+(\.\d+)?$/.test(value) ? toMs(Number(value)) : readPrefix(value).atMs;
}

/** Seconds, milliseconds and microseconds since 1970 differ by so much that they cannot be mistaken for each other; small numbers are ms. */
function toMs(value: number): number {
  if (value >= 1e14) return value / 1000;
  if (value >= 1e11) return value;
  return value >= 1e8 ? value * 1000 : value;
}

const IN = /^(?:<+|<-+|←|recv|received?|rx|in|inbound|incoming)$/i;
const OUT = /^(?:>+|-+>|→|sen[dt]|tx|out|outbound|outgoing)$/i;

function directionOf(word: unknown): "in" | "out" | undefined {
  if (typeof word !== "string") return undefined;
  if (IN.test(word)) return "in";
  return OUT.test(word) ? "out" : undefined;
}

const DATE = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d+))? ?(Z|[+-]\d\d:?\d\d)?/;
const TIME_OF_DAY = /\b(\d\d):(\d\d):(\d\d(?:[.,]\d+)?)\b/;
/** With a fraction, or since 1970: a smaller whole number may count lines. */
const NUMBER = /(?<![\w.])(\d+\.\d+|\d{10,})(?![\w.])/;

/** What stands in front of a message, in whatever order. */
function readPrefix(prefix: string): Around {
  const atMs = dateIn(prefix) ?? timeOfDayIn(prefix) ?? numberIn(prefix);
  const words = prefix.split(/[^\p{L}<>←→-]+/u);
  const direction = words.map(directionOf).find((found) => found !== undefined);
  return { ...(direction === undefined ? {} : { direction }), ...(atMs === undefined ? {} : { atMs }) };
}

function dateIn(text: string): number | undefined {
  const [found, day, time, fraction = "0", zone = "Z"] = DATE.exec(text) ?? [];
  return found === undefined ? undefined : Date.parse(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, "0")}${zone}`);
}

function timeOfDayIn(text: string): number | undefined {
  const [found, hours, minutes, seconds = ""] = TIME_OF_DAY.exec(text) ?? [];
  if (found === undefined) return undefined;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds.replace(",", "."))) * 1000;
}

function numberIn(text: string): number | undefined {
  const found = NUMBER.exec(text)?.[1];
  return found === undefined ? undefined : toMs(Number(found));
}

function objectIn(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined; // no JSON: the caller tells of the line
  }
}

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
