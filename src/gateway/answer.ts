import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AfterCall, Answer } from "../carrier/carrier.ts";
import { deadline } from "../kit/clock.ts";
import type { CarrierName } from "../record/record.ts";
import { errorBody } from "./api-error.ts";
import { type CarrierRoutes, ROUTES } from "./carriers.ts";
import type { Admission } from "./live-calls.ts";
import { placedCall } from "./outbound.ts";
import type { Site } from "./site.ts";
import { type Admitted, admitted, refuse } from "./webhook.ts";

/** A carrier rings: it is told where to open its media stream, or that we are busy. */
export function answerRoutes(app: FastifyInstance, site: Site): void {
  for (const routes of ROUTES) {
    if (routes.ring === undefined) continue;
    app.route({
      method: ["GET", "POST"],
      url: routes.ring,
      handler: async (request, reply) => {
        const askedAt = site.parts.clock.now();
        await ring(site, routes, request, reply);
        site.parts.meter.observe("webhook_ms", site.parts.clock.now() - askedAt, { carrier: routes.name });
        return reply;
      },
    });
    if (routes.connect) {
      app.route({
        method: ["GET", "POST"],
        url: routes.connect,
        handler: async (request, reply) => {
          const from = admitted(site, routes, request, reply);
          if (from) connect(site, from, reply);
          return reply;
        },
      });
    }
    if (routes.afterStream) {
      app.route({
        method: ["GET", "POST"],
        url: routes.afterStream,
        handler: async (request, reply) => {
          const from = admitted(site, routes, request, reply);
          if (from) await bye(site, from, reply);
          return reply;
        },
      });
    }
  }
}

async function ring(site: Site, routes: CarrierRoutes, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { calls, parts, publicUrl } = site;
  const from = admitted(site, routes, request, reply);
  if (!from) return;
  const placed = placedCall(request);
  await calls.dialled(placed);
  const { dialect } = from.carrier;
  const ring = dialect.ring(from.webhook.params);
  if ("kind" in ring) return refuse(site, routes, request, reply, 400, ring.why);

  const media = publicUrl().replace(/^http/, "ws") + routes.media;
  // One of ours that we gave up while the carrier placed it all the same is nobody's any more, and no caller's.
  const lost = placed !== "" && !calls.find(dialect.name, ring.carrierCallId);
  const admission: Admission = lost
    ? { kind: "over" }
    : calls.ring(from.carrier, ring, (call, ticket) => dialect.answer(`${media}/${ticket}`, routes.streamParams(call)));
  parts.meter.count("rings", { carrier: routes.name, answer: admission.kind });
  switch (admission.kind) {
    case "admitted":
      return send(reply, 200, admission.answer);
    case "over":
      send(reply, 200, dialect.afterStream(calls.afterwards(dialect.name, ring.carrierCallId).next));
      return;
    case "busy":
      parts.log.warn({ carrier: routes.name, why: admission.why }, "a call was turned away");
      return send(reply, routes.busyStatus, dialect.busy());
    default:
      return admission satisfies never;
  }
}

/** The flow goes on with whom the caller was transferred to; of any other caller it is told that there is nobody. */
function connect(site: Site, { carrier: { dialect }, webhook }: Admitted, reply: FastifyReply): void {
  const about = dialect.ring(webhook.params);
  const next = "kind" in about ? HANG_UP : site.calls.afterwards(dialect.name, about.carrierCallId).next;
  if (next.kind !== "dial" || !dialect.transfer)
    return void reply.code(404).send(errorBody(404, "the caller is not transferred"));
  send(reply, 200, dialect.transfer(next));
}

/** Carriers wait for 15 s or so. */
const ASK_MS = 8000;
const READS_TWIML: readonly CarrierName[] = ["twilio", "telnyx", "signalwire"];
const HANG_UP: AfterCall = { kind: "hang-up" };

/**
 * The stream is over, or will not come: what the caller was promised happens, or what the application that spoke with them says.
 * Who has heard nothing yet is told at least that.
 */
async function bye(site: Site, { carrier: { dialect }, webhook }: Admitted, reply: FastifyReply): Promise<void> {
  const about = dialect.ring(webhook.params);
  if ("kind" in about) return send(reply, 200, dialect.afterStream(HANG_UP));
  const { next, application } = site.calls.afterwards(dialect.name, about.carrierCallId);
  const said = application && (await site.parts.askApplication(application.url, application.end, deadline(ASK_MS)));
  // The application speaks TwiML, as those who call it do.
  const isRead = said !== undefined && READS_TWIML.includes(dialect.name);
  send(reply, 200, isRead ? { contentType: "text/xml", body: said } : dialect.afterStream(next));
}

function send(reply: FastifyReply, status: number, answer: Answer): void {
  if (status === 503) reply.header("retry-after", "30");
  reply.code(status).header("content-type", answer.contentType).send(answer.body);
}
