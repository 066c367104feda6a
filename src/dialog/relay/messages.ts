import { z } from "zod";
import type { CallFacts } from "../dialog.ts";

/** The messages of ConversationRelay, field for field as Twilio's documentation of its WebSocket has them. */

/** Longer messages are refused: a token is a few words. */
const LONGEST_BYTES = 64 * 1024;

/** Who may cut in; `true` and `false` are older names for `any` and `none`. */
export const interruptible = z
  .union([z.enum(["none", "dtmf", "speech", "any"]), z.boolean()])
  .transform((value) => (value === true ? "any" : value === false ? "none" : value));

/** Serialisers of typed languages write `null` for what is absent. */
const manner = { interruptible: interruptible.nullish(), preemptible: z.boolean().nullish() };
const tag = z.string().min(1).nullish();

const incoming = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), token: z.string(), last: z.boolean().nullish(), lang: tag, ...manner }),
  z.object({ type: z.literal("play"), source: z.string().min(1), loop: z.int().min(0).nullish(), ...manner }),
  z.object({
    type: z.literal("sendDigits"),
    digits: z.string().regex(/^[0-9*#wW]{1,32}$/, "may hold 0-9, *, # and w, 32 at the most"),
  }),
  z
    .object({ type: z.literal("language"), ttsLanguage: tag, transcriptionLanguage: tag })
    .refine((it) => it.ttsLanguage || it.transcriptionLanguage, "names neither ttsLanguage nor transcriptionLanguage"),
  z.object({ type: z.literal("end"), handoffData: z.string().nullish() }),
]);

/** What an application says. */
export type Incoming = z.output<typeof incoming>;
export type TextMessage = Extract<Incoming, { type: "text" }>;
export type PlayMessage = Extract<Incoming, { type: "play" }>;
export type LanguageMessage = Extract<Incoming, { type: "language" }>;

/** What is wrong with a message, without its words. */
export type Invalid = { readonly type: "invalid"; readonly why: string };

export function readMessage(text: string): Incoming | Invalid {
  if (Buffer.byteLength(text) > LONGEST_BYTES) return invalid("is longer than 64 KiB");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return invalid("is not JSON");
  }
  const { data, error } = incoming.safeParse(json);
  if (data) return data;
  const [issue] = error.issues;
  if (issue?.path[0] === "type") return invalid("has no known type");
  return invalid([...(issue?.path ?? []), issue?.message].join(": "));
}

const invalid = (why: string): Invalid => ({ type: "invalid", why });

/** What an application is told. */
export type Outgoing =
  | ReturnType<typeof setup>
  | { readonly type: "prompt"; readonly voicePrompt: string; readonly lang: string; readonly last: boolean }
  | { readonly type: "dtmf"; readonly digit: string }
  | {
      readonly type: "interrupt";
      readonly utteranceUntilInterrupt: string;
      /** A number in a string: so it is on Twilio's wire. */
      readonly durationUntilInterruptMs: string;
    }
  | { readonly type: "error"; readonly description: string };

/** How a call looks to those who know only Twilio's: its carrier's identifier where that is Twilio, else our own in that place. */
export function callNames(call: CallFacts, accountSid: string) {
  const ofTwilio = call.carrier === "twilio";
  return {
    callSid: ofTwilio ? call.carrierCallId : call.id,
    accountSid: ofTwilio ? accountSid : "",
    direction: call.direction === "outbound" ? "outbound-api" : "inbound",
  } as const;
}

/** Always the first message. What is not known is an empty string: applications expect every name to be there. */
export function setup(
  call: CallFacts,
  session: { readonly id: string; readonly accountSid: string; readonly parameters: Readonly<Record<string, string>> },
) {
  const { callSid, accountSid, direction } = callNames(call, session.accountSid);
  return {
    type: "setup",
    sessionId: session.id,
    accountSid,
    callSid,
    parentCallSid: "",
    from: call.from,
    to: call.to,
    forwardedFrom: "",
    callerName: "",
    direction,
    callType: "PSTN",
    callStatus: call.direction === "outbound" ? "IN-PROGRESS" : "RINGING",
    customParameters: session.parameters,
  } as const;
}
