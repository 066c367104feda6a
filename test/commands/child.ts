import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
/** This machine has few cores, and a command that starts a database needs one. */
const AT_ONCE = 2;

let running = 0;
const waiting: (() => void)[] = [];

export type Ran = { readonly code: number | null; readonly out: string };

/** Runs a script of ours to its end on embedded defaults, in a data folder of its own. */
export async function runScript(script: string, args: readonly string[]): Promise<Ran> {
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  running += 1;
  const dataDir = await mkdtemp(join(tmpdir(), "durvani-test-"));
  try {
    const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], DATA_DIR: dataDir };
    const child = spawn(process.execPath, ["--import", "tsx", script, ...args], { cwd: ROOT, env });
    const chunks: string[] = [];
    child.stdout.on("data", (chunk) => chunks.push(String(chunk)));
    child.stderr.on("data", (chunk) => chunks.push(String(chunk)));
    const [code] = await once(child, "close");
    return { code, out: chunks.join("") };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
    running -= 1;
    waiting.shift()?.();
  }
}
