import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import multipart from "@fastify/multipart";
import websocket, { type WebsocketPluginOptions } from "@fastify/websocket";
import { type FastifyInstance, type FastifyReply, fastify } from "fastify";
import { ApiError, errorBody } from "./api-error.ts";
import { allowOrigins } from "./cors.ts";
import type { Site } from "./site.ts";
import { parseBody } from "./webhook.ts";

const BODY_LIMIT_BYTES = 64 * 1024;

/** The typings do not know these yet. `closeTimeout`: ms a peer may take to answer our close frame. */
type SocketLimits = NonNullable<WebsocketPluginOptions["options"]> & {
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
  readonly closeTimeout: number;
};

/** ws' own defaults let 10 MB of one-byte fragments hold half a gigabyte. Compression costs more than the call. */
const SOCKET_LIMITS: SocketLimits = {
  maxPayload: 64 * 1024,
  maxFragments: 8,
  maxBufferedChunks: 1024,
  perMessageDeflate: false,
  closeTimeout: 2_000,
};

/**
 * The HTTP server with its limits. Fastify's own request log stays off: its lines hold URLs, and ours hold tickets.
 */
export async function createServer(site: Site): Promise<FastifyInstance> {
  const { log, meter, trustProxy, corsOrigins } = site.parts;
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    exposeHeadRoutes: false,
    // Who sends slowly is cut off; upgraded sockets have watches of their own.
    requestTimeout: 10_000,
    connectionTimeout: 10_000,
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
    // Addresses that cannot be read, before any route is found.
    frameworkErrors: (error, _request, reply) => {
      const status = statusOf(error);
      void (reply as FastifyReply).code(status).send(errorBody(status, unreadable(error)));
    },
  });
  await app.register(cookie);
  await app.register(formbody, { bodyLimit: BODY_LIMIT_BYTES, parser: parseBody });
  await app.register(multipart, {
    attachFieldsToBody: "keyValues",
    limits: { files: 0, fields: 100, parts: 100, fieldSize: 8 * 1024, headerPairs: 20 },
  });
  await app.register(websocket, {
    options: SOCKET_LIMITS,
    // ws has chosen the close code by then, or the route threw before its line listened.
    errorHandler: (error, socket) => {
      log.debug({ err: error }, "a media socket failed");
      socket.close(1011);
    },
    // Calls are ended one by one before the server is closed; the plugin would cut them all in 4 ms.
    preClose: async () => undefined,
  });
  app.websocketServer.on("error", (error) => log.error({ err: error }, "the socket server failed"));

  app.addHook("onRequest", allowOrigins(corsOrigins));
  app.addHook("onSend", async (_request, reply) => {
    if (site.calls.draining) reply.header("connection", "close");
  });
  app.setNotFoundHandler(async (_request, reply) => reply.code(404).send(errorBody(404, "nothing is here")));
  app.setErrorHandler(async (error, request, reply) => {
    if (error instanceof ApiError) {
      if (error.status === 503 && !reply.hasHeader("retry-after")) reply.header("retry-after", "5");
      return reply.code(error.status).send(errorBody(error.status, error.message, error.details));
    }
    const status = statusOf(error);
    if (status < 500) return reply.code(status).send(errorBody(status, unreadable(error)));
    meter.count("requests_failed");
    log.error({ err: error, route: request.routeOptions.url }, "a request failed");
    return reply.code(500).send(errorBody(500, "internal error"));
  });
  return app;
}

/** What a refusal of Fastify's own says of itself; anything else is our mistake. */
function statusOf(error: unknown): number {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return 500;
  return typeof error.statusCode === "number" ? error.statusCode : 500;
}

/** Fastify's own sentences hold nothing of what was sent. */
const unreadable = (error: unknown): string =>
  error instanceof Error && "code" in error && String(error.code).startsWith("FST_ERR_CTP_")
    ? error.message
    : "the request could not be read";
