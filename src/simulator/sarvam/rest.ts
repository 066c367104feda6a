import type { IncomingMessage, ServerResponse } from "node:http";
import { parseObject } from "./channel.ts";
import { serveChat } from "./chat.ts";
import { type Context, requestId } from "./context.ts";
import { bearerKey, type Keys, offeredKey } from "./keys.ts";
import { BatchJobs } from "./rest-batch.ts";
import { type RestCall, restError, restJson } from "./rest-reply.ts";
import { serveSpeech, serveSpeechStream, serveTranscription } from "./rest-speech.ts";
import { serveLanguage, serveTranslation, serveTransliteration } from "./rest-text.ts";

const MAX_BODY = 64 * 1024 * 1024;
const BATCH = /^\/speech-to-text(?:-translate)?\/job\/v1(\/.*)?$/;
const CHAT = /^\/v([12])\/chat\/completions$/;

const ROUTES: Readonly<Record<string, (call: RestCall) => void | Promise<void>>> = {
  "POST /v1/chat/completions": (call) => serveChat(call, 1),
  "POST /v2/chat/completions": (call) => serveChat(call, 2),
  "GET /v2/models": ({ response }) =>
    restJson(response, 200, { object: "list", data: [{ id: "sarvam-105b", object: "model" }] }),
  "POST /text-to-speech": serveSpeech,
  "POST /text-to-speech/stream": serveSpeechStream,
  "POST /speech-to-text": serveTranscription,
  "POST /speech-to-text-translate": serveTranscription,
  "POST /translate": serveTranslation,
  "POST /transliterate": serveTransliteration,
  "POST /text-lid": serveLanguage,
};

/** A request that is none of Sarvam's: true when it was answered. */
export type Extra = (call: RestCall) => boolean;

/** Sarvam's REST: checks the key, then answers by route. */
export class Rest {
  readonly #context: Context;
  readonly #keys: Keys;
  readonly #extra: Extra;
  readonly #batch = new BatchJobs();

  constructor(context: Context, keys: Keys, extra: Extra) {
    this.#context = context;
    this.#keys = keys;
    this.#extra = extra;
  }

  /** For the HTTP server's `request` event. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request);
      if (!body) return restError(response, 413, "invalid_request_error", "Body too large");
      await this.#serve(this.#call(request, response, body), request);
    } catch (error) {
      if (response.destroyed) return;
      if (response.headersSent) response.destroy();
      else restError(response, 500, "internal_server_error", String(error));
    }
  }

  #call(request: IncomingMessage, response: ServerResponse, body: Buffer): RestCall {
    return {
      method: request.method ?? "GET",
      path: new URL(request.url ?? "/", "http://simulator").pathname,
      contentType: request.headers["content-type"] ?? "",
      body,
      json: parseObject(body.toString()),
      response,
      context: this.#context,
      origin: `http://${request.headers.host ?? "127.0.0.1"}`,
    };
  }

  async #serve(call: RestCall, request: IncomingMessage): Promise<void> {
    if (BatchJobs.isBlob(call.path)) return this.#batch.serveBlob(call);
    if (this.#extra(call)) return;
    const key = offeredKey(request) ?? (CHAT.test(call.path) ? bearerKey(request) : undefined);
    this.#context.wire.http.push({ path: call.path, body: call.json ?? call.body.toString("latin1") });
    if (!this.#refused(call, key)) await this.#route(call);
  }

  #refused({ response, context }: RestCall, key: string | undefined): boolean {
    const id = requestId(context);
    const status = context.faults.restStatus;
    if (!this.#keys.admits(key)) {
      restError(response, 403, "invalid_api_key_error", "Invalid API key", id);
    } else if (key === "quota") {
      restError(response, 429, "insufficient_quota_error", "No credits left", id);
    } else if (key === "rate" || status === 429 || status === 503) {
      restError(response, status || 429, "rate_limit_exceeded_error", "Too many requests", id);
    } else if (status > 0) {
      restError(response, status, status >= 500 ? "internal_server_error" : "invalid_request_error", "Refused", id);
    } else {
      return false;
    }
    return true;
  }

  async #route(call: RestCall): Promise<void> {
    const batch = BATCH.exec(call.path);
    if (batch) return this.#batch.serve(call, batch[1] ?? "");
    const route = ROUTES[`${call.method} ${call.path}`];
    if (!route) return restError(call.response, 404, "not_found_error", "Not found", requestId(call.context));
    await route(call);
  }
}

/** `undefined` when it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    const bytes = Buffer.from(part);
    length += bytes.length;
    if (length > MAX_BODY) return undefined;
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
