import { expect, test } from "vitest";
import { Closing } from "../../src/kit/closing.ts";
import { silentLog } from "../../src/kit/log.ts";

test("what was opened last is closed first, one after the other, also when one of them fails", async () => {
  const closing = new Closing();
  const closed: string[] = [];
  closing.add("lock", (it) => closed.push(it));
  closing.add("books", async (it) => {
    await Promise.resolve();
    closed.push(it);
    throw new Error("the books do not close");
  });
  closing.add("doors", (it) => closed.push(it));
  await closing.run(silentLog);
  expect(closed).toEqual(["doors", "books", "lock"]);
});

test("asked twice at once, nothing is closed twice or out of order, and both are answered when all is closed", async () => {
  const closing = new Closing();
  const closed: string[] = [];
  let books = (): void => {};
  closing.add("database", (it) => closed.push(it));
  closing.add("books", async (it) => {
    await new Promise<void>((resolve) => {
      books = resolve;
    });
    closed.push(it);
  });
  const first = closing.run(silentLog);
  const second = closing.run(silentLog).then(() => closed.push("second"));
  await Promise.resolve();
  expect(closed).toEqual([]);
  books();
  await Promise.all([first, second]);
  expect(closed).toEqual(["books", "database", "second"]);
});
