import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** The text of every journal below a data folder, settled or not, by call. */
export async function journalTexts(dataDir: string): Promise<ReadonlyMap<string, string>> {
  const dir = join(dataDir, "journals");
  // A settled one moves while it is looked for: the second look finds it where it went.
  const look = async (name: string): Promise<string> =>
    readFile(join(dir, name), "utf8").catch(() => readFile(join(dir, "settled", basename(name)), "utf8"));
  const names = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith(".jsonl"));
  return new Map(await Promise.all(names.map(async (name) => [basename(name, ".jsonl"), await look(name)] as const)));
}
