import { parseArgs } from "node:util";
import { processEnvironment } from "../src/config.ts";
import { BREAKAGES } from "./demo/breakages.ts";
import { runDemo } from "./demo/run.ts";

const { values } = parseArgs({
  options: { carrier: { type: "string", default: "twilio" }, break: { type: "string", default: "none" } },
});
const { carrier } = values;
const breakage = BREAKAGES[values.break];
if ((carrier !== "twilio" && carrier !== "exotel") || !breakage) {
  console.error(`npm run demo [-- --carrier twilio|exotel] [--break ${Object.keys(BREAKAGES).join("|")}]`);
  process.exit(2);
}

const { ok } = await runDemo({ carrier, env: processEnvironment(), out: (line) => console.log(line), breakage });
process.exit(ok ? 0 : 1);
