import { z } from "zod";
import { objectCheck } from "../kit/json-schema.ts";
import { LANGUAGES } from "../record/record.ts";

/** What is wrong with it is said when the file is read, not after the first call. */
const extract = z.record(z.string(), z.unknown()).superRefine((schema, context) => {
  try {
    objectCheck(schema);
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error));
  }
});

/** `afterCall` of an agent: what is written up of its calls once they are over. */
export const afterCallSchema = z
  .strictObject({
    summary: z.boolean().exactOptional(),
    extract: extract.exactOptional(),
    translateTo: z.enum(LANGUAGES).exactOptional(),
    retranscribe: z.enum(["never", "when-degraded", "always"]).exactOptional(),
  })
  .refine(({ summary, extract }) => summary !== false || extract === undefined, {
    path: ["extract"],
    error: "is part of the summary, which is turned off",
  });
