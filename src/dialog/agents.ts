import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import { type UrlRules, urlComplaint } from "../kit/public-url.ts";
import type { Language, Voice } from "../record/record.ts";
import { agentCards, type Speakers } from "./agent-card.ts";
import { type AgentEntry, agentSchema, type dialogSchema } from "./agent-schema.ts";
import { BUILT_IN_GREETING, BUILT_IN_RULES } from "./built-in.ts";
import { chatAgent } from "./chat.ts";
import { composer } from "./composition.ts";
import type { AgentProfile, Agents, DialogAgent } from "./dialog.ts";
import { echoAgent } from "./echo.ts";
import { type Llm, Models } from "./models.ts";
import { normalNumber } from "./numbers.ts";
import { PHRASES } from "./phrases.ts";
import { type RelayParts, relayComplaints, relayProfile } from "./relay/relay-profile.ts";
import { rulesAgent } from "./rules.ts";

export { dialogSchema } from "./agent-schema.ts";

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
  readonly llm: Llm;
  /** What is wrong with a voice, in plain words, by those who will speak with it. */
  readonly voiceComplaints?: (voice: Voice) => readonly string[];
  /** Who speaks for an agent that names nobody. */
  readonly defaultSpeaker?: (model: string, language: Language) => string;
  readonly speakers?: Speakers;
  /** `url`: where customers are told of calls, unless an agent says otherwise; the rest is what such a URL needs. */
  readonly webhook?: {
    readonly url: string | undefined;
    readonly secrets: readonly string[];
    readonly rules: UrlRules;
  };
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
} & RelayParts;

/** Reads who answers which number. Throws `AgentsFileError` when the file cannot be read or has mistakes. */
export function loadAgents(given: AgentsOptions): Agents {
  const entries = given.file === undefined ? {} : readEntries(given.file, given);
  const options = { ...given, models: new Models(given.llm, given.clock) };
  const all = { ...entries, default: entries["default"] ?? BUILT_IN };
  const standard = profile("default", all.default, options);
  const byNumber = new Map<string, AgentProfile>();
  for (const [number, entry] of Object.entries(entries)) {
    if (number !== "default") byNumber.set(normalNumber(number), profile(number, entry, options));
  }
  const cards = agentCards(
    Object.entries(all).map(([key, entry]) => ({ key, entry, profile: byNumber.get(normalNumber(key)) ?? standard })),
    options.speakers ?? {},
  );
  const { voiceComplaints = () => [] } = options;
  return {
    forNumber: (dialled) => byNumber.get(normalNumber(dialled)) ?? standard,
    named: (name) => [standard, ...byNumber.values()].find((agent) => agent.name === name),
    all: () => cards,
    compose: composer({
      models: options.models,
      named: (name) => Object.entries(all).find(([key, entry]) => (entry.name ?? key) === name)?.[1],
      profile: (entry, prompt) => profile(SESSION, entry, options, prompt),
      voiceComplaints,
    }),
    voiceComplaints,
  };
}

/** What an agent is called that was made for one call out of nothing. */
const SESSION = "session";

const BUILT_IN: AgentEntry = agentSchema.parse({
  name: "durvani",
  greeting: BUILT_IN_GREETING,
  language: "hi-IN",
  dialog: { kind: "rules", ...BUILT_IN_RULES },
});

type ProfileOptions = AgentsOptions & { readonly models: Models };

/** `prompt`: asked for the system prompt at each answer, instead of the entry's own. */
function profile(key: string, entry: AgentEntry, options: ProfileOptions, prompt?: () => string): AgentProfile {
  return {
    name: entry.name ?? key,
    greeting: entry.greeting,
    language: entry.language,
    listensFor: entry.listensFor ?? "unknown",
    voice: voiceOf(entry, options),
    ...(entry.dialog.kind === "relay"
      ? relayProfile(entry.dialog, entry.language, options)
      : { dialog: dialogOf(entry.dialog, options, prompt) }),
    recipe: entry.dialog,
    phrases: { ...PHRASES[entry.language], ...present(entry.phrases ?? {}) },
    limits: {
      maxDurationMs: entry.limits.maxDurationSeconds * 1000,
      silenceMs: (entry.limits.silenceSeconds ?? (entry.dialog.kind === "relay" ? 0 : 8)) * 1000,
    },
    ...present({
      webhookUrl: entry.webhook?.url ?? options.webhook?.url,
      afterCall: entry.afterCall,
      redact: entry.redact,
    }),
  };
}

function voiceOf({ language, voice }: AgentEntry, { defaultSpeaker = () => "shubh" }: AgentsOptions): Voice {
  return { language, ...present(voice), speaker: voice.speaker ?? defaultSpeaker(voice.model, language) };
}

type DialogParts = Pick<AgentsOptions, "llm" | "clock" | "log" | "meter"> & { readonly models?: Models };

/** What thinks for an agent whose dialog is made of this. `prompt`: as with `profile`. */
export function dialogOf(
  dialog: Exclude<z.output<typeof dialogSchema>, { kind: "relay" }>,
  { llm, clock, log, meter, models = new Models(llm, clock) }: DialogParts,
  prompt?: () => string,
): DialogAgent {
  switch (dialog.kind) {
    case "rules":
      return rulesAgent(dialog);
    case "echo":
      return echoAgent;
    case "chat": {
      const { name, reasoningEffort, ...endpoint } = models.endpoint(dialog.model);
      const agent = chatAgent({
        ...dialog,
        ...endpoint,
        systemPrompt: prompt ?? dialog.systemPrompt,
        reasoningEffort: dialog.reasoningEffort === undefined ? reasoningEffort : dialog.reasoningEffort,
        clock,
        log,
        meter,
      });
      return models.watched(name, agent);
    }
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
    ...parsed.flatMap(({ key, value, result }) => [
      ...(needsSilence(value)
        ? [`${key} › limits › silenceSeconds: must be 1 or more, unless the dialog is a relay`]
        : []),
      ...(result.data?.dialog.kind === "relay"
        ? relayComplaints(result.data.dialog, options.relay).map((text) => `${key} › dialog › ${text}`)
        : []),
    ]),
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
const kindOf = (value: unknown): unknown =>
  z.object({ dialog: z.object({ kind: z.unknown() }) }).safeParse(value).data?.dialog.kind;
const isChat = (value: unknown): boolean => kindOf(value) === "chat";

/** Nobody but an application minds the silence instead. */
const needsSilence = (value: unknown): boolean =>
  z.object({ limits: z.object({ silenceSeconds: z.literal(0) }) }).safeParse(value).success &&
  kindOf(value) !== "relay";

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
