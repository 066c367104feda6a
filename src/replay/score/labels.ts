import { z } from "zod";
import { FAULTS } from "./faults.ts";

const ms = z.number().min(0);
const range = z
  .strictObject({ fromMs: ms, toMs: ms })
  .refine(({ fromMs, toMs }) => fromMs < toMs, "ends before it begins");

const labelsSchema = z.strictObject({
  /** Where the caller had really finished what they had to say, each time. */
  finished: z.array(ms).exactOptional(),
  /** Sounds that only say "I am listening". */
  acknowledgements: z.array(range).exactOptional(),
  /** Sounds that are no speech to the agent: coughs, doors, a television, talk with somebody else. */
  noises: z.array(range).exactOptional(),
  /** Where the caller began to speak into the agent's words and meant to stop it. */
  interruptions: z.array(z.strictObject({ fromMs: ms })).exactOptional(),
  /** What goes wrong for the caller as things are, and about when: a score that finds more, or less, has news. */
  expected: z.array(z.strictObject({ kind: z.enum(FAULTS), atMs: ms })).exactOptional(),
  /** A provider was slow on purpose: how long the caller waited is no measure of the gateway. */
  slow: z.boolean().exactOptional(),
});

/**
 * A human's marks on a recorded call, `labels.json` beside its journal: ms since the call began. A list about the caller that is
 * there is complete and decides its question alone, even when empty; for one that is not there, the ear's own account stands in.
 */
export type Labels = z.infer<typeof labelsSchema>;

/** The marks cannot be used; says in words what is wrong with them. */
export class LabelsError extends Error {
  override readonly name = "LabelsError";
}

/** Reads the text of a `labels.json`; `where` is named in complaints. Throws `LabelsError`. */
export function readLabels(text: string, where: string): Labels {
  const result = labelsSchema.safeParse(parsed(text, where));
  if (result.success) return result.data;
  const complaints = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join(" › ")}: ${message}`,
  );
  throw new LabelsError(`${where}: ${complaints.join("; ")}`);
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LabelsError(`${where} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
