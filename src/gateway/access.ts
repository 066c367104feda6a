import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type AccessKey, SCOPES, type Scope } from "../kit/access-key.ts";
import { isLoopback } from "../kit/loopback.ts";
import { ApiError } from "./api-error.ts";
import { askerOf, demandOwnPage, isDriving } from "./own-page.ts";
import { clientAddress } from "./refusals.ts";
import type { Site } from "./site.ts";

export const SESSION_COOKIE = "durvani_session";
/** How long somebody who has logged out may still be shown something. */
const LOGIN_LOOK_MS = 10_000;

/** Who asks, and what they may. `open`: nobody was asked for a key. */
type Caller = Pick<AccessKey, "name" | "scopes"> & { readonly open: boolean };

type Door = Pick<Site, "parts" | "rates" | "logins" | "publicUrl">;

/** A hook that lets in whom `callerOf` finds to hold this scope, and answers others 403. `admin` may everything. */
export function requireScope(site: Door, scope: Scope) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { name, scopes } = callerOf(site, request, reply);
    if (scopes.includes(scope) || scopes.includes("admin")) return;
    throw new ApiError(403, `this needs a key with the scope ${scope}; the key "${name}" has ${scopes.join(", ")}`, {
      needed: scope,
      scopes,
    });
  };
}

/**
 * Who sends a Bearer key, or the cookie of a login. Throws an `ApiError`: 401 without either, 403 where somebody else's page drives
 * a browser that has it, 429 for a key that asks too often, or an address that keeps asking without one.
 */
export function callerOf(site: Door, request: FastifyRequest, reply: FastifyReply): Caller {
  if (isOpenTo(request, site)) return { name: "this machine", scopes: SCOPES, open: true };
  const { keys } = site.parts;
  const sent = bearerOf(request);
  const key = sent === undefined ? loggedIn(site, request) : keyOf(keys, sent);
  if (key && sent === undefined && isDriving(request)) demandOwnPage(request, site, "never");
  const told = sent === undefined ? "a key is needed: send Authorization: Bearer <key>" : undefined;
  return { ...known(site, request, reply, key, told), open: false };
}

/**
 * Of what goes on after its request: calls `over`, soon and once, when the login that let it in has ended; while it goes on it counts
 * as use. Nothing is done for whom something else let in. Returns how to watch no more.
 */
export function watchLogin(site: Door, request: FastifyRequest, over: () => void): () => void {
  const isIn = (): boolean => bearerOf(request) === undefined && loggedIn(site, request) !== undefined;
  let cancel = (): void => {};
  const watch = (): void => {
    cancel = site.parts.clock.after(LOGIN_LOOK_MS, () => (isIn() ? watch() : over()));
  };
  if (isIn()) watch();
  return () => cancel();
}

const bearerOf = ({ headers }: FastifyRequest): string | undefined =>
  /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];

/** The key that was sent in a body; as `callerOf`. */
export const holderOf = (site: Door, request: FastifyRequest, reply: FastifyReply, sent: string): AccessKey =>
  known(site, request, reply, keyOf(site.parts.keys, sent));

function known(
  { parts, rates }: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  key: AccessKey | undefined,
  why = "this key is not known here",
): AccessKey {
  const address = clientAddress(request, parts.trustProxy.length > 0) ?? "behind a proxy";
  limit(rates.take(key ? `key ${key.name}` : `address ${address}`), reply);
  if (key) return key;
  void reply.header("www-authenticate", "Bearer");
  throw new ApiError(401, parts.keys.length === 0 ? "this gateway has no keys: set API_KEYS" : why);
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

/** The key behind the cookie. */
function loggedIn({ parts, logins }: Door, { cookies }: FastifyRequest): AccessKey | undefined {
  const token = cookies[SESSION_COOKIE];
  const name = token === undefined ? undefined : logins.use(token);
  return parts.keys.find((key) => key.name === name);
}

/**
 * Demo mode asks this machine for no key. A foreign page in a local browser does not count as this machine, unless it comes from
 * here and CORS_ORIGINS names it; it is told so, 403, when it would do something.
 */
function isOpenTo(request: FastifyRequest, site: Door): boolean {
  const { openOnLoopback, publicUrl, corsOrigins } = site.parts;
  // A proxy on this machine may hide that a request came from outside: nginx does, as it comes.
  if (!openOnLoopback || !(publicUrl === undefined || isLoopback(hostOf(publicUrl)))) return false;
  if (!isLocal(request)) return false;
  const { origin = "" } = request.headers;
  if (corsOrigins.includes(origin) && isLoopback(hostOf(origin))) return true;
  if (isDriving(request)) demandOwnPage(request, site, "too");
  return askerOf(request, site.publicUrl()) !== "foreign-page";
}

/**
 * From this machine to this machine, by a name that means it. A tunnel or proxy forwards from loopback too, but says so or
 * keeps the outer `Host`, as does a page whose name was made to lead here.
 */
function isLocal({ headers, socket }: FastifyRequest): boolean {
  if (headers["x-forwarded-for"] !== undefined || headers["forwarded"] !== undefined) return false;
  return isLoopback(socket.remoteAddress ?? "") && isLoopback(hostOf(`http://${headers.host}`));
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : "");
