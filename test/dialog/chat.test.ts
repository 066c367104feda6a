import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as bodyOf } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { type ChatOptions, chatAgent, messagesOf } from "../../src/dialog/chat.ts";
import type { TokenUsage, Utterance } from "../../src/dialog/dialog.ts";
import { withoutHangUp } from "../../src/dialog/hang-up.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { Said } from "../../src/record/record.ts";

const requestSchema = z.looseObject({ messages: z.array(z.object({ role: z.string(), content: z.string() })) });
type Script = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A chat server that plays one script for every request and keeps what it was asked. */
async function llm(script: Script) {
  const asked: { body: z.infer<typeof requestSchema>; headers: IncomingMessage["headers"]; url: string }[] = [];
  const server = createServer(async (request, response) => {
    asked.push({
      body: requestSchema.parse(JSON.parse(await bodyOf(request))),
      headers: request.headers,
      url: request.url ?? "",
    });
    await script(response, request);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address() as AddressInfo;
  const clock = new VirtualClock();
  const agent = (more: Partial<ChatOptions> = {}) =>
    chatAgent({
      baseUrl: `http://127.0.0.1:${address.port}/v1`,
      apiKey: "sk_test",
      model: "sarvam-105b",
      systemPrompt: "You sell shoes.",
      clock,
      log: silentLog,
      meter: deafMeter,
      ...more,
    });
  return { asked, agent, clock, server };
}

const begin = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
};
const delta = (response: ServerResponse, fields: object): void => {
  response.write(
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta: fields }] })}\n\n`,
  );
};
const says =
  (...tokens: readonly string[]): Script =>
  (response) => {
    begin(response);
    for (const content of tokens) delta(response, { content });
    response.end("data: [DONE]\n\n");
  };

const idle = new AbortController().signal;
const question: readonly Said[] = [{ by: "caller", text: "Do you have sandals?" }];

/** All but what it cost. */
async function* said(reply: AsyncIterable<Utterance>): AsyncGenerator<Utterance> {
  for await (const utterance of reply) if (utterance.kind !== "usage") yield utterance;
}

async function all(reply: AsyncIterable<Utterance>): Promise<Utterance[]> {
  const result: Utterance[] = [];
  for await (const utterance of said(reply)) result.push(utterance);
  return result;
}

async function usages(reply: AsyncIterable<Utterance>): Promise<TokenUsage[]> {
  const result: TokenUsage[] = [];
  for await (const utterance of reply) if (utterance.kind === "usage") result.push(utterance.usage);
  return result;
}

async function failure(reply: AsyncIterable<Utterance>): Promise<ProviderError> {
  const error = await all(reply).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ProviderError) return error;
  throw new Error(`expected a ProviderError, not ${String(error)}`);
}

test("the answer comes sentence by sentence, without the model's thoughts", async () => {
  const { agent, asked } = await llm((response) => {
    begin(response);
    delta(response, { role: "assistant", reasoning_content: "The caller wants shoes. I should answer." });
    for (const content of ["Yes, we ", "do have **san", "dals**. हमारे पास ", "चप्पल भी हैं।", " Which size?"])
      delta(response, { content });
    delta(response, { content: null });
    response.end("data: [DONE]\n\n");
  });
  expect(await all(agent().reply(question, idle))).toEqual([
    { kind: "text", text: "Yes, we do have sandals." },
    { kind: "text", text: "हमारे पास चप्पल भी हैं।" },
    { kind: "text", text: "Which size?" },
  ]);
  expect(asked[0]?.url).toBe("/v1/chat/completions");
  expect(asked[0]?.headers.authorization).toBe("Bearer sk_test");
});

const chunk = (response: ServerResponse, fields: object): void => {
  response.write(`data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", ...fields })}\n\n`);
};

test("an answer tells that a model was asked, and at its end what it cost, cached tokens among those of the prompt", async () => {
  const { agent } = await llm((response) => {
    begin(response);
    delta(response, { content: "Certainly, we do." });
    const details = { prompt_tokens_details: { cached_tokens: 640 } };
    chunk(response, {
      choices: [],
      usage: { prompt_tokens: 812, completion_tokens: 9, total_tokens: 821, ...details },
    });
    response.end("data: [DONE]\n\n");
  });
  const tokens = { prompt: 812, cached: 640, completion: 9 };
  expect(await usages(agent().reply(question, idle))).toEqual([
    { model: "sarvam-105b" },
    { model: "sarvam-105b", tokens },
  ]);
});

test("of what a server tells with every chunk the last counts, and what makes no sense does not", async () => {
  const { agent } = await llm((response) => {
    begin(response);
    const choices = [{ index: 0, delta: { content: "Certainly, we do." } }];
    chunk(response, { choices, usage: { prompt_tokens: 20, completion_tokens: 1, prompt_tokens_details: null } });
    chunk(response, { choices: [], usage: { prompt_tokens: 20, completion_tokens: 4 } });
    chunk(response, { choices: [], usage: { prompt_tokens: -1, completion_tokens: 4 } });
    chunk(response, { choices: [], usage: null });
    response.end("data: [DONE]\n\n");
  });
  const [, told, ...more] = await usages(agent().reply(question, idle));
  expect(told?.tokens).toEqual({ prompt: 20, cached: 0, completion: 4 });
  expect(more).toEqual([]);
});

test("a server that says nothing of cost, and one that fails, leave it unknown", async () => {
  const silent = await llm(says("Certainly, we do."));
  expect(await usages(silent.agent().reply(question, idle))).toEqual([{ model: "sarvam-105b" }]);
  const broken = await llm((response) => void response.writeHead(500).end());
  const seen: Utterance[] = [];
  const asked = async (): Promise<void> => {
    for await (const utterance of broken.agent().reply(question, idle)) seen.push(utterance);
  };
  await expect(asked()).rejects.toThrow("500");
  expect(seen).toEqual([{ kind: "usage", usage: { model: "sarvam-105b" } }]);
});

test("the request holds only what Sarvam knows", async () => {
  const { agent, asked } = await llm(says("Certainly, we do."));
  await all(agent({ temperature: 0.3, maxTokens: 600, reasoningEffort: null }).reply(question, idle));
  await all(agent().reply(question, idle));
  const [full, bare] = asked.map(({ body }) => body);
  expect(Object.keys(full ?? {}).toSorted()).toEqual([
    "max_tokens",
    "messages",
    "model",
    "reasoning_effort",
    "stream",
    "temperature",
  ]);
  expect(full).toMatchObject({
    model: "sarvam-105b",
    stream: true,
    temperature: 0.3,
    max_tokens: 600,
    reasoning_effort: null,
  });
  expect(Object.keys(bare ?? {}).toSorted()).toEqual(["messages", "model", "stream"]);
  expect(full?.messages[0]?.content).toMatch(/^You sell shoes\./);
  expect(full?.messages[0]?.content).toContain("[hang up]");
});

test("the first sentence is out while the model is still writing", async () => {
  let goOn: () => void = () => {};
  const { agent } = await llm(async (response) => {
    begin(response);
    delta(response, { content: "This is the first sentence. And" });
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
    delta(response, { content: " this is the second." });
    response.end("data: [DONE]\n\n");
  });
  const reply = said(agent().reply(question, idle));
  expect((await reply.next()).value).toEqual({ kind: "text", text: "This is the first sentence." });
  goOn();
  expect((await reply.next()).value).toEqual({ kind: "text", text: "And this is the second." });
});

test("history becomes alternating messages of what was said and heard", () => {
  const history: Said[] = [
    { by: "agent", text: "Welcome to the shop." },
    { by: "caller", text: "Hello" },
    { by: "caller", text: "sandals?" },
    { by: "agent", text: "We have brown and", cutShort: true },
    { by: "agent", text: " " },
    { by: "caller", text: "Black ones?" },
  ];
  expect(messagesOf("Be kind.", history)).toEqual([
    { role: "system", content: "Be kind." },
    { role: "user", content: "(The telephone rings.)" },
    { role: "assistant", content: "Welcome to the shop." },
    { role: "user", content: "Hello sandals?" },
    { role: "assistant", content: "We have brown and —" },
    { role: "user", content: "Black ones?" },
  ]);
});

test("the model hangs up by a mark that is never spoken, however it is split", async () => {
  for (const size of [1, 2, 3, 5, 40]) {
    const whole = "Thank you for calling, goodbye. [Hang up]";
    const tokens = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
      whole.slice(index * size, (index + 1) * size),
    );
    const { agent } = await llm(says(...tokens));
    expect(await all(agent().reply(question, idle))).toEqual([
      { kind: "text", text: "Thank you for calling, goodbye." },
      { kind: "hang-up" },
    ]);
  }
  const { agent } = await llm(says("[hang up]"));
  expect(await all(agent().reply(question, idle))).toEqual([{ kind: "hang-up" }]);
});

test("brackets that are no mark are kept", async () => {
  async function* tokens(): AsyncGenerator<string> {
    yield* ["See [ha", "nd] and [", "hang", " on] and ["];
  }
  const ending = { hangUp: false };
  let text = "";
  for await (const token of withoutHangUp(tokens(), ending)) text += token;
  expect(text).toBe("See [hand] and [hang on] and [");
  expect(ending.hangUp).toBe(false);
});

test("a barge-in stops the answer at once and leaves no request behind", async () => {
  let gone: () => void = () => {};
  const left = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const { agent, clock } = await llm((response) => {
    response.on("close", gone);
    begin(response);
    delta(response, { content: "This is the first sentence. And " });
  });
  const call = new AbortController();
  const reply = said(agent().reply(question, call.signal));
  await reply.next();
  const next = reply.next();
  call.abort(new Error("the caller spoke"));
  await expect(next).rejects.toThrow("the caller spoke");
  await left;
  expect(clock.pending).toBe(0);
});

test("a reply that is left early leaves no request behind", async () => {
  let gone: () => void = () => {};
  const left = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const { agent, clock } = await llm((response) => {
    response.on("close", gone);
    begin(response);
    delta(response, { content: "This is the first sentence. And " });
  });
  for await (const _ of said(agent().reply(question, idle))) break;
  await left;
  expect(clock.pending).toBe(0);
});

test.each([
  [401, "invalid_api_key_error", false],
  [403, "invalid_api_key_error", false],
  [400, "invalid_request_error", false],
  [429, "rate_limit_exceeded_error", true],
  [429, "insufficient_quota_error", false],
  [500, "internal_server_error", true],
  [503, "rate_limit_exceeded_error", true],
])("HTTP %i %s is a failure of the model, retryable: %s, asked once", async (status, code, retryable) => {
  const { agent, asked } = await llm((response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: "no", code } }));
  });
  const error = await failure(agent().reply(question, idle));
  expect(error).toMatchObject({ provider: "llm", retryable });
  expect(error.message).toBe(`answered HTTP ${status} (${code})`);
  expect(asked).toHaveLength(1);
});

test.each<[string, Script]>([
  ["says nothing", says("", " ")],
  [
    "only thinks",
    (response) => {
      begin(response);
      delta(response, { reasoning_content: "Hm." });
      response.end("data: [DONE]\n\n");
    },
  ],
  [
    "sends garbage",
    (response) => {
      begin(response);
      response.end("data: {oops\n\n");
    },
  ],
  [
    "reports an error in the stream",
    (response) => {
      begin(response);
      response.end(`data: ${JSON.stringify({ error: { message: "overloaded" } })}\n\n`);
    },
  ],
  [
    "breaks off",
    (response) => {
      begin(response);
      delta(response, { content: "We are ha" });
      response.destroy();
    },
  ],
])("a model that %s has failed and may be asked again", async (_, script) => {
  const { agent } = await llm(script);
  expect(await failure(agent().reply(question, idle))).toMatchObject({ provider: "llm", retryable: true });
});

test("a server that is not there is a retryable failure", async () => {
  const { agent, server } = await llm(says("x"));
  await new Promise((resolve) => server.close(resolve));
  expect(await failure(agent().reply(question, idle))).toMatchObject({ provider: "llm", retryable: true });
});

test("a model that does not begin within 8 seconds has failed, thoughts or not", async () => {
  let arrived: () => void = () => {};
  const thinking = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const { agent, clock } = await llm((response) => {
    begin(response);
    delta(response, { reasoning_content: "Let me think." });
    arrived();
  });
  const failed = failure(agent().reply(question, idle));
  await thinking;
  await clock.advance(7999);
  expect(clock.pending).toBe(1);
  await clock.advance(1);
  expect(await failed).toMatchObject({ message: "the model did not begin to answer", retryable: true });
  expect(clock.pending).toBe(0);
});

test("a model that falls silent in mid-answer has failed; a caller who listens long has not", async () => {
  const { agent, clock } = await llm((response) => {
    begin(response);
    delta(response, { content: "This is the first sentence. And " });
  });
  const reply = said(agent().reply(question, idle));
  expect((await reply.next()).done).toBe(false);
  await clock.advance(60_000);
  const failed = expect(reply.next()).rejects.toMatchObject({
    message: "the model stopped in mid-answer",
    retryable: true,
  });
  await clock.advance(8000);
  await failed;
});
