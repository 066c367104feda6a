/** How the gateway is, as `/v1/health` tells. What an older or newer gateway does not tell is absent. */
export type Health = {
  readonly status?: string;
  readonly instance?: string;
  /** Ms since 1970. */
  readonly startedAt?: number;
  readonly uptimeMs?: number;
  readonly version?: string;
  readonly memoryBytes?: number;
  readonly loopDelayMs?: { readonly p50?: number; readonly p99?: number };
  readonly liveCalls?: number;
  /** 0: no limit. */
  readonly maxCalls?: number;
  readonly draining?: boolean;
  readonly database?: { readonly kind?: string; readonly reach?: string; readonly backlog?: number };
  readonly queue?: {
    readonly kind?: string;
    readonly reach?: string;
    readonly counts?: Readonly<Record<string, number>>;
  };
  readonly sockets?: Readonly<Record<string, number>>;
  readonly providers?: readonly Provider[];
  readonly carriers?: readonly CarrierHealth[];
  /** Sentences, the gravest first. */
  readonly warnings?: readonly string[];
};

export type Provider = {
  readonly name: string;
  readonly errors?: readonly { readonly kind: string; readonly count: number }[];
  readonly lastErrorAt?: number;
};

export type CarrierHealth = { readonly name: string; readonly setUp?: boolean; readonly calls?: number };

const STATES: Readonly<Record<string, string>> = {
  ready: "takes calls",
  draining: "takes no new calls: it is stopping",
  backlogged: "takes no new calls: too much waits for the database",
};

export const stateOf = ({ status }: Health): string => STATES[status ?? ""] ?? "does not say how it is";

/** What the gateway calls things, and what people do. */
const NAMES: Readonly<Record<string, string>> = {
  stt: "speech to text",
  tts: "text to speech",
  llm: "language model",
  relay: "your application",
  media: "lines of calls",
  followers: "watchers of live events",
  pglite: "embedded",
  postgres: "PostgreSQL",
  redis: "Redis",
};

export const named = (name: string): string => NAMES[name] ?? name.replace(/[_-]/g, " ");

/** One look at it. */
export type Sample = { readonly atMs: number; readonly liveCalls: number; readonly lateMs: number };

const REMEMBERED_MS = 5 * 60_000;

/** With what is told now, and without what is too long ago. */
export function remembered(
  samples: readonly Sample[],
  { liveCalls = 0, loopDelayMs }: Health,
  atMs: number,
): readonly Sample[] {
  const young = samples.filter((sample) => atMs - sample.atMs <= REMEMBERED_MS);
  return [...young, { atMs, liveCalls, lateMs: loopDelayMs?.p99 ?? 0 }];
}

/** A line from left to right through all that is remembered, in a box of this size; the first at its left, the greatest at its top. */
export function lineThrough(
  samples: readonly Sample[],
  value: (sample: Sample) => number,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last) return "";
  const top = Math.max(1, ...samples.map(value));
  const span = Math.max(1, last.atMs - first.atMs);
  return samples
    .map((sample) => {
      const x = ((sample.atMs - first.atMs) / span) * width;
      const y = height - (value(sample) / top) * height;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}

/** `1.4 GB`, `212 MB`. */
export const memoryOf = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;

/** `3 d 4 h`, `2 h 5 min`, `40 s`. */
export function spanOf(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [d, h, m] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (d > 0) return `${d} d ${h} h`;
  if (h > 0) return `${h} h ${m} min`;
  return m > 0 ? `${m} min` : `${seconds} s`;
}
