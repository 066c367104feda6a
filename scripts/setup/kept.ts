import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { Refusal } from "../phone/refusal.ts";

/** Settings of a number by name; empty where nothing is set. */
export type Settings = Readonly<Record<string, string>>;

const settings = z.record(z.string(), z.string());
const kept = z.object({ sid: z.string(), previous: settings, set: settings });
/** `previous`: as they were before the first change. `set`: as they were left. `sid`: the number's id at its carrier. */
export type Kept = z.output<typeof kept>;

export const keptPath = (dataDir: string, carrier: string, number: string): string =>
  join(dataDir, "setup", `${carrier}-${number}.json`);

/** Undefined when nothing was kept. Rejects with `Refusal` when the file is none of ours. */
export async function readKept(path: string): Promise<Kept | undefined> {
  try {
    return kept.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new Refusal(
      `${path} cannot be read`,
      "Look into it: it should hold the number's earlier settings. Move it away if it is worth nothing.",
    );
  }
}

/** Remembers what a change overwrites, for the undoing of it: all or nothing, even if the machine stops. */
export async function keep(path: string, next: Kept): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const half = `${path}.new`;
  await writeFile(half, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  await rename(half, path);
}

export const forget = (path: string): Promise<void> => rm(path, { force: true });
