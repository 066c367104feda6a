import { processEnvironment } from "../src/config.ts";
import { runSweep } from "./sweep/run.ts";

process.exitCode = await runSweep(process.argv.slice(2), processEnvironment(), {
  out: console.log,
  err: console.error,
});
