import type { CallId } from "../record/record.ts";
import { ApiError } from "./api-error.ts";
import type { Site } from "./site.ts";

/** Another process has it, or it was erased. */
export const NO_JOURNAL = "the journal of this call is not on this machine";

/** Throws an `ApiError` (404) where there is none. */
export async function pathOfJournal({ parts }: Site, id: CallId): Promise<string> {
  const path = await parts.journals.find(id);
  if (path === undefined) throw new ApiError(404, NO_JOURNAL);
  return path;
}

/** It is put away, or erased, in this moment: whoever asks again finds it where it went, or is told. */
export const isGone = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";
