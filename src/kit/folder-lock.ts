import { createHash } from "node:crypto";
import { link, mkdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemClock } from "./clock.ts";

/** Who holds a folder. `born` is the process's start in clock ticks since boot (Linux), which tells a reused pid. */
type Holder = {
  readonly pid: number;
  readonly hostname: string;
  readonly startedAt: string;
  readonly born: string | null;
};

export interface FolderLock {
  release(): Promise<void>;
}

/** Somebody else holds the folder. */
export class FolderInUseError extends Error {
  override readonly name = "FolderInUseError";
  /** `unknown` when the holder does not say. */
  readonly pid: string;

  constructor(message: string, pid: string) {
    super(message);
    this.pid = pid;
  }
}

const FILE = "lock.json";
const heldHere = new Set<string>();

/**
 * Takes `dir` (made if absent, mode 0700) for this process alone, until `release` or the process's end, however it ends.
 * Rejects with `FolderInUseError`, which names the holder's pid. Never taken from a live process, even one that seems stuck.
 *
 * On Linux an abstract Unix socket decides: the kernel gives it to one process and frees it with that process. The file
 * beside it covers other systems and folders shared between machines or network namespaces.
 */
export async function lockFolder(dir: string, platform: NodeJS.Platform = process.platform): Promise<FolderLock> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = await realpath(dir);
  if (heldHere.has(path)) throw taken(path, process.pid);
  heldHere.add(path);
  let server: Server | undefined;
  try {
    const me = { pid: process.pid, hostname: hostname(), startedAt: startedAt(), born: await born(process.pid) };
    if (platform === "linux") server = await holdSocket(path, me.pid);
    await writeFileLock(path, me);
  } catch (error) {
    server?.close();
    heldHere.delete(path);
    throw error;
  }
  return {
    async release() {
      if (!heldHere.delete(path)) return;
      await rm(join(path, FILE), { force: true });
      if (server) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function taken(path: string, pid: number | string): FolderInUseError {
  const message = `${path} is in use by another process (pid ${pid}). Stop it, or set another DATA_DIR.`;
  return new FolderInUseError(message, String(pid));
}

function startedAt(): string {
  return new Date(systemClock.wall()).toISOString();
}

/** Tells every caller its pid, so that who is refused can say by whom. */
function holdSocket(path: string, pid: number): Promise<Server> {
  const name = `\0durvani-${createHash("sha256").update(path).digest("hex").slice(0, 32)}`;
  const server = createServer((socket) => {
    socket.on("error", () => undefined); // The asker went away: nothing to tell any more.
    socket.end(String(pid));
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") return reject(error);
      askPid(name).then((holder) => reject(taken(path, holder)), reject);
    });
    server.listen(name, () => resolve(server));
  });
}

/** A holder whose event loop is stuck does not answer: then its pid stays unknown. */
function askPid(name: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(name);
    const giveUp = systemClock.after(1000, () => socket.destroy());
    socket.on("data", (data) => {
      answer += data.toString();
    });
    socket.on("error", () => undefined); // `close` follows.
    socket.on("close", () => {
      giveUp();
      resolve(answer || "unknown");
    });
  });
}

async function writeFileLock(path: string, me: Holder): Promise<void> {
  const file = join(path, FILE);
  const mine = `${file}.${me.pid}`;
  for (;;) {
    if (await linkWhole(mine, file, JSON.stringify(me))) return;
    const text = await readFile(file, "utf8").catch(() => "");
    const holder = parseHolder(text);
    if (holder && holder.hostname !== me.hostname) {
      const message = `${path} is in use by pid ${holder.pid} on ${holder.hostname}. If that machine is gone, remove ${file} and start again.`;
      throw new FolderInUseError(message, `${holder.pid} on ${holder.hostname}`);
    }
    if (holder && (await isAlive(holder))) throw taken(path, holder.pid);
    await removeStale(file, text);
  }
}

/** The file appears with its content or not at all: nobody can read it half-written and think it stale. */
async function linkWhole(mine: string, file: string, text: string): Promise<boolean> {
  await writeFile(mine, text, { mode: 0o600 });
  try {
    await link(mine, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(mine, { force: true });
  }
}

/** Two contenders may both find the same stale file: only the one who moves that very text away goes on. */
async function removeStale(file: string, text: string): Promise<void> {
  const aside = `${file}.${process.pid}.stale`;
  const moved = await rename(file, aside).then(
    () => true,
    () => false, // Somebody else was quicker; the next round looks again.
  );
  if (!moved) return;
  if ((await readFile(aside, "utf8")) !== text) await link(aside, file);
  await rm(aside, { force: true });
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("pid" in value) || !("hostname" in value)) return undefined;
    if (typeof value.pid !== "number" || typeof value.hostname !== "string") return undefined;
    const since = "born" in value && typeof value.born === "string" ? value.born : null;
    return { pid: value.pid, hostname: value.hostname, startedAt: "", born: since };
  } catch {
    return undefined; // Torn by a kill while it was written: it holds nothing.
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
  }
  const since = await born(holder.pid);
  // Without /proc a file with our own pid is from an earlier life (containers): this process holds nothing yet.
  if (since === null || holder.born === null) return holder.pid !== process.pid;
  return since === holder.born;
}

/** Field 22 of /proc/<pid>/stat; the second field is a name that may hold spaces and brackets. */
async function born(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}
