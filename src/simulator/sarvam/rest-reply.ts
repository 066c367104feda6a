import type { ServerResponse } from "node:http";
import type { JsonObject } from "./channel.ts";
import type { Context } from "./context.ts";

/** One REST request, its body read. */
export type RestCall = {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
  /** When the body is a JSON object. */
  readonly json: JsonObject | undefined;
  readonly response: ServerResponse;
  readonly context: Context;
  /** Origin of the simulator, for links back to it. */
  readonly origin: string;
};

export function restJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Sarvam's envelope. */
export function restError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  requestId?: string,
): void {
  if (status === 429) response.setHeader("retry-after", "1");
  restJson(response, status, { error: { message, code, request_id: requestId ?? null } });
}
