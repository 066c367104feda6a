import { z } from "zod";
import type { CommandResult } from "../jobs/jobs.ts";
import { ProviderError } from "../kit/provider-error.ts";
import type { CallId } from "../record/record.ts";
import { ApiError } from "./api-error.ts";
import { callParams, carrier, phoneNumber, spokenText } from "./call-schema.ts";
import { callOf } from "./calls.ts";
import {
  type Command,
  carryOut,
  command,
  digitsFields,
  eventFields,
  hangUpFields,
  messageFields,
  sayFields,
  voiceFields,
} from "./commands.ts";
import { IDEMPOTENCY, IDEMPOTENCY_ERRORS, Idempotency } from "./idempotency.ts";
import type { LiveCall } from "./live-call.ts";
import { refusal } from "./obeyed.ts";
import { type Operation, operation } from "./operation.ts";
import { place } from "./outbound.ts";
import type { Site } from "./site.ts";
import { transferSchema } from "./transfers.ts";

const taken = z.object({ taken: z.literal(true).describe("It is done when its turn comes") });

const dialFields = z.strictObject({
  to: phoneNumber.describe("Who is called"),
  from: phoneNumber.describe("A number of yours at the carrier"),
  carrier: carrier.default("twilio"),
  agent: z.string().trim().min(1).max(200).optional().describe("Who speaks, by name; the agent of `from` unless said"),
  greeting: spokenText.optional().describe("Said once they have said hello; the agent's own unless said"),
  ring_seconds: z.int().min(5).max(120).default(30),
  hello_seconds: z
    .number()
    .min(0.5)
    .max(10)
    .default(2.5)
    .describe("How long they may take to say hello before the agent speaks"),
  machine: z
    .strictObject({
      detect: z.boolean().default(true).describe("The carrier listens too; our own ear always does"),
      message: spokenText.optional().describe("Left after its greeting; without it the call ends"),
    })
    .prefault({}),
  params: z
    .record(z.string().max(60), z.string().max(500))
    .optional()
    .describe("For the dialog, as a relay's `customParameters`"),
});

const dialled = z.object({
  id: callParams.shape.id,
  carrier,
  carrier_call_id: z.string(),
  status: z.literal("ringing"),
});

const GONE = "The call is over, nobody is on the line yet, or this cannot be done with it: the message says which";
const ERRORS = {
  409: GONE,
  503: "The database does not answer",
  504: "The process that has the call did not answer: it may or may not have been done",
};

/** Places calls, and steers those that are up, wherever they are. */
export function controlOperations(site: Site): readonly Operation[] {
  const steer = { method: "POST", scope: "control", params: callParams, errors: ERRORS, status: 202 } as const;
  const answer = { description: "It was taken", schema: taken };
  const once = new Idempotency<z.output<typeof dialled>>(site.parts.clock);
  const told = async (id: string, what: Command): Promise<z.output<typeof taken>> => {
    const outcome = await tell(site, id, what);
    if (!outcome.ok) throw new ApiError(outcome.status, outcome.message);
    return { taken: true };
  };
  return [
    operation({
      id: "placeCall",
      method: "POST",
      path: "/v1/calls",
      scope: "control",
      summary: "Calls somebody",
      description:
        "They are let say hello first. Answers as soon as the carrier has taken the call; `/v1/events` and `/v1/calls/{id}` tell how it " +
        `goes. ${IDEMPOTENCY}`,
      body: dialFields,
      status: 201,
      answer: { description: "It is ringing", schema: dialled },
      errors: {
        ...IDEMPOTENCY_ERRORS,
        409: "This carrier cannot be dialled through, or the `Idempotency-Key` was used with another body",
        502: "The carrier refused, and why",
        503: "There is no room for another call",
      },
      run: ({ body, request, reply }) => once.answer(request, reply, () => ring(site, body)),
    }),
    operation({
      ...steer,
      id: "sayInCall",
      path: "/v1/calls/{id}/say",
      summary: "The agent says this to the caller",
      body: sayFields,
      answer,
      run: ({ params, body }) => told(params.id, { do: "say", ...body }),
    }),
    operation({
      ...steer,
      id: "messageDialog",
      path: "/v1/calls/{id}/messages",
      summary: "Tells the dialog something that the caller does not hear, and lets it go on",
      body: messageFields,
      answer,
      run: ({ params, body }) => told(params.id, { do: "message", ...body }),
    }),
    operation({
      ...steer,
      id: "sendEvent",
      path: "/v1/calls/{id}/events",
      summary: "Sends an event of yours to the page that the call comes from",
      body: eventFields,
      answer,
      run: ({ params, body }) => told(params.id, { do: "event", ...body }),
    }),
    operation({
      ...steer,
      id: "sendDigits",
      path: "/v1/calls/{id}/digits",
      summary: "Presses keys, as tones",
      body: digitsFields,
      answer,
      run: ({ params, body }) => told(params.id, { do: "digits", ...body }),
    }),
    operation({
      ...steer,
      id: "transferCall",
      path: "/v1/calls/{id}/transfer",
      summary: "Gives the caller to somebody else",
      description:
        "`cold`: what the carrier does when our stream is over (Twilio and those like it dial; with Exotel the flow's next step asks `/exotel/connect`); to a softphone only with Twilio. `warm`: they are rung and told first; nothing changes for the " +
        "caller if they do not answer, and they are hung up on if the caller leaves.",
      body: transferSchema,
      answer,
      run: ({ params, body }) => told(params.id, { do: "transfer", ...body }),
    }),
    operation({
      ...steer,
      id: "hangUpCall",
      path: "/v1/calls/{id}/hang-up",
      summary: "Ends the call",
      body: hangUpFields,
      answer,
      run: ({ params, body }) => told(params.id, { do: "hang-up", ...body }),
    }),
    operation({
      ...steer,
      id: "pauseRecording",
      path: "/v1/calls/{id}/recording/pause",
      summary: "What is said from now on is not recorded",
      answer,
      run: ({ params }) => told(params.id, { do: "record", recording: false }),
    }),
    operation({
      ...steer,
      id: "resumeRecording",
      path: "/v1/calls/{id}/recording/resume",
      summary: "What is said from now on is recorded again",
      answer,
      run: ({ params }) => told(params.id, { do: "record", recording: true }),
    }),
    operation({
      ...steer,
      id: "changeVoice",
      method: "PATCH",
      path: "/v1/calls/{id}",
      summary: "Another voice or language from the next sentence on",
      body: voiceFields,
      answer,
      run: ({ params, body }) => told(params.id, { do: "voice", ...body }),
    }),
  ];
}

/** Here, or on the process that has the call. Throws an `ApiError` for a call that is nowhere. */
export async function tell(site: Site, id: string, what: Command): Promise<CommandResult> {
  const here = site.calls.byId(id);
  if (here) return carryOut(site, here, what);
  const known = await callOf(site, id);
  if (known.status === "ended") throw new ApiError(409, "the call is over");
  const answer = await site.parts.relay.ask({ callId: id as CallId, what });
  if (answer === "nobody") throw new ApiError(409, "no process has this call any more");
  return answer;
}

/** Commands from other processes, to calls of this one. */
export function serveCommands(site: Site): void {
  site.parts.relay.serve((id) => {
    const call = site.calls.byId(id);
    return call && ((what) => Promise.resolve(carryOutSent(site, call, what)));
  });
}

function carryOutSent(site: Site, call: LiveCall, what: unknown): CommandResult {
  const told = command.safeParse(what);
  if (told.success) return carryOut(site, call, told.data);
  return refusal(501, "the process that has the call is of another version, and does not know this command");
}

async function ring(site: Site, { to, from, machine, ...wanted }: z.output<typeof dialFields>) {
  const { agents, log } = site.parts;
  const at = site.carrier(wanted.carrier);
  if (!at) throw new ApiError(409, `${wanted.carrier} is not set up`);
  const agent = wanted.agent === undefined ? agents.forNumber(from) : agents.named(wanted.agent);
  if (!agent) throw new ApiError(422, `agent: there is none of this name`);
  const outbound = {
    helloMs: wanted.hello_seconds * 1000,
    ...(machine.message !== undefined && { message: machine.message }),
  };
  const speaks = { ...agent, outbound, ...(wanted.greeting !== undefined && { greeting: wanted.greeting }) };
  try {
    const call = await place(site, {
      ...{ carrier: at, to, from, agent: speaks, ringSeconds: wanted.ring_seconds, detectMachines: machine.detect },
      ...(wanted.params && { params: wanted.params }),
    });
    return { id: call.id, carrier: wanted.carrier, carrier_call_id: call.carrierCallId, status: "ringing" as const };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    log.warn({ err: error, carrier: wanted.carrier }, "a call could not be placed");
    throw new ApiError(502, `${wanted.carrier} did not take the call: ${error.message}`, {
      retryable: error.retryable,
    });
  }
}
