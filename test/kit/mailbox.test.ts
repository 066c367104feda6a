import { expect, test } from "vitest";
import { Mailbox } from "../../src/kit/mailbox.ts";

test("gives everything put before its close, in order, then stops", async () => {
  const box = new Mailbox<number>();
  for (const item of [1, 2, 3]) box.put(item);
  box.close();
  box.put(4);
  const seen: number[] = [];
  for await (const item of box) seen.push(item);
  expect(seen).toEqual([1, 2, 3]);
});

test("wakes a reader that waits", async () => {
  const box = new Mailbox<string>();
  const next = box[Symbol.asyncIterator]().next();
  box.put("now");
  expect(await next).toEqual({ done: false, value: "now" });
});
