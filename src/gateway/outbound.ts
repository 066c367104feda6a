import type { FastifyRequest } from "fastify";
import type { AgentProfile } from "../dialog/dialog.ts";
import type { CallId } from "../record/record.ts";
import { ApiError } from "./api-error.ts";
import { type Carrier, machinePath, ROUTES } from "./carriers.ts";
import { LiveCall } from "./live-call.ts";
import type { Site } from "./site.ts";

/** A call of ours. Numbers as the carrier takes them; every one takes E.164. */
export type Placing = {
  readonly carrier: Carrier;
  readonly to: string;
  /** A number of ours at this carrier. */
  readonly from: string;
  readonly agent: AgentProfile;
  readonly ringSeconds: number;
  /** The carrier listens for answering machines, beside our own ear. */
  readonly detectMachines: boolean;
  readonly params?: Readonly<Record<string, string>>;
};

/** The id that we gave a call of ours, in an address that its carrier asks. Empty for others. */
export const placedCall = ({ query }: FastifyRequest): string =>
  typeof query === "object" && query !== null && "call" in query ? String(query.call) : "";

/** Between the answer and the stream, beside the ringing. */
const CONNECT_MS = 60_000;

/**
 * Rings somebody. Resolves with the call as soon as the carrier has taken it, long before anybody answers. Rejects with `ApiError`
 * when there is no room, and with the carrier's `ProviderError`; then there is no call.
 */
export async function place(site: Site, placing: Placing): Promise<LiveCall> {
  const { carrier } = placing;
  if (!carrier.dial)
    throw new ApiError(409, `${carrier.dialect.name} cannot be dialled through: its REST credentials are not set`);
  const busy = site.calls.noRoom();
  if (busy) throw new ApiError(503, `no room for another call: ${busy}`);
  const id = site.parts.ids.id("call") as CallId;
  const waitMs = placing.ringSeconds * 1000 + CONNECT_MS;
  const ticket = site.parts.ids.secret();
  const placed = dial(site, placing, { id, ticket, waitMs });
  site.calls.tickets.issue(placed, waitMs, ticket);
  site.calls.dialling(id, placed);
  placed.catch(() => site.calls.tickets.revoke(ticket));
  return placed;
}

type Names = { readonly id: CallId; readonly ticket: string; readonly waitMs: number };

async function dial(site: Site, placing: Placing, { id, ticket, waitMs }: Names): Promise<LiveCall> {
  const { carrier, to, from, agent, ringSeconds, detectMachines, params } = placing;
  const { name, handsOver } = carrier.dialect;
  const routes = ROUTES.find((one) => one.name === name);
  if (routes?.ring === undefined || !carrier.dial) throw new Error("a call placed at a carrier that cannot place any");
  const origin = site.publicUrl();
  const { carrierCallId } = await carrier.dial({
    ...{ to, from, ringSeconds },
    answeredByMachine: detectMachines ? "detect" : "ignore",
    webhookUrl: `${origin}${routes.ring}?call=${id}`,
    statusUrl: `${origin}${routes.status[0]}?call=${id}`,
    machineUrl: `${origin}${machinePath(name)}`,
    streamUrl: `${origin.replace(/^http/, "ws")}${routes.media}/${ticket}`,
    customField: id,
    // Where the call may go on with somebody else, it is not ours to limit.
    ...(handsOver.length === 0 && { limitSeconds: Math.ceil(agent.limits.maxDurationMs / 1000) + 60 }),
  });
  const birth = { id, carrier, ring: { carrierCallId, from, to }, agent, waitMs, ticket };
  const call = site.calls.open({ ...birth, direction: "outbound", ...(params && { params }) });
  if (call instanceof LiveCall) return call;
  // We have begun to stop while the carrier thought, or it cannot be written down.
  await takeBack(site, carrier, carrierCallId);
  throw new ApiError(503, `no room for another call: ${call.why}`);
}

async function takeBack({ parts }: Site, carrier: Carrier, carrierCallId: string): Promise<void> {
  try {
    await carrier.hangUp?.(carrierCallId);
  } catch (error) {
    parts.log.warn({ err: error }, "a call that was placed, and then had no room, could not be taken back");
  }
}
