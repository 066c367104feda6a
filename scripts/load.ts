import { parseArgs } from "node:util";
import { processEnvironment } from "../src/config.ts";
import { runLoad } from "./load/run.ts";
import { isSound, loadLines } from "./load/table.ts";

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "10" },
    carrier: { type: "string", default: "twilio" },
    seconds: { type: "string", default: "30" },
  },
});
const { carrier } = values;
const calls = Number(values.calls);
const seconds = Number(values.seconds);
if ((carrier !== "twilio" && carrier !== "exotel") || !(calls >= 1) || !(seconds >= 1)) {
  console.error("npm run load -- --calls N [--carrier twilio|exotel] [--seconds S]");
  process.exit(2);
}

const result = await runLoad({ calls, carrier, seconds, env: processEnvironment() });
for (const line of loadLines(result)) console.log(line);
process.exit(isSound(result) ? 0 : 1);
