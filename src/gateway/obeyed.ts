import type { CommandResult } from "../jobs/jobs.ts";

/** What came of a command to a call, whichever process it was carried out in. */

export const DONE: CommandResult = { ok: true };

export const refusal = (status: number, message: string): CommandResult => ({ ok: false, status, message });
