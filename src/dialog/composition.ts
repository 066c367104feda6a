import type { Voice } from "../record/record.ts";
import { type AgentEntry, agentSchema } from "./agent-schema.ts";
import type { AgentProfile, Composition, Script, Wish, WishComplaint } from "./dialog.ts";
import { GREETINGS } from "./greetings.ts";
import { AVAILABLE, type Models } from "./models.ts";

const PLACE = /\{\{\s*([\w.-]+)\s*\}\}/g;

class FilledScript implements Script {
  #prompt: string;
  #variables: Readonly<Record<string, string>>;

  constructor(prompt: string, variables: Readonly<Record<string, string>>) {
    this.#prompt = prompt;
    this.#variables = variables;
  }

  /** With its variables filled in. */
  get prompt(): string {
    return filled(this.#prompt, this.#variables);
  }

  change({
    systemPrompt = this.#prompt,
    variables = {},
  }: Pick<Wish, "systemPrompt" | "variables">): readonly WishComplaint[] {
    const all = { ...this.#variables, ...variables };
    const complaints = [...countComplaints(all), ...templateComplaints("systemPrompt", systemPrompt, all)];
    if (complaints.length > 0) return complaints;
    this.#prompt = systemPrompt;
    this.#variables = all;
    return [];
  }
}

const filled = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replaceAll(PLACE, (whole, name: string) => (Object.hasOwn(variables, name) ? (variables[name] ?? "") : whole));

const MOST_VARIABLES = 200;

function countComplaints(variables: Readonly<Record<string, string>>): readonly WishComplaint[] {
  const count = Object.keys(variables).length;
  if (count <= MOST_VARIABLES) return [];
  return [{ field: "variables", message: `are too many: ${count}, and ${MOST_VARIABLES} may be` }];
}

/** Characters. A few places and a few values multiply to a text that somebody has to pay for at each answer. */
const LONGEST = { systemPrompt: 40_000, greeting: 4_000 } as const;

function templateComplaints(
  field: keyof typeof LONGEST,
  text: string,
  variables: Readonly<Record<string, string>>,
): readonly WishComplaint[] {
  const whole = filled(text, variables);
  if (whole !== text && whole.length > LONGEST[field]) {
    const size = `${whole.length} characters, and ${LONGEST[field]} may be`;
    return [{ field, message: `is too long with its variables filled in: ${size}` }];
  }
  const names = [...text.matchAll(PLACE)]
    .map(([, name = ""]) => name)
    .filter((name) => !Object.hasOwn(variables, name));
  return [...new Set(names)].map((name) => ({ field, message: `{{${name}}} has no value among the variables` }));
}

const PROMPT = "You are a friendly and helpful assistant who speaks with people on the telephone.";
/** A session is as long as this unless its wish says otherwise. */
const MAX_SECONDS = 300;

export type ComposerParts = {
  readonly models: Models;
  readonly named: (name: string) => AgentEntry | undefined;
  readonly profile: (entry: AgentEntry, prompt: () => string) => AgentProfile;
  readonly voiceComplaints: (voice: Voice) => readonly string[];
};

/** Makes agents for one call each. */
export function composer(parts: ComposerParts): (wish: Wish) => Composition {
  return (wish) => {
    const base = wish.base === undefined ? undefined : parts.named(wish.base);
    if (wish.base !== undefined && !base) return impossible("base", "there is no agent of this name");
    const entry = entryOf(wish, base);
    const script = new FilledScript(promptOf(entry), wish.variables ?? {});
    const { greeting } = entry;
    const agent = parts.profile({ ...entry, greeting: filled(greeting, wish.variables ?? {}) }, () => script.prompt);
    const complaints = [
      ...script.change({}),
      ...templateComplaints("greeting", greeting, wish.variables ?? {}),
      ...parts.voiceComplaints(agent.voice).map((message) => ({ field: "speaker", message }) as const),
      ...modelComplaints(wish, entry, parts.models),
    ];
    if (complaints.length > 0) return { kind: "impossible", complaints };
    if (entry.dialog.kind !== "chat") return { kind: "composed", agent };
    const { model = parts.models.standard } = entry.dialog;
    const status = parts.models.status(model) ?? AVAILABLE;
    if (status !== AVAILABLE) return { kind: "unavailable", model, status };
    return {
      kind: "composed",
      agent: { ...agent, recipe: { ...entry.dialog, systemPrompt: script.prompt } },
      script,
      model,
    };
  };
}

const impossible = (field: keyof Wish, message: string): Composition => ({
  kind: "impossible",
  complaints: [{ field, message }],
});

function modelComplaints({ model }: Wish, { dialog }: AgentEntry, models: Models): readonly WishComplaint[] {
  if (model === undefined) return [];
  if (dialog.kind !== "chat")
    return [{ field: "model", message: "this agent thinks with none: give a system prompt, too" }];
  if (models.status(model) !== undefined) return [];
  return [{ field: "model", message: `there is no such model; there are ${models.names.join(", ")}` }];
}

const promptOf = ({ dialog }: AgentEntry): string => (dialog.kind === "chat" ? dialog.systemPrompt : "");

/** What the agents file would say of it. */
function entryOf(wish: Wish, base: AgentEntry | undefined): AgentEntry {
  const language = wish.language ?? base?.language ?? "hi-IN";
  const sameLanguage = base?.language === language;
  const { systemPrompt = base ? undefined : PROMPT } = wish;
  const dialog = dialogOf(wish, base, systemPrompt);
  const { silenceSeconds } = base?.limits ?? {};
  return {
    ...(base ?? agentSchema.parse({ greeting: "", language, dialog: { kind: "echo" } })),
    language,
    // What was written in another language would be said in the wrong one.
    greeting: wish.greeting ?? (base && sameLanguage ? base.greeting : GREETINGS[language]),
    phrases: sameLanguage ? base?.phrases : undefined,
    voice: { model: "bulbul:v3", ...base?.voice, ...(wish.speaker !== undefined && { speaker: wish.speaker }) },
    dialog,
    limits: {
      maxDurationSeconds: wish.maxDurationSeconds ?? MAX_SECONDS,
      // Silence that an application minded is ours to mind now.
      silenceSeconds: dialog.kind === "relay" || silenceSeconds !== 0 ? silenceSeconds : undefined,
    },
  };
}

function dialogOf(
  { model }: Wish,
  base: AgentEntry | undefined,
  systemPrompt: string | undefined,
): AgentEntry["dialog"] {
  const chat = base?.dialog.kind === "chat" ? base.dialog : undefined;
  const named = model === undefined ? {} : { model };
  if (systemPrompt !== undefined) return { ...chat, kind: "chat", systemPrompt, ...named };
  return chat ? { ...chat, ...named } : (base?.dialog ?? { kind: "echo" });
}
