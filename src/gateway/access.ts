import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { isLoopback } from "../kit/loopback.ts";
import type { GatewayParts, Scope } from "./parts.ts";

type Rules = Pick<GatewayParts, "keys" | "openOnLoopback">;

/**
 * A hook that lets in who holds a Bearer key of this scope: 401 without a key, 403 with one that may not. `admin` may
 * everything.
 */
export function requireScope(rules: Rules, scope: Scope) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (rules.openOnLoopback && isLocal(request)) return undefined;
    const key = keyOf(rules, request.headers.authorization);
    if (!key) {
      return reply
        .code(401)
        .header("www-authenticate", "Bearer")
        .send({ error: "a key is needed: Authorization: Bearer" });
    }
    if (key.scopes.includes(scope) || key.scopes.includes("admin")) return undefined;
    return reply.code(403).send({ error: `this key lacks the scope ${scope}` });
  };
}

/** Every key is compared, in constant time, so that the time taken tells nothing. */
function keyOf({ keys }: Rules, header: string | undefined) {
  const sent = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
  if (sent === undefined) return undefined;
  const digest = createHash("sha256").update(sent).digest();
  return keys.filter((key) => timingSafeEqual(Buffer.from(key.sha256, "hex"), digest))[0];
}

/**
 * From this machine to this machine, by a name that means it. A tunnel or proxy forwards from loopback too, but says so or
 * keeps the outer `Host`; a foreign page in a local browser names its own origin.
 */
function isLocal(request: FastifyRequest): boolean {
  const { headers } = request;
  if (headers["x-forwarded-for"] !== undefined || headers["forwarded"] !== undefined) return false;
  if (headers.origin !== undefined && !isLoopback(hostOf(headers.origin))) return false;
  return isLoopback(request.socket.remoteAddress ?? "") && isLoopback(hostOf(`http://${headers.host}`));
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : "");
