import { z } from "zod";
import { JournalError, readEntries } from "../journal/journal.ts";
import type { Redaction } from "../record/record.ts";
import { isGone, NO_JOURNAL, pathOfJournal } from "./call-journal.ts";
import { ACTORS, type LogEntry, logEntry } from "./call-log.ts";
import { callParams } from "./call-schema.ts";
import { callOf } from "./calls.ts";
import { type Operation, operation } from "./operation.ts";
import type { Site } from "./site.ts";

const MOST = 5000;

const query = z.strictObject({
  from: z.coerce.number().int().min(0).default(0).describe("`next` of the page before"),
});

const log = z
  .object({
    entries: z.array(
      z.object({
        atMs: z.number().describe("When; ms since the call began"),
        by: z.enum(ACTORS).describe("Who did it; `speech` hears and speaks for the gateway"),
        what: z
          .string()
          .describe("Such as `speech-started`, `final`, `generated`, `mark`, `played`, `clear`, `decision`"),
        data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
      }),
    ),
    complete: z.boolean().describe("The call is over, and nothing follows"),
    next: z.number().describe("`from` of the page behind this one, where there is one").optional(),
  })
  .meta({ id: "CallLog", description: "What happened in a call, in order." });

type Page = { readonly entries: readonly LogEntry[]; readonly complete: boolean; readonly next?: number };

/** `GET /v1/calls/{id}/log`: what its journal says, for people, and never any sound. */
export function callLogOperations(site: Site): readonly Operation[] {
  return [
    operation({
      id: "getCallLog",
      method: "GET",
      path: "/v1/calls/{id}/log",
      scope: "read",
      summary: "What happened in the call, event by event",
      description:
        `As its journal has it: ${MOST} entries at the most, and of a call that is not over as far as they are on the disk. Where ` +
        "numbers are left out of what is written of a call, every digit is left out here.",
      params: callParams,
      query,
      answer: { description: "Its log", schema: log },
      errors: { 404: NO_JOURNAL, 503: "The database does not answer" },
      run: async ({ params, query: { from } }) => {
        const call = await callOf(site, params.id);
        return pageOf(await pathOfJournal(site, call.id), from, call.redact);
      },
    }),
  ];
}

/** Some milliseconds of work at a time, however long the call was. */
async function pageOf(path: string, from: number, redact: Redaction | undefined): Promise<Page> {
  const entries: LogEntry[] = [];
  let index = 0;
  try {
    for await (const some of readEntries(path, { silent: true })) {
      for (const entry of some) {
        const told = logEntry(entry, redact);
        if (!told || index++ < from) continue;
        if (entries.length === MOST) return { entries, complete: false, next: from + MOST };
        entries.push(told);
      }
    }
    return { entries, complete: true };
  } catch (error) {
    if (!(error instanceof JournalError) && !isGone(error)) throw error;
    return { entries, complete: false };
  }
}
