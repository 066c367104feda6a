import OpenAI from "openai";
import type { ChatCompletionChunk, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { z } from "zod";
import { abortable } from "../kit/abortable.ts";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import { ProviderError } from "../kit/provider-error.ts";
import type { Said, TokenUsage } from "../record/record.ts";
import type { DialogAgent } from "./dialog.ts";
import { type Ending, PHONE_RULES, withoutHangUp } from "./hang-up.ts";
import { sentences } from "./sentences.ts";

export type ChatOptions = {
  /** Up to and without `/chat/completions`, such as `https://api.sarvam.ai/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
  /** Asked for anew at each answer, where it may change in between. */
  readonly systemPrompt: string | (() => string);
  readonly temperature?: number | undefined;
  /** A model that reasons spends these on thoughts first: leave it 300 to 500 to spare, or switch reasoning off. */
  readonly maxTokens?: number | undefined;
  /** `null` switches reasoning off at Sarvam, whose default is `medium`; absent: the server's default. */
  readonly reasoningEffort?: "low" | "medium" | "high" | null | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
};

/** A caller waits no longer for a first word, nor for the next one once the model has begun. */
const PATIENCE_MS = 8000;

/**
 * Answers with a streaming chat completion of Sarvam or any server of the same shape, sentence by sentence while the model
 * still writes. Nothing is retried here: the call decides what the caller hears meanwhile.
 */
export function chatAgent(options: ChatOptions): DialogAgent {
  const client = new OpenAI({
    baseURL: options.baseUrl,
    apiKey: options.apiKey,
    organization: null,
    project: null,
    maxRetries: 0,
    // It would print callers' words to the console.
    logLevel: "off",
  });
  return {
    async *reply(history, signal) {
      const ending: Ending = { hangUp: false };
      const cost: Cost = {};
      let spoke = false;
      yield { kind: "usage", usage: { model: options.model } };
      try {
        for await (const text of sentences(withoutHangUp(tokens(client, options, { history, cost }, signal), ending))) {
          spoke = true;
          yield { kind: "text", text };
        }
        if (!spoke && !ending.hangUp) throw new ProviderError("llm", "the model answered with no words", true);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const failure = toProviderError(error);
        options.meter.count("llm_failures_total", { retryable: String(failure.retryable) });
        options.log.warn({ model: options.model, retryable: failure.retryable, why: failure.message }, "llm failed");
        throw failure;
      }
      if (cost.tokens) yield { kind: "usage", usage: { model: options.model, tokens: cost.tokens } };
      if (ending.hangUp) yield { kind: "hang-up" };
    },
  };
}

/** What an answer cost, once the model has said so: with its last words, or behind them. */
type Cost = { tokens?: TokenUsage["tokens"] | undefined };

/** The model's words as they come. Its thoughts (`reasoning_content`) are nobody's business. */
async function* tokens(
  client: OpenAI,
  options: ChatOptions,
  { history, cost }: { readonly history: readonly Said[]; readonly cost: Cost },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { clock, meter } = options;
  const patience = new AbortController();
  const either = AbortSignal.any([signal, patience.signal]);
  const startedMs = clock.now();
  let begun = false;
  let stopWaiting = clock.after(PATIENCE_MS, () => patience.abort(tooSlow(begun)));
  try {
    const stream = await client.chat.completions.create(request(options, history), { signal: either });
    for await (const chunk of abortable(stream, either)) {
      cost.tokens = costIn(chunk) ?? cost.tokens;
      const token = wordsIn(chunk);
      if (!token) continue;
      stopWaiting();
      if (!begun) meter.observe("llm_first_token_ms", clock.now() - startedMs);
      begun = true;
      yield token;
      // Only now: while the mouth is busy with what was said, the model owes nothing.
      stopWaiting = clock.after(PATIENCE_MS, () => patience.abort(tooSlow(begun)));
    }
  } catch (error) {
    throw patience.signal.aborted ? patience.signal.reason : error;
  } finally {
    stopWaiting();
    // Whoever leaves early leaves no request behind.
    patience.abort(new Error("the reply is over"));
  }
}

/** Servers "of the same shape" leave out what the typings promise. */
const wordsIn = (chunk: Partial<ChatCompletionChunk>): string => chunk.choices?.[0]?.delta?.content ?? "";

const tokenCount = z.int().min(0);
const usageSchema = z.object({
  prompt_tokens: tokenCount,
  completion_tokens: tokenCount,
  prompt_tokens_details: z.object({ cached_tokens: tokenCount.nullish() }).nullish(),
});

/** Some servers tell with every chunk what it has cost so far, some with the last one, some never. */
function costIn({ usage }: Partial<ChatCompletionChunk>): Cost["tokens"] {
  const { data } = usageSchema.safeParse(usage);
  if (!data) return undefined;
  const { prompt_tokens: prompt, completion_tokens: completion, prompt_tokens_details: details } = data;
  return { prompt, cached: Math.min(details?.cached_tokens ?? 0, prompt), completion };
}

const tooSlow = (begun: boolean): ProviderError =>
  new ProviderError("llm", begun ? "the model stopped in mid-answer" : "the model did not begin to answer", true);

/** No `stream_options`, no `max_completion_tokens`: Sarvam knows neither. So what an answer cost is told unasked, or not at all. */
function request(options: ChatOptions, history: readonly Said[]) {
  const { systemPrompt } = options;
  const prompt = typeof systemPrompt === "string" ? systemPrompt : systemPrompt();
  return {
    model: options.model,
    messages: messagesOf(`${prompt}\n\n${PHONE_RULES}`, history),
    stream: true as const,
    ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
    ...(options.maxTokens === undefined ? {} : { max_tokens: options.maxTokens }),
    ...(options.reasoningEffort === undefined ? {} : { reasoning_effort: options.reasoningEffort }),
  };
}

/**
 * The call as chat messages. Many servers demand that user and assistant alternate and the user begins: what one side said in
 * several goes is one message, and a call that the agent opened begins with the ringing.
 */
export function messagesOf(system: string, history: readonly Said[]): ChatCompletionMessageParam[] {
  const merged: { role: "user" | "assistant"; content: string }[] = [];
  for (const said of history) {
    const role = said.by === "agent" ? "assistant" : "user";
    const content = contentOf(said);
    if (!said.text.trim()) continue;
    const last = merged.at(-1);
    if (last?.role === role) last.content += ` ${content}`;
    else merged.push({ role, content });
  }
  if (merged[0]?.role !== "user") merged.unshift({ role: "user", content: "(The telephone rings.)" });
  return [{ role: "system", content: system }, ...merged];
}

function contentOf({ by, text, cutShort }: Said): string {
  if (by === "operator") return `(From your supervisor, not heard by the caller: ${text.trim()})`;
  return cutShort ? `${text.trim()} —` : text.trim();
}

function toProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  if (!(error instanceof OpenAI.APIError)) return new ProviderError("llm", "the answer broke off", true, error);
  const { status, code } = error;
  if (status === undefined) return new ProviderError("llm", "could not be reached, or broke off", true, error);
  // Sarvam answers 429 both when asked too often and when the credits are gone; the second does not pass by itself.
  const later = status === 408 || status === 429 || status >= 500;
  const retryable = later && code !== "insufficient_quota_error" && code !== "insufficient_quota";
  return new ProviderError("llm", `answered HTTP ${status}${code ? ` (${code})` : ""}`, retryable, error);
}
