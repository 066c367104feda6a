import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FolderInUseError, type FolderLock, lockFolder } from "../../src/kit/folder-lock.ts";
import type { Ids } from "../../src/kit/ids.ts";
import type { Tell } from "./finding.ts";

/** Who has the data folder: we do until `release`, a process does, or nobody can. */
export type Hold =
  | { readonly kind: "ours"; readonly lock: FolderLock }
  | { readonly kind: "held"; readonly pid: string }
  | { readonly kind: "unusable" };

const MIB = 1024 * 1024;
/** The embedded database hangs on a full disk; a day of journals is some hundred megabytes. */
const TOO_LITTLE = 100 * MIB;
const LITTLE = 1024 * MIB;

/** Writable, roomy, and whose? A folder that a gateway holds is left alone. */
export async function checkFolder(dir: string, ids: Ids, tell: Tell): Promise<Hold> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const probe = join(dir, ids.id("doctor"));
    await writeFile(probe, "", { mode: 0o600 });
    await rm(probe);
  } catch (error) {
    tell.fail(`${dir} cannot be written to (${codeOf(error)})`, writableTodo(codeOf(error)));
    return { kind: "unusable" };
  }
  const { bavail, bsize } = await statfs(dir);
  tellSpace(dir, bavail * bsize, tell);
  try {
    const lock = await lockFolder(dir);
    tell.ok("no other process uses it");
    return { kind: "ours", lock };
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    tell.ok(`in use by pid ${error.pid}: it is left alone, and the gateway that runs is asked instead`);
    return { kind: "held", pid: error.pid };
  }
}

/** `bytes`: free for this user. */
export function tellSpace(dir: string, bytes: number, tell: Tell): void {
  const found = `${dir} is writable, ${size(bytes)} free`;
  const todo = "Make room, or set DATA_DIR to a larger disk: journals and the embedded database live there.";
  if (bytes < TOO_LITTLE) return tell.fail(`${dir} has only ${size(bytes)} free`, todo);
  if (bytes < LITTLE) return tell.warn(found, todo);
  tell.ok(found);
}

const size = (bytes: number): string =>
  bytes < 1024 * MIB ? `${Math.floor(bytes / MIB)} MB` : `${Math.floor(bytes / (1024 * MIB))} GB`;

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error);

function writableTodo(code: string): string {
  if (code === "ENOSPC" || code === "EDQUOT")
    return "The disk or the quota is full: make room, or set another DATA_DIR.";
  if (code === "EROFS") return "The disk is read-only: mount a volume that can be written and set DATA_DIR to it.";
  if (code === "ENOTDIR" || code === "EEXIST") return "A part of that path is a file: set DATA_DIR to a folder.";
  return "Give the folder to the user that runs the gateway (chown), or set DATA_DIR to one that is its own.";
}
