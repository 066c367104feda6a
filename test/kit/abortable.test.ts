import { getEventListeners, once } from "node:events";
import { setImmediate as settle } from "node:timers/promises";
import { expect, test } from "vitest";
import { abortable } from "../../src/kit/abortable.ts";

async function* deaf(): AsyncGenerator<string> {
  yield "first";
  await new Promise(() => {});
}

test("lets go of 500 stuck sources at once, even those that ignore the signal", async () => {
  let closed = 0;
  async function* attentive(signal: AbortSignal): AsyncGenerator<string> {
    try {
      yield "first";
      await once(new EventTarget(), "never", { signal });
    } finally {
      closed++;
    }
  }
  await Promise.all(
    Array.from({ length: 500 }, async (_, i) => {
      const stop = new AbortController();
      const seen: string[] = [];
      const reading = (async () => {
        for await (const item of abortable(i % 2 === 0 ? attentive(stop.signal) : deaf(), stop.signal)) seen.push(item);
      })();
      await settle();
      stop.abort(new Error("enough"));
      await expect(reading).rejects.toThrow("enough");
      expect(seen).toEqual(["first"]);
      expect(getEventListeners(stop.signal, "abort")).toEqual([]);
    }),
  );
  await settle();
  expect(closed).toBe(250);
});

test("passes on what the source throws", async () => {
  async function* broken(): AsyncGenerator<string> {
    yield "first";
    throw new Error("broken");
  }
  const read = async (): Promise<void> => {
    for await (const _ of abortable(broken(), new AbortController().signal));
  };
  await expect(read()).rejects.toThrow("broken");
});

test("yields nothing after the signal, even what is already there", async () => {
  const stop = new AbortController();
  async function* many(): AsyncGenerator<number> {
    for (let i = 0; ; i++) yield i;
  }
  const seen: number[] = [];
  const read = async (): Promise<void> => {
    for await (const i of abortable(many(), stop.signal)) {
      seen.push(i);
      if (i === 2) stop.abort(new Error("enough"));
    }
  };
  await expect(read()).rejects.toThrow("enough");
  expect(seen).toEqual([0, 1, 2]);
});
