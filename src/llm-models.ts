import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Reader } from "./environment.ts";

const words = z.string().trim().min(1, "must not be empty");

/** Paths are put behind it, and what it holds besides would be in messages of errors. */
function isBare(text: string): boolean {
  const { username, password, search, hash } = new URL(text);
  return [username, password, search, hash].every((part) => part === "");
}

const models = z.record(
  words.max(100),
  z.strictObject({
    base_url: z
      .url({ protocol: /^https?$/, error: "must be a URL that begins with https:// or http://" })
      .refine(isBare, "must end with its path, and hold no user or password: keys go into api_key"),
    api_key: words.optional(),
    model: words.optional(),
    status: words.max(100).default("available"),
    reasoning_effort: z.enum(["low", "medium", "high"]).nullable().optional(),
  }),
);

/** One server of OpenAI's shape that sessions and agents may ask for by name. */
export type LlmModel = {
  /** Ends before `/chat/completions`. */
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  /** What that server calls it; its own name otherwise. */
  readonly model: string | undefined;
  /** `available`, or why not. */
  readonly status: string;
  readonly reasoningEffort: "low" | "medium" | "high" | null | undefined;
};

/** `LLM_MODELS`: a JSON object, or the path of a file that holds one. Its text is never repeated: it holds keys. */
export function readModels(read: Reader): Readonly<Record<string, LlmModel>> {
  const text = read.text("LLM_MODELS");
  if (text === undefined) return {};
  const json = jsonOf(text);
  if (typeof json === "string") {
    read.complain(`LLM_MODELS ${json}.`);
    return {};
  }
  const { data, error } = models.safeParse(json);
  for (const { path, message } of error?.issues ?? [])
    read.complain(`LLM_MODELS${path.map((step) => ` › ${String(step)}`).join("")}: ${message}.`);
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([name, { base_url, api_key, model, status, reasoning_effort }]) => [
      name,
      { baseUrl: base_url.replace(/\/+$/, ""), apiKey: api_key, model, status, reasoningEffort: reasoning_effort },
    ]),
  );
}

/** The object, or in words why there is none. */
function jsonOf(text: string): object | string {
  const inline = text.startsWith("{");
  let written = text;
  try {
    if (!inline) written = readFileSync(text, "utf8");
  } catch {
    return "must be a JSON object, or the path of a file that can be read";
  }
  try {
    const json: unknown = JSON.parse(written);
    return typeof json === "object" && json !== null
      ? json
      : "must hold a JSON object: names of models, and where they are";
  } catch {
    return inline ? "is not JSON" : "names a file that is not JSON";
  }
}
