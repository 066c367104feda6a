import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { type Environment, processEnvironment } from "../../src/config.ts";

/** The process's variables, and those of `file` (as `node --env-file` reads it) that the process does not set. It may be absent. */
export function environmentWith(file: string | undefined): Environment {
  const written = file !== undefined && existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  return { ...written, ...processEnvironment() };
}
