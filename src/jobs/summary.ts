import { z } from "zod";
import { type JsonSchema, objectCheck } from "../kit/json-schema.ts";
import { ProviderError } from "../kit/provider-error.ts";
import type { CallId, TokenUsage } from "../record/record.ts";
import { type CallStore, OUTCOMES, SENTIMENTS, type Summary } from "../store/store.ts";
import type { AfterCallProvider, ChatAnswer } from "./sarvam-rest.ts";
import { type SummaryWish, summaryQuestion } from "./summary-request.ts";
import { transcriptOf } from "./transcript.ts";

export type SummaryParts = {
  readonly store: CallStore;
  readonly provider: Pick<AfterCallProvider, "ask">;
};

/** The model answered, which costs something, and none of its answers is a summary. */
export class UselessAnswer extends ProviderError {}

/** What is told of a call of which not a word is known. */
const NOTHING_SAID = { summary: "", outcome: "no-conversation", sentiment: "neutral" } as const;

/**
 * Writes the summary of a closed call, with its outcome, the caller's sentiment and what the agent's schema asks for, and marks the
 * job as done. Written once it is not asked for again. Rejects when the call is not closed yet, the model gave no valid answer
 * twice, or books or provider do not answer.
 */
export async function writeSummary({ store, provider }: SummaryParts, callId: CallId): Promise<"written" | "unknown"> {
  const call = await store.call(callId);
  if (!call) return "unknown";
  if (call.status !== "ended") throw new Error("the call is not closed yet");
  const { lines } = transcriptOf(call);
  const { extract, translateTo = "en-IN" } = call.afterCall ?? {};
  const made = (): Promise<Omit<Summary, "callId">> | typeof NOTHING_SAID =>
    lines.length === 0 ? NOTHING_SAID : summarise(provider, { lines, language: translateTo, extract });
  await store.finishSummary(call.summary ?? { callId, ...(await made()) });
  return "written";
}

/** A model that answers what is no summary is told so, and asked once more. */
async function summarise(provider: SummaryParts["provider"], wish: SummaryWish): Promise<Omit<Summary, "callId">> {
  const first = await provider.ask(summaryQuestion(wish));
  const read = readAnswer(first, wish.extract);
  if (!("wrong" in read)) return { ...read, usage: first.usage };
  const second = await provider.ask(summaryQuestion(wish, read.wrong));
  const again = readAnswer(second, wish.extract);
  if ("wrong" in again) throw new UselessAnswer("sarvam-rest", `the model wrote no summary: ${again.wrong}`, true);
  return { ...again, usage: sum(first.usage, second.usage) };
}

const answerSchema = z.object({
  summary: z.string().trim().min(1),
  outcome: z.enum(OUTCOMES),
  sentiment: z.enum(SENTIMENTS),
  extracted: z.record(z.string(), z.unknown()).optional(),
});

type Read = Pick<Summary, "summary" | "outcome" | "sentiment" | "extracted"> | { readonly wrong: string };

/** `wrong` names fields and what they should be, never what was answered. */
function readAnswer({ text }: ChatAnswer, extract: JsonSchema | undefined): Read {
  const json = parsed(text);
  const { data, error } = answerSchema.safeParse(json);
  if (!data) return { wrong: json === undefined ? "it is no JSON" : faults(error, answerSchema.shape) };
  const { extracted, ...rest } = data;
  if (extract === undefined) return rest;
  if (extracted === undefined) return { wrong: "extracted: is missing" };
  // The books take neither zero characters nor half characters, not even in a key.
  if (/\\u(0000|d[89a-f])/.test(JSON.stringify(extracted))) return { wrong: "extracted: holds broken characters" };
  const check = objectCheck(extract).safeParse(extracted);
  return check.success ? { ...rest, extracted } : { wrong: faults(check.error, extract, "extracted") };
}

/** `undefined` for what is no JSON. Models like to put a fence around it. */
function parsed(text: string): unknown {
  const [, inner = text] = /^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/.exec(text) ?? [];
  try {
    return JSON.parse(inner);
  } catch {
    return undefined;
  }
}

const FAULTS = 5;
function faults({ issues }: z.ZodError, schema: object, ...place: readonly string[]): string {
  // Where a schema leaves the names to the model, it may make them of what callers said.
  const names = namesIn(schema);
  const shown = (part: PropertyKey): string => (typeof part === "number" || names.has(part) ? String(part) : "…");
  return issues
    .slice(0, FAULTS)
    .map(({ path, code }) => `${[...place, ...path.map(shown)].join(".") || "it"}: ${code.replaceAll("_", " ")}`)
    .join("; ");
}

const namesIn = (part: unknown): ReadonlySet<PropertyKey> =>
  new Set(
    typeof part === "object" && part !== null
      ? Object.entries(part).flatMap(([name, inner]) => [name, ...namesIn(inner)])
      : [],
  );

function sum(first: TokenUsage, second: TokenUsage): TokenUsage {
  const [a, b] = [first.tokens, second.tokens];
  if (!a || !b) return { model: second.model };
  const tokens = { prompt: a.prompt + b.prompt, cached: a.cached + b.cached, completion: a.completion + b.completion };
  return { model: second.model, tokens };
}
