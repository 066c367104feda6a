import { z } from "zod";
import { digitsComplaint } from "../audio/dtmf.ts";
import { type Order, voiceAfter } from "../call/call.ts";
import type { CommandResult } from "../jobs/jobs.ts";
import { LANGUAGES } from "../record/record.ts";
import { spokenText } from "./call-schema.ts";
import type { LiveCall } from "./live-call.ts";
import { DONE, refusal } from "./obeyed.ts";
import { sessionChange } from "./session-schema.ts";
import type { Site } from "./site.ts";
import { transferSchema, transferTo } from "./transfers.ts";

/** What a live call can be told, by the API of this process or of another. JSON on its way between the two. */

const digits = z.string().superRefine((text, context) => {
  const complaint = digitsComplaint(text);
  if (complaint !== undefined) context.addIssue(complaint);
});

export const sayFields = z.strictObject({
  text: spokenText,
  interrupt: z.boolean().default(false).describe("What is being said is broken off for it; otherwise it comes next"),
  interruptible: z
    .enum(["none", "dtmf", "speech", "any"])
    .default("any")
    .describe("What of the caller's may cut it short"),
});
export const messageFields = z.strictObject({ text: spokenText });
export const eventFields = z.strictObject({
  name: z.string().min(1).max(100),
  data: z.unknown().optional().describe("Any JSON"),
});
export const digitsFields = z.strictObject({
  digits: digits.describe("`0-9`, `A-D`, `#`, `*`; `w` is half a second of silence, `W` a whole one"),
});
export const hangUpFields = z.strictObject({ say: spokenText.optional().describe("The last words") });
export const recordingFields = z.strictObject({ recording: z.boolean() });
export const voiceFields = z
  .strictObject({
    language: z.enum(LANGUAGES).optional().describe("What the agent speaks from now on"),
    voice: z.string().trim().min(1).max(60).optional().describe("The speaker's name"),
    listens_for: z
      .enum([...LANGUAGES, "unknown"])
      .optional()
      .describe("What the ear expects; `unknown` to detect it"),
  })
  .refine((fields) => Object.keys(fields).length > 0, "names nothing to change");

export const command = z.discriminatedUnion("do", [
  sayFields.extend({ do: z.literal("say") }),
  messageFields.extend({ do: z.literal("message") }),
  eventFields.extend({ do: z.literal("event") }),
  digitsFields.extend({ do: z.literal("digits") }),
  hangUpFields.extend({ do: z.literal("hang-up") }),
  recordingFields.extend({ do: z.literal("record") }),
  voiceFields.safeExtend({ do: z.literal("voice") }),
  sessionChange.safeExtend({ do: z.literal("session") }),
  transferSchema.extend({ do: z.literal("transfer") }),
]);
export type Command = z.output<typeof command>;
type VoiceCommand = Extract<Command, { do: "voice" }>;

/** Tells the call, which is of this process. What was ordered is done when its turn comes: this says that it was taken. */
export function carryOut(site: Site, call: LiveCall, told: Command): CommandResult {
  switch (told.do) {
    case "say":
      return given(call, { do: "say", text: told.text, interrupts: told.interrupt, interruptible: told.interruptible });
    case "message":
      return given(call, { do: "message", text: told.text });
    case "digits":
      return given(call, { do: "digits", digits: told.digits });
    case "record":
      return site.parts.recordAudio
        ? given(call, { do: "record", on: told.recording })
        : refusal(409, "calls are not recorded here: see RECORD_CALLS");
    case "voice":
      return retune(site, call, told);
    case "hang-up": {
      const end = { how: "ended-by-request", detail: "the API was told to hang up" } as const;
      return given(call, { do: "end", end, ...(told.say !== undefined && { say: told.say }) });
    }
    case "event":
      return call.tell(told.name, told.data ?? null)
        ? DONE
        : refusal(409, "this call leads to no screen: it has a telephone line");
    case "session":
      return site.sessions.change(call, told);
    case "transfer":
      return transferTo(site, call, told);
    default:
      return told satisfies never;
  }
}

/** A voice that cannot speak would be found out only by the caller, in silence. */
function retune({ parts }: Site, call: LiveCall, told: VoiceCommand): CommandResult {
  const wrong = parts.agents.voiceComplaints(voiceAfter(call.voice, tuning(told)));
  return wrong.length > 0
    ? refusal(422, `voice: ${wrong.join("; ")}`)
    : given(call, { do: "retune", tuning: tuning(told) });
}

const tuning = ({ language, voice, listens_for }: VoiceCommand) => ({
  ...(language && { speaks: language }),
  ...(voice !== undefined && { speaker: voice }),
  ...(listens_for && { listensFor: listens_for }),
});

const given = (call: LiveCall, order: Order): CommandResult =>
  call.order(order) ? DONE : refusal(409, call.over ? "the call is over" : "nobody is on the line yet");
