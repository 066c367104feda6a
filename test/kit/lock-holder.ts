import { systemClock } from "../../src/kit/clock.ts";
import { lockFolder } from "../../src/kit/folder-lock.ts";

/** Tries to take the folder, tells how that went in one line, and stays until it is killed. */
try {
  await lockFolder(process.argv[2] ?? "");
  process.stdout.write("held\n");
} catch (error) {
  process.stdout.write(`refused ${String(error)}\n`);
}
systemClock.after(600_000, () => process.exit());
