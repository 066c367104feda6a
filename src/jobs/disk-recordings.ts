import { existsSync, mkdirSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Recordings } from "./jobs.ts";

/** Where recordings are written before they are kept: on the file system of `dir`, and never more than those under way. */
export function madeWorkDir(dir: string): string {
  const workDir = join(dir, ".work");
  mkdirSync(workDir, { recursive: true, mode: 0o700 });
  return workDir;
}

/**
 * Recordings as files `<dir>/<call>.wav`, for nobody else's eyes; the gateway serves them. Makes the folder at once; throws if it
 * cannot. Their URL names no origin: it is the API's, wherever that is reached.
 */
export function diskRecordings(dir: string): Recordings {
  const workDir = madeWorkDir(dir);
  const pathOf = (id: string): string => join(dir, `${id}.wav`);
  return {
    workDir,
    async put(id, path) {
      await rename(path, pathOf(id));
      // Without it the file may be gone after a power cut although the books name it.
      const folder = await open(dir, "r");
      await folder.sync().finally(() => folder.close());
      return `/v1/calls/${id}/recording`;
    },
    find: async (id) => (existsSync(pathOf(id)) ? pathOf(id) : undefined),
  };
}
