import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import { type UrlRules, urlComplaint } from "../kit/public-url.ts";
import { LANGUAGES, type Language, type Voice } from "../record/record.ts";
import { BUILT_IN_GREETING, BUILT_IN_RULES } from "./built-in.ts";
import { chatAgent } from "./chat.ts";
import type { AgentProfile, Agents, DialogAgent } from "./dialog.ts";
import { echoAgent } from "./echo.ts";
import { normalNumber } from "./numbers.ts";
import { PHRASES } from "./phrases.ts";
import { rulesAgent, rulesSchema } from "./rules.ts";

const words = z.string().trim().min(1, "must not be empty");
const language = z.enum(LANGUAGES);

/** What a dialog is made of, as in the agents file and in the journal of each call. */
export const dialogSchema = z.discriminatedUnion("kind", [
  rulesSchema.extend({ kind: z.literal("rules") }),
  z.strictObject({ kind: z.literal("echo") }),
  z.strictObject({
    kind: z.literal("chat"),
    systemPrompt: words,
    model: words.optional(),
    temperature: z.number().min(0).max(2).optional(),
    maxTokens: z.int().min(1).optional(),
    reasoningEffort: z.enum(["low", "medium", "high"]).nullable().optional(),
  }),
]);

const agentSchema = z.strictObject({
  name: words.optional(),
  /** Empty: the agent waits for the caller. */
  greeting: z.string().trim(),
  language,
  listensFor: z.union([language, z.literal("unknown")]).optional(),
  voice: z
    .strictObject({
      model: words.default("bulbul:v3"),
      speaker: words.optional(),
      pace: z.number().min(0.3).max(3).optional(),
      pitch: z.number().min(-1).max(1).optional(),
      loudness: z.number().min(0.1).max(3).optional(),
      temperature: z.number().min(0.01).max(2).optional(),
      bitrate: words.optional(),
      minBufferSize: z.int().min(1).optional(),
      maxChunkLength: z.int().min(1).optional(),
    })
    .prefault({}),
  dialog: dialogSchema,
  webhook: z.strictObject({ url: words }).optional(),
  phrases: z
    .strictObject({
      stillThere: z.array(words),
      goodbye: words,
      tooLong: words,
      sayAgain: words,
    })
    .partial()
    .optional(),
  limits: z
    .strictObject({
      maxDurationSeconds: z
        .number()
        .min(10)
        .max(4 * 3600)
        .default(900),
      silenceSeconds: z.number().min(1).max(300).default(8),
    })
    .prefault({}),
});

type AgentEntry = z.output<typeof agentSchema>;

/** The agents file cannot be used. `complaints`: every mistake in it, each with its place, in plain words. */
export class AgentsFileError extends Error {
  override readonly name = "AgentsFileError";
  readonly complaints: readonly string[];

  constructor(file: string, complaints: readonly string[]) {
    super(`${file}: ${complaints.join("; ")}`);
    this.complaints = complaints;
  }
}

export type AgentsOptions = {
  /** JSON: dialled numbers → agents, and `default` for all other numbers. Absent: the built-in agent answers everything. */
  readonly file?: string | undefined;
  /** Where agents of kind `chat` think. `baseUrl` ends before `/chat/completions`. */
  readonly llm: { readonly baseUrl?: string | undefined; readonly apiKey?: string | undefined; readonly model: string };
  /** What is wrong with a voice, in plain words, by those who will speak with it. */
  readonly voiceComplaints?: (voice: Voice) => readonly string[];
  /** Who speaks for an agent that names nobody. */
  readonly defaultSpeaker?: (model: string, language: Language) => string;
  /** `url`: where customers are told of calls, unless an agent says otherwise; the rest is what such a URL needs. */
  readonly webhook?: {
    readonly url: string | undefined;
    readonly secrets: readonly string[];
    readonly rules: UrlRules;
  };
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
};

/** Reads who answers which number. Throws `AgentsFileError` when the file cannot be read or has mistakes. */
export function loadAgents(options: AgentsOptions): Agents {
  const entries = options.file === undefined ? {} : readEntries(options.file, options);
  const standard = profile("default", entries["default"] ?? BUILT_IN, options);
  const byNumber = new Map<string, AgentProfile>();
  for (const [number, entry] of Object.entries(entries)) {
    if (number !== "default") byNumber.set(normalNumber(number), profile(number, entry, options));
  }
  return { forNumber: (dialled) => byNumber.get(normalNumber(dialled)) ?? standard };
}

const BUILT_IN: AgentEntry = agentSchema.parse({
  name: "durvani",
  greeting: BUILT_IN_GREETING,
  language: "hi-IN",
  dialog: { kind: "rules", ...BUILT_IN_RULES },
});

function profile(key: string, entry: AgentEntry, options: AgentsOptions): AgentProfile {
  return {
    name: entry.name ?? key,
    greeting: entry.greeting,
    language: entry.language,
    listensFor: entry.listensFor ?? "unknown",
    voice: voiceOf(entry, options),
    dialog: dialogOf(entry.dialog, options),
    recipe: entry.dialog,
    phrases: { ...PHRASES[entry.language], ...present(entry.phrases ?? {}) },
    limits: {
      maxDurationMs: entry.limits.maxDurationSeconds * 1000,
      silenceMs: entry.limits.silenceSeconds * 1000,
    },
    ...present({ webhookUrl: entry.webhook?.url ?? options.webhook?.url }),
  };
}

function voiceOf({ language, voice }: AgentEntry, { defaultSpeaker = () => "shubh" }: AgentsOptions): Voice {
  return { language, ...present(voice), speaker: voice.speaker ?? defaultSpeaker(voice.model, language) };
}

/** What thinks for an agent whose dialog is made of this. */
export function dialogOf(
  dialog: z.output<typeof dialogSchema>,
  { llm, clock, log, meter }: Pick<AgentsOptions, "llm" | "clock" | "log" | "meter">,
): DialogAgent {
  switch (dialog.kind) {
    case "rules":
      return rulesAgent(dialog);
    case "echo":
      return echoAgent;
    case "chat":
      return chatAgent({
        ...dialog,
        model: dialog.model ?? llm.model,
        baseUrl: llm.baseUrl ?? "",
        // A server of one's own may want no key; the client insists on one.
        apiKey: llm.apiKey ?? "none",
        clock,
        log,
        meter,
      });
    default: {
      const never: never = dialog;
      return never;
    }
  }
}

function readEntries(file: string, options: AgentsOptions): Readonly<Record<string, AgentEntry>> {
  const { llm, voiceComplaints = () => [] } = options;
  const raw = z.record(z.string(), z.unknown()).safeParse(readJson(file));
  if (!raw.success)
    throw new AgentsFileError(file, ["must be an object: dialled numbers, or default, and their agents"]);
  const parsed = Object.entries(raw.data).map(([key, value]) => ({ key, value, result: agentSchema.safeParse(value) }));
  const complaints = [
    ...wrongNumbers(Object.keys(raw.data)),
    ...parsed.flatMap(({ key, result }) => result.error?.issues.map((issue) => complaint(key, issue)) ?? []),
    ...parsed.filter(({ value }) => isChat(value) && !llm.baseUrl).map(({ key }) => `${key} › dialog: ${NO_SERVER}`),
    ...parsed.flatMap(({ key, result }) =>
      result.success ? voiceComplaints(voiceOf(result.data, options)).map((text) => `${key} › voice: ${text}`) : [],
    ),
    ...parsed.flatMap(({ key, result }) => {
      const wrong = result.data?.webhook && webhookComplaint(result.data.webhook.url, options.webhook);
      return wrong === undefined ? [] : [`${key} › webhook › url: ${wrong}`];
    }),
  ];
  if (complaints.length > 0) throw new AgentsFileError(file, complaints);
  return Object.fromEntries(parsed.flatMap(({ key, result }) => (result.success ? [[key, result.data]] : [])));
}

function webhookComplaint(url: string, webhook: AgentsOptions["webhook"]): string | undefined {
  if (!webhook) return undefined;
  return urlComplaint(url, webhook.rules) ?? (webhook.secrets.length === 0 ? "needs WEBHOOK_SECRET" : undefined);
}

const NO_SERVER = "chat needs a server to think; set LLM_BASE_URL or SARVAM_API_KEY";
const isChat = (value: unknown): boolean =>
  z.object({ dialog: z.object({ kind: z.literal("chat") }) }).safeParse(value).success;

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const what = error instanceof SyntaxError ? "is not JSON" : "cannot be read";
    throw new AgentsFileError(file, [`${what}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** `+918045678900 › dialog › rules › 0 › say: must not be empty` */
const complaint = (key: string, { path, message }: z.core.$ZodIssue): string =>
  `${[key, ...path].map(String).join(" › ")}: ${message}`;

function wrongNumbers(keys: readonly string[]): readonly string[] {
  const seen = new Map<string, string>();
  return keys.flatMap((key) => {
    const number = normalNumber(key);
    const other = seen.get(number);
    seen.set(number, key);
    if (other !== undefined) return [`${key}: is the same number as ${other}`];
    return key === "default" || /^\+?\d{3,15}$|@/u.test(number)
      ? []
      : [`${key}: is neither a telephone number nor default`];
  });
}

type Present<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

/** Without the keys whose value is undefined, so that they cannot hide a default. */
function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
