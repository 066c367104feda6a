import type { ServerResponse } from "node:http";
import { chatAnswer, jsonAnswer, schemaAnswer } from "./chat-answers.ts";
import { type ChatRequest, chatRequest } from "./chat-request.ts";
import { type Context, requestId } from "./context.ts";
import { type RestCall, restError, restJson } from "./rest-reply.ts";

/** Words of thought, in tokens: what `max_tokens` must exceed for anything to be left for the answer. */
const THOUGHT = "Let me think about what the caller needs.".split(" ");
const THOUGHT_TOKENS = 300;
const STALL_AFTER_WORDS = 2;

/** `POST /v1/chat/completions` and `/v2/…`: canned answers, in OpenAI's shapes, word by word when streamed. */
export async function serveChat(call: RestCall, version: 1 | 2): Promise<void> {
  const request = chatRequest(call.json ?? {}, version);
  if (typeof request === "string") return restError(call.response, 400, "invalid_request_error", request);
  if (call.context.faults.chat === "error") {
    return restError(call.response, 500, "internal_server_error", "Something went wrong");
  }
  const left = new AbortController();
  call.response.on("close", () => left.abort(new Error("the client left")));
  try {
    if (request.stream) await stream(call.response, call.context, request, left.signal);
    else await answer(call.response, call.context, request, left.signal);
  } catch (error) {
    // Leaving in mid-answer is the client's right; anything else is a fault of the simulator.
    if (!left.signal.aborted) throw error;
  }
}

/** The words to say, each with the space before it, and why they end. */
function words(
  { question, reasons, maxTokens, wantsJson, schema }: ChatRequest,
  prose: boolean,
): {
  readonly thought: readonly string[];
  readonly said: readonly string[];
  readonly finish: "stop" | "length";
} {
  const budget = reasons ? maxTokens - THOUGHT_TOKENS : maxTokens;
  const json = (): string => (schema ? schemaAnswer(schema) : jsonAnswer(question));
  const all = (wantsJson && !prose ? json() : chatAnswer(question)).match(/\s*\S+/g) ?? [];
  const said = all.slice(0, Math.max(0, budget));
  return { thought: reasons ? THOUGHT : [], said, finish: said.length < all.length ? "length" : "stop" };
}

async function answer(
  response: ServerResponse,
  context: Context,
  request: ChatRequest,
  signal: AbortSignal,
): Promise<void> {
  const { thought, said, finish } = words(request, context.faults.chat === "prose");
  if (context.faults.chat === "stall") return;
  await context.clock.sleep(context.pace.firstWordMs + said.length * context.pace.wordMs, signal);
  if (context.faults.chat === "cut") return void response.socket?.destroy();
  if (context.faults.chat === "garbage") return void response.end("<html>bad gateway</html>");
  const content = said.join("") || null;
  const message = { role: "assistant", content, reasoning_content: thought.join(" ") || null };
  restJson(response, 200, {
    ...head(context, request, "chat.completion"),
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: usageOf(said),
  });
}

async function stream(
  response: ServerResponse,
  context: Context,
  request: ChatRequest,
  signal: AbortSignal,
): Promise<void> {
  const { clock, faults, pace } = context;
  const { thought, said, finish } = words(request, faults.chat === "prose");
  const base = head(context, request, "chat.completion.chunk");
  const chunk = (delta: object, reason: string | null = null, more: object = {}): void => {
    const choices = [{ index: 0, delta, finish_reason: reason }];
    response.write(`data: ${JSON.stringify({ ...base, choices, ...more })}\n\n`);
  };
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  response.flushHeaders();
  await clock.sleep(pace.firstWordMs, signal);
  chunk({ role: "assistant", content: "" });
  for (const word of thought) chunk({ reasoning_content: `${word} ` });
  for (const [index, word] of said.entries()) {
    if (index > 0) await clock.sleep(pace.wordMs, signal);
    if (faults.chat === "garbage") response.write('data: {"choices": [{"delta"\n\ndata: \u0000<html>\n\n');
    if (index === STALL_AFTER_WORDS && faults.chat === "stall") return;
    if (index === STALL_AFTER_WORDS && faults.chat === "cut") return void response.socket?.destroy();
    chunk({ content: word });
  }
  // Sarvam's own client knows `usage` of a chunk, as something that may be there; which chunk has it is documented nowhere.
  chunk({}, finish, { usage: usageOf(said) });
  response.end("data: [DONE]\n\n");
}

const usageOf = (said: readonly string[]): object => ({
  prompt_tokens: 20,
  completion_tokens: said.length,
  total_tokens: 20 + said.length,
});

function head(context: Context, { model }: ChatRequest, object: string): object {
  return { id: requestId(context), object, created: Math.floor(context.clock.wall() / 1000), model };
}
