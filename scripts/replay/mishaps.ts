import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../../src/kit/clock.ts";
import type { RecordedCall } from "../../src/replay/replay.ts";
import { type Faults, noFaults, setFaults } from "../../src/simulator/sarvam/faults.ts";
import type { SarvamInMemory } from "../../src/simulator/sarvam/in-memory.ts";
import { FILES } from "./fixture-folder.ts";

const mishap = z.union([
  z.strictObject({ atMs: z.number().min(0), cut: z.enum(["stt-realtime", "tts"]) }),
  z.strictObject({
    atMs: z.number().min(0),
    set: z.record(z.string(), z.unknown()).refine(areFaults, "no such fault"),
  }),
]);
const mishaps = z.array(mishap);

/**
 * Something that went wrong at the provider, ms since the call began: its open sockets of that kind were lost without a word, or it
 * began to behave otherwise.
 */
export type Mishap = { readonly atMs: number } & (
  | { readonly cut: "stt-realtime" | "tts" }
  | { readonly set: Partial<Faults> }
);

/** A call of which somebody wrote down what went wrong: to be heard anew under the same conditions. */
export type MishapCall = RecordedCall & { readonly mishaps?: readonly Mishap[] | undefined };

/** What lies beside a journal, if anything does. Rejects for a file that makes no sense. */
export async function mishapsIn(folder: string): Promise<readonly Mishap[] | undefined> {
  const path = join(folder, FILES.mishaps);
  return existsSync(path) ? readMishaps(await readFile(path, "utf8")) : undefined;
}

/** Throws for a text that makes no sense. */
export const readMishaps = (text: string): readonly Mishap[] => mishaps.parse(JSON.parse(text)) as readonly Mishap[];

/** Lets them happen again, to the imitated provider of a call that begins now. */
export function befall(sarvam: SarvamInMemory, clock: Clock, all: readonly Mishap[]): void {
  for (const one of all) {
    const happen = (): void => {
      if ("cut" in one) sarvam.drop(one.cut);
      else Object.assign(sarvam.faults, one.set);
    };
    if (one.atMs === 0) happen();
    else clock.after(one.atMs, happen);
  }
}

function areFaults(wanted: Readonly<Record<string, unknown>>): boolean {
  return setFaults(noFaults(), wanted).length === 0;
}
