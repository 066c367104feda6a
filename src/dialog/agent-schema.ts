import { z } from "zod";
import { LANGUAGES, REDACTIONS } from "../record/record.ts";
import { afterCallSchema } from "./after-call.ts";
import { relaySchema } from "./relay/relay-schema.ts";
import { rulesSchema } from "./rules.ts";

const words = z.string().trim().min(1, "must not be empty");
const language = z.enum(LANGUAGES);

/** What a dialog is made of, as in the agents file and in the journal of each call. */
export const dialogSchema = z.discriminatedUnion("kind", [
  rulesSchema.extend({ kind: z.literal("rules") }),
  z.strictObject({ kind: z.literal("echo") }),
  z.strictObject({
    kind: z.literal("chat"),
    systemPrompt: words,
    model: words.optional(),
    temperature: z.number().min(0).max(2).optional(),
    maxTokens: z.int().min(1).optional(),
    reasoningEffort: z.enum(["low", "medium", "high"]).nullable().optional(),
  }),
  relaySchema,
]);

/** An agent as the agents file describes it. */
export const agentSchema = z.strictObject({
  name: words.optional(),
  /** Empty: the agent waits for the caller. */
  greeting: z.string().trim(),
  language,
  listensFor: z.union([language, z.literal("unknown")]).optional(),
  voice: z
    .strictObject({
      model: words.default("bulbul:v3"),
      speaker: words.optional(),
      pace: z.number().min(0.3).max(3).optional(),
      pitch: z.number().min(-1).max(1).optional(),
      loudness: z.number().min(0.1).max(3).optional(),
      temperature: z.number().min(0.01).max(2).optional(),
      bitrate: words.optional(),
      minBufferSize: z.int().min(1).optional(),
      maxChunkLength: z.int().min(1).optional(),
    })
    .prefault({}),
  dialog: dialogSchema,
  webhook: z.strictObject({ url: words }).optional(),
  afterCall: afterCallSchema.optional(),
  /** Numbers are left out of everything that is written of its calls but their journals and their sound. */
  redact: z.enum(REDACTIONS).optional(),
  phrases: z
    .strictObject({
      stillThere: z.array(words),
      goodbye: words,
      tooLong: words,
      sayAgain: words,
      oneMoment: words,
    })
    .partial()
    .optional(),
  limits: z
    .strictObject({
      maxDurationSeconds: z
        .number()
        .min(10)
        .max(4 * 3600)
        .default(900),
      /** 0, which only a relay may have and has by default: the application minds the silence. */
      silenceSeconds: z
        .number()
        .max(300)
        .refine((seconds) => seconds === 0 || seconds >= 1, "must be 1 or more")
        .optional(),
    })
    .prefault({}),
});

export type AgentEntry = z.output<typeof agentSchema>;
