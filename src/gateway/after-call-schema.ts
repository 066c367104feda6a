import { z } from "zod";
import { LANGUAGES } from "../record/record.ts";
import { OUTCOMES, SENTIMENTS } from "../store/store.ts";

/** How the API tells of what is written up of calls. The names given by `meta` are those of the document's components. */

const callId = z.string();
const fromBeginning = (what: string) => z.number().describe(`${what}; ms since the call began`);

export const writeUp = z
  .object({
    summary: z.boolean().optional(),
    extract: z.record(z.string(), z.unknown()).describe("JSON Schema").optional(),
    translateTo: z.enum(LANGUAGES).optional(),
    retranscribe: z.enum(["never", "when-degraded", "always"]).optional(),
  })
  .meta({ id: "AfterCall", description: "What its agent wants written up of the call." });

export const summary = z
  .object({
    callId,
    summary: z.string().describe("Empty where not a word was said or heard"),
    outcome: z
      .enum(OUTCOMES)
      .describe(
        "The caller's concern was dealt with, was not, somebody is to call back, another took it over, or there was none",
      ),
    sentiment: z.enum(SENTIMENTS).describe("The caller's, at the end"),
    extracted: z.record(z.string(), z.unknown()).describe("As the agent's schema says").optional(),
    usage: z
      .object({
        model: z.string(),
        tokens: z.object({ prompt: z.number(), cached: z.number(), completion: z.number() }).optional(),
      })
      .describe("What it cost; absent where no model was asked")
      .optional(),
  })
  .meta({ id: "Summary", description: "What a model made of the transcript." });

export const translation = z
  .object({
    callId,
    language: z.string().describe("BCP 47"),
    model: z.string(),
    characters: z.number().describe("How many were translated"),
    complete: z.boolean(),
    lines: z.array(
      z.object({
        by: z.enum(["caller", "agent"]),
        text: z.string().describe("As in the transcript"),
        atMs: fromBeginning("When it began"),
        translation: z.string().describe("Absent where it was in that language anyway").optional(),
      }),
    ),
  })
  .meta({ id: "Translation" });

const fromRecording = (what: string) => z.number().describe(`${what}; ms since the recording began`);

export const retranscription = z
  .object({
    callId,
    kind: z.literal("written"),
    model: z.string(),
    language: z.string().describe("BCP 47, as detected; empty where unknown"),
    audioMs: z.number().describe("How much was transcribed; ms"),
    lines: z.array(
      z.object({
        speaker: z.string().describe("A number; empty where speakers were not told apart"),
        text: z.string(),
        fromMs: fromRecording("When it began"),
        toMs: fromRecording("When it was over"),
      }),
    ),
  })
  .meta({ id: "Retranscription", description: "What was heard in the call's recording." });

export const retranscriptionState = z.discriminatedUnion("kind", [
  z.object({
    callId,
    kind: z.literal("asked"),
    job: z.string().describe("As Sarvam names it").optional(),
    askedAt: z.number().describe("ms since 1970"),
    failures: z.number(),
  }),
  z.object({ callId, kind: z.literal("none"), why: z.string() }),
  retranscription,
]);
