import { bullmqQueue } from "../src/jobs/bullmq.ts";
import { systemClock as clock } from "../src/kit/clock.ts";
import { silentLog as log } from "../src/kit/log.ts";
import { deafMeter as meter } from "../src/kit/meter.ts";
import { openDatabase } from "../src/store/database.ts";

/** Makes an empty, migrated embedded database in the folder named by the first argument. */
const database = await openDatabase({ dataDir: process.argv[2] ?? "", log, clock });
const place = { kind: "postgres", poolConfig: database.poolConfig, embedded: true } as const;
const queue = await bullmqQueue({ place, clock, log, meter });
await queue.close();
await database.close();
process.exit(0);
