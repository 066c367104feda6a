import { z } from "zod";
import type { BookEntry, CallId } from "../record/record.ts";
import type { JournalEntry } from "./entry.ts";
import { readEntry } from "./entry-schema.ts";

/** The last line of a journal that need not be recovered, with the line ends around it. */
export const SETTLED = '\n{"settled":true}\n';

/** Version 1 held in words only what came in and went out: such a call can be recovered, not replayed. */
export const VERSION = 2;

export function header(id: CallId): string {
  return `${JSON.stringify({ journal: VERSION, call: id })}\n`;
}

const headerSchema = z.object({
  journal: z.int(),
  call: z.custom<CallId>((value) => typeof value === "string"),
});

/** A journal's text as far as its last whole line. `corrupt` counts lines that make no sense; a torn last line is none of them. */
export type JournalText = {
  readonly header: z.infer<typeof headerSchema> | undefined;
  readonly entries: readonly JournalEntry[];
  readonly corrupt: number;
};

export function readLines(text: string): JournalText {
  // A line that a crash tore stands before the mark that recovery made.
  const lines = (text.endsWith(SETTLED) ? text.slice(0, -SETTLED.length) : text).split("\n");
  const entries: JournalEntry[] = [];
  const header = headerSchema.safeParse(parse(lines[0] ?? "")).data;
  let corrupt = 0;
  for (let index = header ? 1 : 0; index < lines.length; index++) {
    const source = lines[index] ?? "";
    if (source === "") continue;
    const entry = readEntry(parse(source));
    if (entry) entries.push(entry);
    else if (index < lines.length - 1) corrupt += 1;
  }
  return { header, entries, corrupt };
}

/** What recovery needs of a journal of any version. */
export type ReadJournal = {
  readonly entries: readonly BookEntry[];
  readonly lastAtMs: number;
  readonly corrupt: number;
};

export function readJournal(text: string): ReadJournal {
  const { entries, corrupt } = readLines(text);
  const lastAtMs = entries.reduce((last, { atMs }) => Math.max(last, atMs), 0);
  return { entries: entries.flatMap((entry) => ("book" in entry ? [entry.book] : [])), lastAtMs, corrupt };
}

/** The object that a line is; an empty one, which no kind of line is, where it is none. */
function parse(source: string): object {
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
