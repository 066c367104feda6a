import type { FastifyReply, FastifyRequest } from "fastify";

const ASKED = "authorization, content-type, idempotency-key, range, if-range";
const TOLD =
  "retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset, content-range, accept-ranges, etag, idempotent-replayed";

/**
 * A hook that lets pages of these origins use the API; with none of them it does nothing. Keys are sent by the page itself,
 * never by its browser, so nobody is let in who has none.
 */
export function allowOrigins(origins: readonly string[]) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (origins.length === 0 || !/^\/(v1\/|openapi\.json|web\/audio\/)/.test(request.url)) return undefined;
    reply.header("vary", "origin");
    const { origin, "access-control-request-method": wish } = request.headers;
    if (origin === undefined || !origins.includes(origin)) return undefined;
    reply.header("access-control-allow-origin", origin).header("access-control-expose-headers", TOLD);
    if (request.method !== "OPTIONS" || wish === undefined) return undefined;
    return reply
      .code(204)
      .header("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE")
      .header("access-control-allow-headers", ASKED)
      .header("access-control-max-age", "600")
      .send();
  };
}
