import { bullmqQueue } from "../../src/jobs/bullmq.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";

/** A worker process for tests: takes a job, says so, and never finishes it. Its queue's place and lease come as JSON. */
const { place, lease } = JSON.parse(process.argv[2] ?? "{}");
const queue = await bullmqQueue({ place, lease, clock: systemClock, log: silentLog, meter: deafMeter });
queue.work((job) => {
  process.stdout.write(`taken ${job.callId}\n`);
  return new Promise(() => {});
});
