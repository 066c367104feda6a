import { systemClock } from "../../src/kit/clock.ts";
import { createLog } from "../../src/kit/log.ts";
import type { Meter } from "../../src/kit/meter.ts";
import { runProgram } from "../../src/kit/run.ts";

/** A program that breaks in the way it is told to, by an error that nobody catches. */
const [, , how = ""] = process.argv;

const say = (fact: object): void => void process.stdout.write(`${JSON.stringify(fact)}\n`);
const meter: Meter = { count: (counted) => say({ counted }), observe: () => {}, gauge: () => {} };
// Real time, a thousand times faster: what takes 30 s takes 30 ms.
if (how.endsWith("never stops")) {
  const { after } = systemClock;
  systemClock.after = (ms, then) => after(ms / 1000, then);
}
const stayAlive = setInterval(() => {}, 1000);

await runProgram(
  async () => {
    if (how === "while starting") {
      void Promise.reject(new Error("a bug"));
      await new Promise(() => {});
    }
    setImmediate(() => {
      if (how === "rejection") void Promise.reject(new Error("a bug"));
      else throw new Error("a bug");
    });
    return {
      log: createLog("info", { write: (line: string) => void process.stdout.write(line) }),
      meter,
      async stop(ms) {
        say({ stopping: ms });
        if (how.endsWith("never stops")) await new Promise(() => {});
        if (how === "twice") await Promise.resolve(setImmediate(() => Promise.reject(new Error("another bug"))));
        await new Promise((resolve) => setTimeout(resolve, 20));
        clearInterval(stayAlive);
      },
    };
  },
  () => false,
);
