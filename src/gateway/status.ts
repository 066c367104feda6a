import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type CarrierRoutes, ROUTES } from "./carriers.ts";
import type { Site } from "./site.ts";
import { admitted, refuse } from "./webhook.ts";

/** The socket's own goodbye is usually on its way and says more. */
const GRACE_MS = 2_000;

/** A carrier reports how a call or its stream goes. What it says of calls that are over, or not ours, changes nothing. */
export function statusRoutes(app: FastifyInstance, site: Site): void {
  for (const routes of ROUTES) {
    for (const url of routes.status) {
      app.route({
        method: ["GET", "POST"],
        url,
        handler: async (request, reply) => {
          report(site, routes, request, reply);
          return reply;
        },
      });
    }
  }
}

function report(site: Site, routes: CarrierRoutes, request: FastifyRequest, reply: FastifyReply): void {
  const from = admitted(site, routes, request, reply);
  if (!from) return;
  const report = from.carrier.dialect.report(from.webhook.params);
  if ("kind" in report) return refuse(site, routes, request, reply, 400, report.why);
  const call = report.over ? site.calls.find(routes.name, report.carrierCallId) : undefined;
  if (call) site.parts.clock.after(GRACE_MS, () => call.reportedOver(report.status));
  reply.code(204).send();
}
