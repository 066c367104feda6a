import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** A data folder with an empty, migrated embedded database, to be copied: making one takes seconds. */
    readonly template: string;
  }
}

/** In a process of its own: the worker thread needs a real `import.meta.resolve`, which a global set-up has not. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), "durvani-template-"));
  await promisify(execFile)(process.execPath, [
    "--import",
    "tsx",
    join(import.meta.dirname, "make-template.ts"),
    dataDir,
  ]);
  project.provide("template", dataDir);
  return () => rm(dataDir, { recursive: true, force: true });
}
