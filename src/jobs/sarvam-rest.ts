import { type SarvamAI, SarvamAIClient, SarvamAIError } from "sarvamai";
import { z } from "zod";
import { ProviderError } from "../kit/provider-error.ts";
import type { Language, TokenUsage } from "../record/record.ts";
import { batchTranscription, type Transcriber } from "./retranscription-batch.ts";

export type ChatQuestion = {
  readonly system: string;
  readonly user: string;
  /** JSON Schema that the answer should be of, and its name. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly schemaName: string;
};

/** `text`: empty when the model said nothing, such as when it had no tokens left. */
export type ChatAnswer = { readonly text: string; readonly usage: TokenUsage };

/** What jobs ask of Sarvam once a call is over. Everything rejects with `ProviderError`. */
export interface AfterCallProvider extends Transcriber {
  ask(question: ChatQuestion): Promise<ChatAnswer>;
  /** At most `translatedAtOnce` characters. `from`: the language it was in, as far as that was told. */
  translate(text: string, to: Language): Promise<{ readonly text: string; readonly from: string | undefined }>;
  readonly translatedAtOnce: number;
  readonly translationModel: string;
}

export type SarvamRestParts = {
  /** Origin, such as `https://api.sarvam.ai`. */
  readonly baseUrl: string;
  readonly apiKey: string;
};

const MODEL = "sarvam-105b";
/** For the summary and whatever an agent wants extracted. Thoughts would come out of them too: the model is not to think aloud. */
const MAX_TOKENS = 4000;
const PATIENCE_S = 90;
/** The one that finds out the language by itself. */
const TRANSLATOR = "mayura:v1";

/** Sarvam's REST. Nothing is tried again here: a job that fails comes again. */
export function sarvamRest({ baseUrl, apiKey }: SarvamRestParts): AfterCallProvider {
  const client = new SarvamAIClient({
    apiSubscriptionKey: apiKey,
    baseUrl,
    maxRetries: 0,
    timeoutInSeconds: PATIENCE_S,
  });
  const asked = <T>(answer: Promise<unknown>, schema: z.ZodType<T>): Promise<T> => checked(answer, schema, apiKey);
  return {
    ...batchTranscription(client.speechToTextJob, asked),
    async ask(question) {
      const completion = await asked(client.chat.completions(chatRequest(question)), chatSchema);
      const { choices, usage } = completion;
      const [choice] = choices;
      const tokens = usage && {
        prompt: usage.prompt_tokens,
        cached: usage.prompt_tokens_details?.cached_tokens ?? 0,
        completion: usage.completion_tokens,
      };
      return { text: choice?.message.content ?? "", usage: { model: MODEL, ...(tokens && { tokens }) } };
    },
    async translate(input, to) {
      const request = { input, source_language_code: "auto", target_language_code: to, model: TRANSLATOR } as const;
      const { translated_text: text, source_language_code: from } = await asked(
        client.text.translate(request),
        translationSchema,
      );
      return { text, from: from ?? undefined };
    },
    translatedAtOnce: 1000,
    translationModel: TRANSLATOR,
  };
}

const chatRequest = ({
  system,
  user,
  schema,
  schemaName,
}: ChatQuestion): SarvamAI.ChatCompletionsRequest & {
  stream: false;
} => ({
  model: MODEL,
  messages: [
    { role: "system", content: system },
    { role: "user", content: user },
  ],
  stream: false,
  temperature: 0,
  max_tokens: MAX_TOKENS,
  // `null` turns thinking off, which the client's types do not know.
  reasoning_effort: null as never,
  response_format: { type: "json_schema", json_schema: { name: schemaName, schema } },
});

const count = z.int().min(0);
const chatSchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }) })),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count,
      prompt_tokens_details: z.object({ cached_tokens: count.nullish() }).nullish(),
    })
    .nullish(),
});
const translationSchema = z.object({
  translated_text: z.string(),
  source_language_code: z.string().nullish(),
});

/** The answer, once it is found to be one. */
async function checked<T>(answer: Promise<unknown>, schema: z.ZodType<T>, apiKey: string): Promise<T> {
  let body: unknown;
  try {
    body = await answer;
  } catch (error) {
    throw failure(error, apiKey);
  }
  const { success, data } = schema.safeParse(body);
  if (!success) throw new ProviderError("sarvam-rest", "Sarvam answered what makes no sense", true);
  return data;
}

const envelope = z.object({ error: z.object({ message: z.string(), code: z.string() }) });

/** The answer itself is no part of it: it may repeat what was said in the call. */
function failure(error: unknown, apiKey: string): ProviderError {
  const status = error instanceof SarvamAIError ? error.statusCode : undefined;
  if (!(error instanceof SarvamAIError) || status === undefined) {
    const why = error instanceof Error ? error.message : String(error);
    return new ProviderError("sarvam-rest", `Sarvam does not answer: ${why.replaceAll(apiKey, "[key]")}`, true);
  }
  const { code = "no code" } = envelope.safeParse(error.body).data?.error ?? {};
  // No credits are a 429 as well, and no better a second later.
  const passes = status === 408 || status === 429 || status >= 500;
  const retryable = passes && code !== "insufficient_quota_error";
  return new ProviderError("sarvam-rest", `Sarvam answered ${status} (${code.slice(0, 60)})`, retryable);
}
