import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type CarrierRoutes, machinePath, ROUTES } from "./carriers.ts";
import { placedCall } from "./outbound.ts";
import type { Site } from "./site.ts";
import { admitted, refuse } from "./webhook.ts";

/** The socket's own goodbye is usually on its way and says more. */
const GRACE_MS = 2_000;

/** A carrier reports how a call or its stream goes. What it says of calls that are over, or not ours, changes nothing. */
export function statusRoutes(app: FastifyInstance, site: Site): void {
  for (const routes of ROUTES) {
    const told = [
      ...routes.status.map((url) => ({ url, tell: report })),
      ...(routes.ring === undefined ? [] : [{ url: machinePath(routes.name), tell: answeredBy }]),
    ];
    for (const { url, tell } of told) {
      app.route({
        method: ["GET", "POST"],
        url,
        handler: async (request, reply) => {
          await tell(site, routes, request, reply);
          return reply;
        },
      });
    }
  }
}

/** Who took a call of ours, by the carrier's ear. */
function answeredBy(site: Site, routes: CarrierRoutes, request: FastifyRequest, reply: FastifyReply): void {
  const from = admitted(site, routes, request, reply);
  if (!from) return;
  const report = from.carrier.dialect.machine(from.webhook.params);
  if ("kind" in report) return refuse(site, routes, request, reply, 400, report.why);
  const { answeredBy: who, carrierCallId } = report;
  site.parts.meter.count("calls_answered_by", { carrier: routes.name, who });
  const call = site.calls.find(routes.name, carrierCallId);
  if (who !== "unknown") call?.order({ do: "answered-by", who: who === "human" ? "human" : "machine" });
  reply.code(204).send();
}

async function report(site: Site, routes: CarrierRoutes, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const from = admitted(site, routes, request, reply);
  if (!from) return;
  await site.calls.dialled(placedCall(request));
  const report = from.carrier.dialect.report(from.webhook.params);
  if ("kind" in report) return refuse(site, routes, request, reply, 400, report.why);
  const call = report.over ? site.calls.find(routes.name, report.carrierCallId) : undefined;
  // Of the call: its stream has been over for a while.
  if (report.over && report.state !== undefined) site.departures.left(routes.name, report.carrierCallId);
  if (call) site.parts.clock.after(GRACE_MS, () => call.reportedOver(report.status));
  reply.code(204).send();
}
