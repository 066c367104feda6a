import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Answer } from "../carrier/carrier.ts";
import { type CarrierRoutes, ROUTES } from "./carriers.ts";
import type { Site } from "./site.ts";
import { type Admitted, admitted, refuse } from "./webhook.ts";

/** A carrier rings: it is told where to open its media stream, or that we are busy. */
export function answerRoutes(app: FastifyInstance, site: Site): void {
  for (const routes of ROUTES) {
    app.route({
      method: ["GET", "POST"],
      url: routes.ring,
      handler: async (request, reply) => {
        const askedAt = site.parts.clock.now();
        ring(site, routes, request, reply);
        site.parts.meter.observe("webhook_ms", site.parts.clock.now() - askedAt, { carrier: routes.name });
        return reply;
      },
    });
    if (routes.afterStream) {
      app.route({
        method: ["GET", "POST"],
        url: routes.afterStream,
        handler: async (request, reply) => {
          const from = admitted(site, routes, request, reply);
          if (from) bye(site, from, reply);
          return reply;
        },
      });
    }
  }
}

function ring(site: Site, routes: CarrierRoutes, request: FastifyRequest, reply: FastifyReply): void {
  const { calls, parts, publicUrl } = site;
  const from = admitted(site, routes, request, reply);
  if (!from) return;
  const { dialect } = from.carrier;
  const ring = dialect.ring(from.webhook.params);
  if ("kind" in ring) return refuse(site, routes, request, reply, 400, ring.why);

  const media = publicUrl().replace(/^http/, "ws") + routes.media;
  const admission = calls.ring(from.carrier, ring, (call, ticket) =>
    dialect.answer(`${media}/${ticket}`, routes.streamParams(call)),
  );
  parts.meter.count("rings", { carrier: routes.name, answer: admission.kind });
  switch (admission.kind) {
    case "admitted":
      return send(reply, 200, admission.answer);
    case "over":
      return bye(site, from, reply);
    case "busy":
      parts.log.warn({ carrier: routes.name, why: admission.why }, "a call was turned away");
      return send(reply, routes.busyStatus, dialect.busy());
    default:
      return admission satisfies never;
  }
}

/** The stream is over, or will not come: who has heard nothing yet is told at least that. */
function bye(site: Site, { carrier: { dialect }, webhook }: Admitted, reply: FastifyReply): void {
  const about = dialect.ring(webhook.params);
  const owed = !("kind" in about) && site.calls.owesWords(dialect.name, about.carrierCallId);
  send(reply, 200, dialect.afterStream(owed));
}

function send(reply: FastifyReply, status: number, answer: Answer): void {
  if (status === 503) reply.header("retry-after", "30");
  reply.code(status).header("content-type", answer.contentType).send(answer.body);
}
