import { existsSync, mkdirSync } from "node:fs";
import { open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ProviderError } from "../kit/provider-error.ts";
import type { CallId } from "../record/record.ts";
import type { Recordings } from "./jobs.ts";

const WORK = ".work";
const WAV = ".wav";

/** Where recordings are written before they are kept: on the file system of `dir`, and never more than those under way. */
export function madeWorkDir(dir: string): string {
  const workDir = join(dir, WORK);
  mkdirSync(workDir, { recursive: true, mode: 0o700 });
  return workDir;
}

/** The ids of calls whose recordings are in this folder, whole or begun. */
export async function keptIn(dir: string): Promise<readonly string[]> {
  const whole = (await readdir(dir)).filter((name) => name.endsWith(WAV)).map((name) => name.slice(0, -WAV.length));
  const begun = (await readdir(join(dir, WORK))).flatMap((name) => BEGUN.exec(name)?.[1] ?? []);
  return [...new Set([...whole, ...begun])];
}

/** Removes the recording of this call from the folder, and what was begun of it. */
export async function removeFrom(dir: string, id: CallId): Promise<void> {
  await clearUp(join(dir, WORK), id);
  await rm(join(dir, `${id}${WAV}`), { force: true });
  await synced(dir);
}

/** Under what names a recording of this call is begun. */
export const begunAs = (id: CallId): string => `.${id}-`;
const BEGUN = /^\.(.+)-[^-]*$/;

/** What a process left that died over it. Should another still be at it, that one fails, and comes again to find it done. */
export async function clearUp(workDir: string, id: CallId): Promise<void> {
  const left = (await readdir(workDir)).filter((name) => name.startsWith(begunAs(id)));
  for (const name of left) await rm(join(workDir, name), { recursive: true, force: true });
}

async function synced(dir: string): Promise<void> {
  const folder = await open(dir, "r");
  await folder.sync().finally(() => folder.close());
}

/**
 * Recordings as files `<dir>/<call>.wav`, for nobody else's eyes; the gateway serves them. Makes the folder at once; throws if it
 * cannot. Their URL names no origin: it is the API's, wherever that is reached.
 */
export function diskRecordings(dir: string): Recordings {
  const workDir = madeWorkDir(dir);
  const pathOf = (id: string): string => join(dir, `${id}${WAV}`);
  return {
    workDir,
    async put(id, path) {
      await rename(path, pathOf(id));
      // Without it the file may be gone after a power cut although the books name it.
      await synced(dir);
      return `/v1/calls/${id}/recording`;
    },
    find: async (id) => (existsSync(pathOf(id)) ? pathOf(id) : undefined),
    kept: () => keptIn(dir),
    async remove(id, url) {
      if (url !== undefined && URL.canParse(url))
        throw new ProviderError(
          "recordings",
          `a recording is kept at ${new URL(url).host}, and RECORDINGS_URL is unset`,
          false,
        );
      await removeFrom(dir, id);
    },
  };
}
