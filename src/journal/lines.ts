import { z } from "zod";
import type { CallId } from "../record/record.ts";
import type { JournalEntry } from "./entry.ts";
import { readEntry } from "./entry-schema.ts";

/** Version 1 held in words only what came in and went out: such a call can be recovered, not replayed. */
export const VERSION = 2;

/** In characters, and far beyond what a journal can hold: where a file is damaged, its line ends may be gone. */
const LONGEST_LINE = 16 * 1024 * 1024;

export function header(id: CallId): string {
  return `${JSON.stringify({ journal: VERSION, call: id })}\n`;
}

const headerSchema = z.object({
  journal: z.int(),
  call: z.custom<CallId>((value) => typeof value === "string"),
});

/** A frame of the caller's, and its instant. Most of a recorded call's journal: told by its look by who needs no more of it. */
export const SOUND = /^\{"atMs":(\d+(?:\.\d+)?),"audio":"[A-Za-z0-9+/=]*"(?:,"filled":true)?\}$/;

export type LineReader = {
  /** The next piece of the text; lines may begin and end anywhere in it. */
  take(chunk: string): void;
  /** That was all. `corrupt` counts lines that make no sense; a last one that nothing ends was torn, and is none of them. */
  end(): { readonly header: z.infer<typeof headerSchema> | undefined; readonly corrupt: number };
};

/** Reads a journal's lines as its text comes. `isSkipped`: true for a line that need not be read as an entry. */
export function lineReader(
  onEntry: (entry: JournalEntry) => void,
  isSkipped: (line: string) => boolean = () => false,
): LineReader {
  let header: z.infer<typeof headerSchema> | undefined;
  let isFirst = true;
  let corrupt = 0;
  let line = "";

  function makesSense(): boolean {
    if (isFirst) {
      isFirst = false;
      header = headerSchema.safeParse(parse(line)).data;
      if (header) return true;
    }
    if (line === "" || isSkipped(line)) return true;
    const entry = readEntry(parse(line));
    if (entry) onEntry(entry);
    return entry !== undefined;
  }

  return {
    // Not by node:readline: it ends lines at U+2028 as well, which may stand in what somebody said.
    take(chunk) {
      const [more = "", ...lines] = chunk.split("\n");
      // Of a line that is too long its beginning is enough: that makes no sense either.
      if (line.length < LONGEST_LINE) line += more;
      for (const next of lines) {
        if (!makesSense()) corrupt += 1;
        line = next;
      }
    },
    end() {
      makesSense();
      return { header, corrupt };
    },
  };
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
