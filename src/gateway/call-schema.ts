import { z } from "zod";
import { CARRIERS, ENDINGS, REDACTIONS } from "../record/record.ts";
import { retranscriptionState, summary, translation, writeUp } from "./after-call-schema.ts";

/** How the API tells of calls. The names given by `meta` are those of the document's components. */

const ms = (what: string) => z.number().describe(`${what}; ms since the call began`);
export const moment = (what: string) => z.number().describe(`${what}; ms since 1970`);
const span = (what: string) => z.number().describe(`${what}; ms`).optional();

export const carrier = z.enum(CARRIERS);
export const ending = z.enum(ENDINGS);
export const callStatus = z.enum(["open", "ended"]);
export const callId = z.string().regex(/^call_[0-9a-z]{1,64}$/i, "no such call");
export const callParams = z.object({ id: callId.describe("The call's id") });

/** To be dialled. */
export const phoneNumber = z
  .string()
  .trim()
  .regex(/^\+?\d{8,15}$/, "must be a telephone number of 8 to 15 digits, with its country code")
  .describe("E.164, such as +919800000001");
/** To be said to somebody: about three minutes of it at the most. */
export const spokenText = z.string().trim().min(1).max(2500);

const end = z
  .object({
    how: ending,
    detail: z.string(),
    handoffData: z.string().describe("What the application gave whoever goes on with the caller").optional(),
  })
  .meta({ id: "CallEnd" });

const opening = {
  id: callId,
  carrier,
  carrierCallId: z.string().describe("The carrier's own id of the call"),
  from: z.string().describe("As the carrier wrote it"),
  to: z.string().describe("As the carrier wrote it; of a browser (`from` is `client:…`) only what its page claims"),
  agent: z.string(),
  language: z.string().describe("BCP 47"),
  openedAt: moment("When it rang"),
  direction: z.enum(["inbound", "outbound"]).describe("Inbound unless said").optional(),
};

export const callSummary = z
  .object({
    ...opening,
    status: callStatus,
    answeredAt: moment("When the media stream began").optional(),
    endedAt: moment("When it was over").optional(),
    end: end.optional(),
    recordingUrl: z.string().describe("An address, or a path of this API").optional(),
    voiceModel: z.string().describe("Of the agent's voice").optional(),
    redact: z.enum(REDACTIONS).describe("What is left out of all that is written of it").optional(),
    erasedAt: moment("When all that tells of somebody was erased").optional(),
  })
  .meta({ id: "CallSummary", description: "A call without what was said in it." });

export const turn = z
  .object({
    seq: z.number().describe("Counts from 1"),
    userText: z.string().describe("What the caller said; empty where the agent spoke unasked"),
    agentGenerated: z.string().describe("What the dialog answered"),
    agentSent: z.string().describe("What of it was sent to the carrier"),
    agentHeard: z.string().describe("What of it the caller heard, as the carrier's marks prove"),
    interrupted: z.boolean(),
    startedMs: ms("When the turn opened"),
    endedMs: ms("When its reply was over; absent while it runs").optional(),
    metrics: z
      .object({
        sttMs: span("End of the caller's speech to the final transcript"),
        dialogMs: span("The dialog asked to its first words"),
        ttsMs: span("The dialog's first words to the first sound sent"),
        firstAudioMs: span("Final transcript to the first sound sent"),
        userAudioMs: span("How long the caller spoke"),
        agentAudioMs: span("How much sound was sent"),
        agentCharacters: z
          .number()
          .describe("What the voice was given, where numbers are left out of the texts")
          .optional(),
      })
      .describe("Absent where the turn had no such moment"),
  })
  .meta({ id: "Turn", description: "What the caller said and what the agent answered." });

export const decision = z
  .object({
    atMs: ms("When"),
    what: z.string(),
    why: z.string(),
    inputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).describe("On what evidence"),
    limits: z.record(z.string(), z.number()).describe("What it was measured against, by its name in the policy"),
    otherwise: z.string().describe("What would have changed it; empty where nothing would"),
  })
  .meta({ id: "Decision", description: "One thing the gateway decided in the call." });

export const transcript = z
  .object({
    callId,
    language: z.string(),
    durationMs: z.number(),
    lines: z.array(
      z.object({
        by: z.enum(["caller", "agent"]),
        text: z.string(),
        atMs: ms("When it began"),
        cutShort: z.boolean(),
      }),
    ),
    metrics: z.object({
      turns: z.number(),
      interruptions: z.number(),
      firstAudioMsMedian: z.number().optional(),
      userAudioMs: z.number(),
      agentAudioMs: z.number(),
    }),
  })
  .meta({ id: "Transcript", description: "Lines in speaking order; the agent's are what was heard." });

export const call = z
  .object({
    ...callSummary.shape,
    turns: z.array(turn),
    decisions: z.array(decision),
    afterCall: writeUp.optional(),
    transcript: transcript.optional().describe("Once it is written, after the call"),
    summary: summary.optional(),
    translation: translation.optional(),
    retranscription: retranscriptionState.optional(),
  })
  .meta({ id: "Call" });

export const replyTimes = z
  .object({
    turn: z.number().describe("`seq` of its turn"),
    speechEndedMs: ms("When the caller stopped speaking").optional(),
    finalMs: ms("When the caller's words were final").optional(),
    firstWordsMs: ms("When the dialog gave its first words").optional(),
    firstSoundMs: ms("When the first sound was sent").optional(),
    soundEndedMs: ms("When the caller had heard the end of it, or cut it short").optional(),
    interrupted: z.boolean(),
  })
  .meta({ id: "ReplyTimes", description: "When the parts of one reply happened; what did not happen is absent." });

/** One message of `/v1/events`: the name and the JSON it comes with. */
export const liveEvent = z
  .discriminatedUnion("event", [
    z.object({ event: z.literal("snapshot"), data: z.object({ calls: z.array(callSummary) }) }),
    z.object({ event: z.literal("opened"), data: z.object({ id: callId, call: callSummary }) }),
    z.object({ event: z.literal("answered"), data: z.object({ id: callId, answeredAt: moment("When") }) }),
    z.object({ event: z.literal("turn"), data: z.object({ id: callId, turn }) }),
    z.object({
      event: z.literal("transcript"),
      data: z.object({
        id: callId,
        who: z.enum(["user", "agent"]),
        text: z.string(),
        final: z.boolean().describe("Otherwise it is so far, and gives way to the next of the same side"),
      }),
    }),
    z.object({
      event: z.literal("state"),
      data: z.object({ id: callId, state: z.enum(["listening", "thinking", "speaking"]) }),
    }),
    z.object({ event: z.literal("decision"), data: z.object({ id: callId, seq: z.number(), decision }) }),
    z.object({ event: z.literal("ended"), data: z.object({ id: callId, end, endedAt: moment("When") }) }),
  ])
  .meta({ id: "LiveEvent" });

export const error = z
  .object({
    error: z.object({
      code: z.string().describe("For programs; follows from the status"),
      message: z.string().describe("For people"),
      details: z
        .record(z.string(), z.unknown())
        .describe("Such as `fields`: each with its name and a message")
        .optional(),
    }),
  })
  .meta({ id: "Error" });
