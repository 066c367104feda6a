import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** The pages as they are served. In a process of its own, so that the production build is not made in test mode. */
export async function setup(): Promise<void> {
  const root = join(import.meta.dirname, "../..");
  const env = { ...process.env, NODE_ENV: "production" };
  const vite = join(root, "node_modules/vite/bin/vite.js");
  for (const config of ["src/page/vite.config.ts", "src/page/client/vite.config.ts"]) {
    await promisify(execFile)(process.execPath, [vite, "build", "--config", config], { cwd: root, env });
  }
}
