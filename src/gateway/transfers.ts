import { z } from "zod";
import type { AgentProfile } from "../dialog/dialog.ts";
import type { CommandResult } from "../jobs/jobs.ts";
import { ProviderError } from "../kit/provider-error.ts";
import type { CallEnd } from "../record/record.ts";
import { ApiError } from "./api-error.ts";
import { phoneNumber, spokenText } from "./call-schema.ts";
import type { LiveCall } from "./live-call.ts";
import { DONE, refusal } from "./obeyed.ts";
import { place } from "./outbound.ts";
import type { Site } from "./site.ts";

const CLIENT = "client:";

export const transferSchema = z.strictObject({
  to: z
    .string()
    .trim()
    .regex(
      /^(\+?\d{8,15}|client:[A-Za-z0-9_.-]{1,64})$/,
      "must be a telephone number of 8 to 15 digits, with its country code, or `client:` and the identity of a softphone",
    )
    .describe("Who takes the caller: E.164, such as +919800000001, or a softphone, such as client:asha_1"),
  kind: z
    .enum(["cold", "warm"])
    .default("cold")
    .describe("`cold`: the caller is connected at once; `warm`: whoever takes them is rung and told first"),
  caller_id: phoneNumber.optional().describe("What their telephone shows; a number of yours. Needed for `warm`"),
  say: spokenText.optional().describe("Said to the caller before"),
  briefing: spokenText
    .optional()
    .describe("Said to whoever takes the caller, before they hear each other. Needed for `warm`"),
  ring_seconds: z.int().min(5).max(120).default(30),
});
type Transfer = z.output<typeof transferSchema>;

const COLD: CallEnd = { how: "transferred", detail: "to another telephone" };
const WARM: CallEnd = { how: "transferred", detail: "to somebody who was told" };
/** Whoever is rung may say hello first. */
const HELLO_MS = 2000;
/** After this the caller is where they were going, or has left. */
const MOVING_MS = 30_000;

/** The caller goes on with somebody else. What cannot be done at this carrier is refused before anybody is told anything. */
export function transferTo(site: Site, call: LiveCall, transfer: Transfer): CommandResult {
  if (call.over) return refused("the call is over");
  if (!call.connected) return refused("nobody is on the line yet");
  if (transfer.to.startsWith(CLIENT)) return toSoftphone(call, transfer);
  return transfer.kind === "cold" ? toTelephone(call, transfer) : toWhoIsTold(site, call, transfer);
}

function toSoftphone(call: LiveCall, { to, kind, say, ...transfer }: Transfer): CommandResult {
  const { handsOver, name } = call.carrier.dialect;
  if (!handsOver.includes("client")) return refused(`calls of ${name} cannot be transferred to a softphone`);
  if (kind === "warm") return refused("a softphone takes the caller at once: transfer to it with the kind cold");
  call.leaveTo({ kind: "client", identity: to.slice(CLIENT.length), ...ringing(transfer) }, COLD, say);
  return DONE;
}

function toTelephone(call: LiveCall, { to: number, say, ...transfer }: Transfer): CommandResult {
  const { handsOver, name, transfer: flowDials } = call.carrier.dialect;
  if (!handsOver.includes("dial") && !flowDials) return refused(`calls of ${name} cannot be transferred`);
  if (!handsOver.includes("dial") && call.direction === "outbound")
    return refused(`calls placed through ${name} cannot be transferred: no flow goes on when their stream is over`);
  call.leaveTo({ kind: "dial", number, ...ringing(transfer) }, COLD, say);
  return DONE;
}

const ringing = ({ caller_id: callerId, ring_seconds: ringSeconds }: Pick<Transfer, "caller_id" | "ring_seconds">) => ({
  ringSeconds,
  ...(callerId !== undefined && { callerId }),
});

function toWhoIsTold(site: Site, call: LiveCall, transfer: Transfer): CommandResult {
  const { handsOver, name } = call.carrier.dialect;
  const { caller_id: from, briefing } = transfer;
  if (!handsOver.includes("conference") || !call.carrier.dial)
    return refused(`warm transfers need a carrier that we can dial through and that has conferences; ${name} does not`);
  if (from === undefined || briefing === undefined) return refusal(422, "a warm transfer needs caller_id and briefing");
  const busy = site.calls.noRoom();
  if (busy) return refusal(503, `whoever takes the caller is rung, and there is no room for another call: ${busy}`);
  warm(site, call, { ...transfer, from, briefing }).catch((error: unknown) => {
    site.parts.log.error({ err: error, call: call.id }, "a warm transfer broke on our side");
  });
  return DONE;
}

const refused = (message: string): CommandResult => refusal(409, message);

type Warm = Transfer & { readonly from: string; readonly briefing: string };

/** Rings the other, tells them, and brings both together; a caller who leaves before takes it all back. */
async function warm(
  site: Site,
  call: LiveCall,
  { to, from, briefing, say, ring_seconds: ringSeconds }: Warm,
): Promise<void> {
  const { log } = site.parts;
  if (say !== undefined) call.order({ do: "say", text: say, interrupts: true, interruptible: "none" });
  let leg: LiveCall;
  try {
    leg = await place(site, {
      carrier: call.carrier,
      to,
      from,
      ringSeconds,
      agent: whoTells(call.agent),
      detectMachines: true,
    });
  } catch (error) {
    if (!(error instanceof ProviderError || error instanceof ApiError)) throw error;
    log.warn({ err: error, call: call.id }, "whom the caller was to be transferred to could not be rung");
    return notTransferred(call, "they could not be rung");
  }
  const room = { kind: "conference", room: call.id, startsOnEnter: true, endsOnExit: true } as const;
  leg.whenConnected(() => leg.leaveTo(room, WARM, briefing));
  const first = await Promise.race([call.ended.then(() => "caller" as const), leg.ended]);
  if (first === "caller") return leg.end({ how: "ended-by-request", detail: "the caller left before the transfer" });
  if (first.how !== "transferred") return notTransferred(call, `nobody took the call (${first.how})`);
  if (call.over) return hangUp(site, leg);
  call.leaveTo(room, WARM);
  // Between our streams and the room either may still leave, and nobody but us would tell whoever waits there.
  const stopWatching = [watch(site, call, leg), watch(site, leg, call)];
  site.parts.clock.after(MOVING_MS, () => {
    for (const stop of stopWatching) stop();
  });
}

/** If `one` leaves, the `other` is hung up on. */
function watch(site: Site, one: LiveCall, other: LiveCall): () => void {
  return site.departures.watch(one.carrier.dialect.name, one.carrierCallId, () => void hangUp(site, other));
}

/** Speaks only to tell what it is told to tell. */
const whoTells = (agent: AgentProfile): AgentProfile => {
  const { webhookUrl: _, outbound: __, actionUrl: ___, afterCall: ____, ...voice } = agent;
  return {
    ...voice,
    name: `${agent.name} (briefing)`,
    greeting: "",
    dialog: { async *reply() {} },
    recipe: null,
    outbound: { helloMs: HELLO_MS },
    limits: { maxDurationMs: 120_000, silenceMs: 0 },
  };
};

function notTransferred(call: LiveCall, why: string): void {
  call.order({ do: "message", text: `The transfer did not happen: ${why}. The caller is still with you.` });
}

/** Never rejects: there is nobody left who could do more. */
async function hangUp({ parts }: Site, { carrier, carrierCallId, id }: LiveCall): Promise<void> {
  try {
    await carrier.hangUp?.(carrierCallId);
  } catch (error) {
    parts.meter.count("hang_up_failures", { carrier: carrier.dialect.name });
    parts.log.warn({ err: error, call: id }, "whoever waits for a caller who has left was not hung up on");
  }
}
