import { parseArgs } from "node:util";
import { processEnvironment } from "../src/config.ts";
import { consoleLines, isQuick, measureConsole } from "./load/console.ts";
import { compareJournals, costLines } from "./load/journal-cost.ts";
import { measureReplays, slowestRatio, speedLines } from "./load/replays.ts";
import { runLoad } from "./load/run.ts";
import { isSound, loadLines } from "./load/table.ts";

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "10" },
    carrier: { type: "string", default: "twilio" },
    seconds: { type: "string", default: "30" },
    journal: { type: "boolean", default: false },
    replays: { type: "boolean", default: false },
    console: { type: "boolean", default: false },
    stored: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
  },
});
const { carrier } = values;
const calls = Number(values.calls);
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
if ((carrier !== "twilio" && carrier !== "exotel") || !(calls >= 1) || !(seconds >= 1) || !(rounds >= 1)) {
  console.error(
    "npm run load -- --calls N [--carrier twilio|exotel] [--seconds S] [--journal | --replays | --console [--stored N]] [--rounds R]",
  );
  process.exit(2);
}

if (values.replays) {
  const speeds = await measureReplays(rounds + 1);
  for (const line of speedLines(speeds)) console.log(line);
  process.exit(slowestRatio(speeds) >= 100 ? 0 : 1);
}

const options = { calls, carrier, seconds, env: processEnvironment() } as const;
if (values.journal) {
  const costs = await compareJournals(options, rounds);
  for (const line of costLines(costs, options)) console.log(line);
  process.exit(costs.every(({ results }) => results.every(isSound)) ? 0 : 1);
}
if (values.console) {
  const { answers, load } = await measureConsole(options, Number(values.stored));
  for (const line of [...consoleLines(answers), "", ...loadLines(load)]) console.log(line);
  process.exit(isQuick(answers) && isSound(load) ? 0 : 1);
}
const result = await runLoad(options);
for (const line of loadLines(result)) console.log(line);
process.exit(isSound(result) ? 0 : 1);
