import { parseArgs } from "node:util";
import { systemClock } from "../src/kit/clock.ts";
import { voice, voiceNames } from "../src/simulator/voices.ts";
import { examine } from "./doctor/examine.ts";
import { Findings } from "./doctor/finding.ts";
import { printer, summary } from "./doctor/print.ts";
import { environmentWith } from "./phone/environment.ts";
import { discreet, discreetJson } from "./phone/secrets.ts";
import { understood } from "./phone/words.ts";

/** `npm run doctor`: looks at everything a gateway with this environment needs. Exit 0: it is there; 1: faults; 2: not understood. */

const read = () =>
  parseArgs({
    options: {
      json: { type: "boolean", default: false },
      voice: { type: "string", default: "hi-long" },
      "env-file": { type: "string" },
    },
  }).values;
const USAGE = `npm run doctor [-- --json] [--voice ${voiceNames.join("|")}]`;

const words = understood(read, USAGE);
const sample = understood(() => voice(words.voice), USAGE);
const env = environmentWith(words["env-file"]);
const print = discreet(env, (line) => console.log(line));
const findings = new Findings(words.json ? { finding: () => {}, live: () => {} } : printer(print));
await examine({ env, sample, clock: systemClock }, findings);
if (words.json) console.log(discreetJson(env, { healthy: findings.healthy, findings: findings.all }));
else print(`\n${summary(findings.all)}`);
process.exit(findings.healthy ? 0 : 1);
