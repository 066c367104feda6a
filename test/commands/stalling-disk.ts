import { readlinkSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { vi } from "vitest";

export type StallingDisk = Disposable & { stall(): void; goOn(): void; readonly waiting: number };

/** Lets every write and sync of open files under `dir` wait, as a disk does that does not answer. */
export async function stallingDisk(dir: string): Promise<StallingDisk> {
  await using file = await open(join(dir, "probe"), "w");
  const prototype: typeof file = Object.getPrototypeOf(file);
  let goOn = (): void => {};
  let answered = Promise.resolve();
  let waiting = 0;
  const wait = async ({ fd }: { readonly fd: number }): Promise<void> => {
    if (!isUnder(dir, fd)) return;
    waiting += 1;
    await answered;
  };
  const spies: { mockRestore(): void }[] = [];
  const recover = (): void => {
    for (const spy of spies.splice(0)) spy.mockRestore();
    goOn();
  };
  return {
    goOn: recover,
    [Symbol.dispose]: recover,
    stall() {
      answered = new Promise((resolve) => {
        goOn = resolve;
      });
      const { write, datasync } = prototype;
      const stalled = async function (this: typeof file, ...args: Parameters<typeof write>) {
        await wait(this);
        return write.apply(this, args);
      };
      spies.push(vi.spyOn(prototype, "write").mockImplementation(stalled as typeof write));
      spies.push(
        vi.spyOn(prototype, "datasync").mockImplementation(async function (this: typeof file) {
          await wait(this);
          return datasync.call(this);
        }),
      );
    },
    get waiting() {
      return waiting;
    },
  };
}

function isUnder(dir: string, fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith(dir);
  } catch {
    return true; // Not Linux: then every file waits.
  }
}
