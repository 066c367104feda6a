import { cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";

/** A new data folder with an empty, migrated embedded database: a copy, since PGlite takes seconds to make one. */
export async function usedFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "durvani-"));
  await cp(inject("template"), folder, { recursive: true });
  return folder;
}
