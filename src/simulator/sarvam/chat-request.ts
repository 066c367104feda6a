import { isObject, type JsonObject } from "./channel.ts";
import { lastQuestion } from "./chat-answers.ts";

export type ChatRequest = {
  readonly model: string;
  /** The last user message. */
  readonly question: string;
  readonly stream: boolean;
  /** Whether the model thinks aloud before it answers, which eats `maxTokens`. */
  readonly reasons: boolean;
  readonly maxTokens: number;
  readonly wantsJson: boolean;
  /** What the JSON should look like, where that was said. */
  readonly schema: JsonObject | undefined;
};

const V1_MODELS = ["sarvam-105b", "sarvam-105b-conversations"];
const V2_MODELS = ["sarvam-105b", "glm5.2", "glm5.3", "gemma4", "deepseekv4-flash"];
const FIELDS = new Set(
  "model messages temperature top_p max_tokens stream stop n seed frequency_penalty presence_penalty reasoning_effort wiki_grounding tools tool_choice response_format".split(
    " ",
  ),
);
const ROLES = ["system", "user", "assistant", "tool"];

/** Reads a chat request; a text says what is wrong with it. Strict where the real server is known to differ from OpenAI's. */
export function chatRequest(body: JsonObject, version: 1 | 2): ChatRequest | string {
  const unknown = Object.keys(body).find((name) => !FIELDS.has(name));
  if (unknown) return `Unrecognized request argument: ${unknown}`;
  const model = String(body["model"]);
  if (!(version === 1 ? V1_MODELS : V2_MODELS).includes(model)) return `Model ${model} is not available`;
  const messages = Array.isArray(body["messages"]) ? body["messages"].filter(isObject) : [];
  if (messages.length === 0) return "messages must not be empty";
  const wrong = messages.find(({ role }) => !ROLES.includes(String(role)));
  if (wrong) return `Invalid role: ${String(wrong["role"])}`;
  if (body["tool_choice"] !== undefined && !(Array.isArray(body["tools"]) && body["tools"].length > 0)) {
    return "tool_choice needs tools";
  }
  const effort = body["reasoning_effort"] === undefined ? "medium" : body["reasoning_effort"];
  const format = body["response_format"];
  const schema = formatSchema(format);
  if (typeof schema === "string") return schema;
  return {
    model,
    question: lastQuestion(messages),
    stream: body["stream"] === true,
    reasons: model === "sarvam-105b" && effort !== null,
    maxTokens: Number(body["max_tokens"] ?? 2048),
    wantsJson: isObject(format) && format["type"] !== "text",
    schema,
  };
}

function formatSchema(format: unknown): JsonObject | string | undefined {
  if (format === undefined) return undefined;
  const type = isObject(format) ? format["type"] : undefined;
  if (type === "text" || type === "json_object") return undefined;
  if (type !== "json_schema" || !isObject(format)) return "response_format must be text, json_object or json_schema";
  const { name, schema } = isObject(format["json_schema"]) ? format["json_schema"] : {};
  if (!/^[\w-]{1,64}$/.test(String(name ?? ""))) return "json_schema needs a name";
  return isObject(schema) ? schema : "json_schema needs a schema";
}
