import { parse } from "node:querystring";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Verdict, WebhookRequest } from "../carrier/carrier.ts";
import { errorBody } from "./api-error.ts";
import type { Carrier, CarrierRoutes } from "./carriers.ts";
import { clientAddress } from "./refusals.ts";
import type { Site } from "./site.ts";

/**
 * A request as its sender meant it. The URL is made of the configured origin and the raw target: `Host` and `X-Forwarded-*`
 * are the sender's to choose and take no part.
 */
export function webhookRequest(request: FastifyRequest, publicUrl: string): WebhookRequest {
  const target = request.raw.url ?? "/";
  const query = target.indexOf("?");
  return {
    method: request.method,
    url: publicUrl + target,
    headers: request.headers,
    params: request.method === "GET" ? parseForm(query < 0 ? "" : target.slice(query + 1)) : flatten(request.body),
    form: sentForm(request.body),
    remoteAddress: request.ip,
  };
}

/** Names stay as they were sent, brackets and all, since signatures are made over them; a repeated name gives an array. */
export function parseForm(text: string): WebhookRequest["params"] {
  return flatten(parse(text));
}

/** Texts of the forms whose fields are still in use. */
const FORMS = new WeakMap<object, string>();

/** As `parseForm`, and the text can be asked for again: `webhookRequest` hands it on. */
export function parseBody(text: string): WebhookRequest["params"] {
  const fields = parseForm(text);
  FORMS.set(fields, text);
  return fields;
}

const sentForm = (body: unknown): string => (typeof body === "object" && body !== null && FORMS.get(body)) || "";

/** The fields of a body; what is no text, number or boolean, nor a list of these, is left out. */
function flatten(body: unknown): WebhookRequest["params"] {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return {};
  const fields: [string, string | string[]][] = [];
  for (const [name, value] of Object.entries(body)) {
    if (Array.isArray(value)) fields.push([name, value.filter(isPlain).map(String)]);
    else if (isPlain(value)) fields.push([name, String(value)]);
  }
  return Object.fromEntries(fields);
}

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

export type Admitted = { readonly carrier: Carrier; readonly webhook: WebhookRequest };

/** The carrier and its request, when it is really theirs; otherwise the refusal has been sent. */
export function admitted(
  site: Site,
  routes: CarrierRoutes,
  request: FastifyRequest,
  reply: FastifyReply,
): Admitted | undefined {
  const carrier = site.carrier(routes.name);
  const webhook = webhookRequest(request, site.publicUrl());
  const verdict: Verdict = carrier
    ? carrier.dialect.admitWebhook(webhook)
    : { ok: false, status: 503, why: "this carrier is not set up" };
  if (carrier && verdict.ok) return { carrier, webhook };
  if (!verdict.ok) refuse(site, routes, request, reply, verdict.status, verdict.why);
  return undefined;
}

/** Says no, and counts it; the log tells of the first only. `why` names no secret and no person. */
export function refuse(
  site: Site,
  routes: CarrierRoutes,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  why: string,
): void {
  const { meter, log, trustProxy } = site.parts;
  meter.count("requests_refused", { carrier: routes.name, status: String(status) });
  const tells = site.refusals.note(clientAddress(request, trustProxy.length > 0));
  if (tells)
    log.warn({ carrier: routes.name, status, why }, "a carrier's request was refused; others like it are counted");
  if (status === 401 && routes.challenge) reply.header("www-authenticate", routes.challenge);
  if (status === 503) reply.header("retry-after", "30");
  reply.code(status).send(errorBody(status, why));
}
