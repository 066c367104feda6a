import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { AccessKey, Scope } from "../kit/access-key.ts";
import { isLoopback } from "../kit/loopback.ts";
import { ApiError } from "./api-error.ts";
import { clientAddress } from "./refusals.ts";
import type { Site } from "./site.ts";

/**
 * A hook that lets in who holds a Bearer key of this scope: 401 without a key, 403 with one that may not, 429 for a key that
 * asks too often, or an address that keeps asking without one. `admin` may everything.
 */
export function requireScope({ parts, rates }: Pick<Site, "parts" | "rates">, scope: Scope) {
  // A proxy on this machine may hide that a request came from outside: nginx does, as it comes.
  const open = parts.openOnLoopback && (parts.publicUrl === undefined || isLoopback(hostOf(parts.publicUrl)));
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (open && isLocal(request)) return;
    const sent = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const key = sent === undefined ? undefined : keyOf(parts.keys, sent);
    const address = clientAddress(request, parts.trustProxy.length > 0) ?? "behind a proxy";
    limit(rates.take(key ? `key ${key.name}` : `address ${address}`), reply);
    if (!key) {
      void reply.header("www-authenticate", "Bearer");
      throw new ApiError(401, whyUnknown(parts.keys, sent));
    }
    if (key.scopes.includes(scope) || key.scopes.includes("admin")) return;
    const has = key.scopes.join(", ");
    throw new ApiError(403, `this needs a key with the scope ${scope}; the key "${key.name}" has ${has}`, {
      needed: scope,
      scopes: key.scopes,
    });
  };
}

function whyUnknown(keys: readonly AccessKey[], sent: string | undefined): string {
  if (keys.length === 0) return "this gateway has no keys: set API_KEYS";
  return sent === undefined ? "a key is needed: send Authorization: Bearer <key>" : "this key is not known here";
}

function limit({ granted, ...rate }: ReturnType<Site["rates"]["take"]>, reply: FastifyReply): void {
  void reply
    .header("ratelimit-limit", rate.limit)
    .header("ratelimit-remaining", rate.remaining)
    .header("ratelimit-reset", seconds(rate.fullMs));
  if (granted) return;
  void reply.header("retry-after", seconds(rate.retryMs));
  throw new ApiError(429, `${rate.limit} requests a minute are allowed; ask again in ${seconds(rate.retryMs)} s`);
}

const seconds = (ms: number): number => Math.ceil(ms / 1000);

/** Every key is compared, in constant time, so that the time taken tells nothing. */
function keyOf(keys: readonly AccessKey[], sent: string): AccessKey | undefined {
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
