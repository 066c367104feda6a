import { connect, createServer, type Socket } from "node:net";

export type BreakableNetwork = AsyncDisposable & {
  /** Everything that is connected is cut, without a word of any protocol. Whoever connects anew gets through. */
  breakOff(): void;
};

/** A way to `target` on this machine, by `port`. */
export async function breakableNetwork(port: number, target: number): Promise<BreakableNetwork> {
  const ends = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        ends.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const breakOff = (): void => {
    for (const end of ends) end.destroy();
  };
  return {
    breakOff,
    async [Symbol.asyncDispose]() {
      breakOff();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
