import { systemClock } from "../src/kit/clock.ts";
import { environmentWith } from "./phone/environment.ts";
import { discreet } from "./phone/secrets.ts";
import { understood } from "./phone/words.ts";
import { setupExotel } from "./setup/exotel.ts";
import { setupWords } from "./setup/options.ts";
import { Story } from "./setup/story.ts";

/** `npm run setup:exotel`: lets a flow that leads to this gateway answer an ExoPhone, or back. Exit 0: done; 1: not; 2: not understood. */

const USAGE = "npm run setup:exotel -- --number +91… [--flow ID] [--dry-run] [--call +91…] [--undo [--force]]";

const words = understood(setupWords, USAGE);
const env = environmentWith(words["env-file"]);
const { number, call, undo, force } = words;
const options = { env, number, flow: words.flow, call, undo, force, dryRun: words["dry-run"], clock: systemClock };
const done = await setupExotel(options, new Story(discreet(env, (line) => console.log(line))));
process.exit(done ? 0 : 1);
