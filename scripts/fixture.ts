import { processEnvironment } from "../src/config.ts";
import { runFixture } from "./replay/fixture.ts";

process.exitCode = await runFixture(process.argv.slice(2), processEnvironment(), {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
});
