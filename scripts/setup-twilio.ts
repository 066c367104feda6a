import { systemClock } from "../src/kit/clock.ts";
import { environmentWith } from "./phone/environment.ts";
import { discreet } from "./phone/secrets.ts";
import { understood } from "./phone/words.ts";
import { setupWords } from "./setup/options.ts";
import { Story } from "./setup/story.ts";
import { setupTwilio } from "./setup/twilio.ts";

/** `npm run setup:twilio`: points a Twilio number to this gateway, or back. Exit 0: done; 1: not; 2: not understood. */

const USAGE = "npm run setup:twilio -- --number +91… [--dry-run] [--call +91…] [--undo [--force]]";

const words = understood(setupWords, USAGE);
const env = environmentWith(words["env-file"]);
const { number, call, undo, force } = words;
const options = { env, number, call, undo, force, dryRun: words["dry-run"], clock: systemClock };
const done = await setupTwilio(options, new Story(discreet(env, (line) => console.log(line))));
process.exit(done ? 0 : 1);
