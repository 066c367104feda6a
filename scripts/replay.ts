import { processEnvironment } from "../src/config.ts";
import { runReplay } from "./replay/run.ts";

process.exitCode = await runReplay(process.argv.slice(2), processEnvironment(), {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
});
