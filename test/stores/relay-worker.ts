import { openCommandRelay } from "../../src/jobs/command-relay.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";

/** A process that has one call: it answers with its pid, or, told to hang, says so and never answers. Place and call come as JSON. */
const { place, callId } = JSON.parse(process.argv[2] ?? "{}");
const kit = { clock: systemClock, ids: randomIds(systemClock.wall), log: silentLog, meter: deafMeter };
const relay = openCommandRelay(place, kit);
relay.serve((id) => {
  if (id !== callId) return undefined;
  return async (what) => {
    if (what !== "hang") return { ok: true, answer: { pid: process.pid, what } };
    process.stdout.write("hanging\n");
    return new Promise(() => {});
  };
});
