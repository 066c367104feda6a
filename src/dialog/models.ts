import { APIError } from "openai";
import type { Clock } from "../kit/clock.ts";
import { ProviderError } from "../kit/provider-error.ts";
import type { DialogAgent } from "./dialog.ts";

type ReasoningEffort = "low" | "medium" | "high" | null | undefined;

/** Where one model thinks: any server of OpenAI's shape. */
export type ModelEndpoint = {
  /** Ends before `/chat/completions`. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** What that server calls it; its own name unless said. */
  readonly model?: string | undefined;
  /** In the operator's words; anything but `available` turns new sessions away. */
  readonly status: string;
  readonly reasoningEffort?: ReasoningEffort;
};

/** Where agents of kind `chat` think. `model`, at `baseUrl`, is for those that name none. */
export type Llm = {
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly model: string;
  /** By the names that agents and sessions may ask for. */
  readonly models?: Readonly<Record<string, ModelEndpoint>>;
};

type LlmSettings = {
  readonly llmBaseUrl: string | undefined;
  readonly llmApiKey: string | undefined;
  readonly llmModel: string;
  readonly llmModels: Readonly<Record<string, ModelEndpoint>>;
};

/** Where models are by the configuration; at Sarvam, unless it says otherwise. Sarvam's key is for Sarvam alone. */
export function llmOf(
  { llmBaseUrl, llmApiKey, llmModel: model, llmModels: models }: LlmSettings,
  sarvam: { readonly baseUrl: string; readonly apiKey: string },
): Llm {
  const ours = { baseUrl: `${sarvam.baseUrl}/v1`, apiKey: llmApiKey ?? sarvam.apiKey };
  return { model, models, ...(llmBaseUrl === undefined ? ours : { baseUrl: llmBaseUrl, apiKey: llmApiKey }) };
}

export const AVAILABLE = "available";
/** So many requests in a row without an answer, within this time of each other, and nobody new is sent there for as long. */
const FAILURES = 3;
const WITHIN_MS = 60_000;
/** No to this one question, such as one that is too long; others may be answered, and one customer's mistake is not to lock out the rest. */
const OF_QUESTION: readonly unknown[] = [400, 413, 422];

const isOfQuestion = (error: unknown): boolean =>
  error instanceof ProviderError && error.cause instanceof APIError && OF_QUESTION.includes(error.cause.status);

/** The models that agents may think with, by name, and how they do. */
export class Models {
  readonly #llm: Llm;
  readonly #clock: Clock;
  /** When the last requests to each model failed, none having succeeded since. */
  readonly #failures = new Map<string, readonly number[]>();

  constructor(llm: Llm, clock: Clock) {
    this.#llm = llm;
    this.#clock = clock;
  }

  /** The one that is meant where none is named. */
  get standard(): string {
    return this.#llm.model;
  }

  /** All that a session may ask for. */
  get names(): readonly string[] {
    return [...new Set([this.standard, ...Object.keys(this.#llm.models ?? {})])];
  }

  /** `available`, `failing`, or why not in the operator's words. Of a name that is none of ours, `undefined`. */
  status(name: string): string | undefined {
    if (!this.names.includes(name)) return undefined;
    const said = this.#entry(name)?.status ?? AVAILABLE;
    return said === AVAILABLE && this.#isFailing(name) ? "failing" : said;
  }

  /** Where it thinks. A name that is none of ours is the server's own for one of its models. */
  endpoint(name = this.standard) {
    const { baseUrl, apiKey } = this.#llm;
    const entry = this.#entry(name) ?? { baseUrl: baseUrl ?? "", apiKey };
    return {
      name,
      model: entry.model ?? name,
      baseUrl: entry.baseUrl,
      // A server of one's own may want no key; the client insists on one.
      apiKey: entry.apiKey ?? "none",
      reasoningEffort: entry.reasoningEffort,
    };
  }

  /** The agent, whose answers tell how its model is. */
  watched(name: string, agent: DialogAgent): DialogAgent {
    const failed = (): void => this.#failed(name);
    const answered = (): void => void this.#failures.delete(name);
    return {
      async *reply(history, signal) {
        try {
          for await (const utterance of agent.reply(history, signal)) {
            if (utterance.kind !== "usage") answered();
            yield utterance;
          }
        } catch (error) {
          if (!signal.aborted && !isOfQuestion(error)) failed();
          throw error;
        }
      },
    };
  }

  #entry(name: string): (Partial<ModelEndpoint> & Pick<ModelEndpoint, "baseUrl">) | undefined {
    const { models = {} } = this.#llm;
    return Object.hasOwn(models, name) ? models[name] : undefined;
  }

  #failed(name: string): void {
    const before = this.#failures.get(name) ?? [];
    this.#failures.set(name, [...before, this.#clock.now()].slice(-FAILURES));
  }

  #isFailing(name: string): boolean {
    const times = this.#failures.get(name) ?? [];
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    return times.length === FAILURES && last - first < WITHIN_MS && this.#clock.now() - last < WITHIN_MS;
  }
}
