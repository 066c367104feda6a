import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errorBody } from "./api-error.ts";
import { type Carrier, type CarrierRoutes, ROUTES } from "./carriers.ts";
import { LiveCall } from "./live-call.ts";
import { type LineOwner, MediaLine, type MediaSocket } from "./media-line.ts";
import { clientAddress } from "./refusals.ts";
import type { Site } from "./site.ts";
import { refuse, webhookRequest } from "./webhook.ts";

/** Sockets without a ticket that may wait for their stream to begin at one time. */
const WAITING_LIMIT = 50;

/** The sockets that carry audio. Who has no business here is refused before the upgrade, when nothing has been opened for it. */
export function mediaRoutes(app: FastifyInstance, site: Site): void {
  for (const routes of ROUTES) {
    ticketRoute(app, site, routes);
    if (routes.mediaWithoutTicket) plainRoute(app, site, routes, routes.mediaWithoutTicket);
  }
}

function ticketRoute(app: FastifyInstance, site: Site, routes: CarrierRoutes): void {
  const redeemed = new WeakMap<FastifyRequest, LiveCall>();
  app.get<{ Params: { ticket: string } }>(
    `${routes.media}/:ticket`,
    {
      websocket: true,
      preValidation: async (request, reply) => {
        if (!request.ws) return notASocket(reply);
        const call = await admittedByTicket(site, routes, request, reply);
        if (!call) return reply;
        redeemed.set(request, call);
      },
    },
    (socket, request) => {
      const call = redeemed.get(request);
      if (!call) throw new Error("an upgrade without a redeemed ticket");
      open(site, call.carrier, socket, ticketHolder(call));
    },
  );
}

/** Whose call the ticket in the address opens, which is used up; otherwise the refusal has been sent. */
export async function admittedByTicket(
  site: Site,
  routes: CarrierRoutes,
  request: FastifyRequest<{ Params: { ticket: string } }>,
  reply: FastifyReply,
): Promise<LiveCall | undefined> {
  const { ticket } = request.params;
  const away = (why: string): undefined => turnAway(site, routes, request, reply, why);
  const call = await holder(site, ticket);
  if (call?.carrier.dialect.name !== routes.name) return away("no good ticket");
  const verdict = call.carrier.dialect.admitUpgrade(webhookRequest(request, site.publicUrl()));
  if (!verdict.ok) return away(verdict.why);
  if (!verdict.signed) site.parts.meter.count("upgrades_unsigned", { carrier: routes.name });
  // Somebody else may have come with it while we waited to learn whose it is.
  return site.calls.tickets.redeem(ticket) ? call : away("no good ticket");
}

/** Whose ticket it is; of a call that is still being placed, once that is known. */
async function holder(site: Site, ticket: string): Promise<LiveCall | undefined> {
  try {
    return await site.calls.tickets.look(ticket);
  } catch {
    return undefined; // it could not be placed, and whoever wanted it was told
  }
}

/** Where the carrier's own credentials are its ticket. The call begins when the stream says which call it is. */
function plainRoute(app: FastifyInstance, site: Site, routes: CarrierRoutes, path: string): void {
  let waiting = 0;
  app.get(
    path,
    {
      websocket: true,
      preValidation: async (request, reply) => {
        if (!request.ws) return notASocket(reply);
        const verdict = site.carrier(routes.name)?.dialect.admitUpgrade(webhookRequest(request, site.publicUrl()));
        if (!verdict?.ok || !verdict.signed) {
          turnAway(site, routes, request, reply, "credentials missing or wrong");
          return reply;
        }
        if (site.calls.draining || waiting >= WAITING_LIMIT) {
          refuse(
            site,
            routes,
            request,
            reply,
            503,
            site.calls.draining ? "draining" : "too many streams have not begun",
          );
          return reply;
        }
      },
    },
    (socket) => {
      const carrier = site.carrier(routes.name);
      if (!carrier) throw new Error("an upgrade for a carrier that is not set up");
      waiting++;
      open(site, carrier, socket, (line) => streamHolder(site, carrier, line, () => waiting--));
    },
  );
}

export function open(
  site: Site,
  carrier: Carrier,
  socket: MediaSocket,
  owner: (line: () => MediaLine) => LineOwner,
): void {
  const { clock, meter, log } = site.parts;
  const line: MediaLine = new MediaLine(
    socket,
    carrier.dialect,
    { clock, meter, log },
    owner(() => line),
  );
}

/** The owner of the line that this call's ticket opened. */
export function ticketHolder(call: LiveCall): (line: () => MediaLine) => LineOwner {
  return (line) => ({
    begin(started) {
      const { carrierCallId = call.carrierCallId } = started;
      if (carrierCallId !== call.carrierCallId) {
        call.neverConnected("the stream was of another call");
        return "another call's ticket";
      }
      return take(call, line());
    },
    neverBegan: (why) => call.neverConnected(why),
    broken: (error) => call.failed(error),
  });
}

function streamHolder(site: Site, carrier: Carrier, line: () => MediaLine, begun: () => void): LineOwner {
  let call: LiveCall | undefined;
  return {
    begin({ carrierCallId, params }) {
      begun();
      if (carrierCallId === undefined) return "it does not say of which call it is";
      const known = site.calls.find(carrier.dialect.name, carrierCallId);
      const ring = { carrierCallId, from: params["from"] ?? "", to: params["to"] ?? "" };
      const opened = known ?? site.calls.open({ carrier, ring, agent: site.parts.agents.forNumber(ring.to) });
      if (!(opened instanceof LiveCall)) return `no room: ${opened.why}`;
      if (!opened.connected) call = opened;
      return take(opened, line());
    },
    neverBegan: begun,
    broken: (error) => call?.failed(error),
  };
}

function take(call: LiveCall, line: MediaLine): string | undefined {
  if (call.over) return "the call is over";
  if (call.connected) return "the call has its stream";
  call.converse(line);
  return undefined;
}

function turnAway(
  site: Site,
  routes: CarrierRoutes,
  request: FastifyRequest,
  reply: FastifyReply,
  why: string,
): undefined {
  const address = clientAddress(request, site.parts.trustProxy.length > 0);
  const status = site.refusals.tooMany(address) ? 429 : 401;
  site.parts.meter.count("upgrades_refused", { carrier: routes.name });
  refuse(site, routes, request, reply, status, why);
}

export function notASocket(reply: FastifyReply): FastifyReply {
  return reply.code(426).header("upgrade", "websocket").send(errorBody(426, "this address takes WebSockets only"));
}
