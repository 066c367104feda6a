import { expect, test } from "vitest";
import { InOrder } from "../../src/kit/in-order.ts";

const through = (places: readonly number[]): string[] => {
  const order = new InOrder<string>();
  return places.map((place) => order.take(place, String(place)).join(","));
};

test("what comes in order passes at once", () => {
  expect(through([1, 2, 3])).toEqual(["1", "2", "3"]);
  expect(through([700, 701])).toEqual(["700", "701"]);
});

test("what comes too early waits for what is missing", () => {
  expect(through([1, 3, 2, 4])).toEqual(["1", "", "2,3", "4"]);
  expect(through([1, 4, 3, 2])).toEqual(["1", "", "", "2,3,4"]);
});

test("what is missing is given up when six wait for it, and left out if it comes after all", () => {
  expect(through([1, 3, 4, 5, 6, 7, 8, 2, 9])).toEqual(["1", "", "", "", "", "", "3,4,5,6,7,8", "", "9"]);
});

test("one that comes twice passes once", () => {
  expect(through([1, 2, 2, 1, 3])).toEqual(["1", "2", "", "", "3"]);
  expect(through([1, 3, 3, 2])).toEqual(["1", "", "", "2,3"]);
});

test("a count that begins anew is followed", () => {
  expect(through([1000, 1001, 1, 2])).toEqual(["1000", "1001", "1", "2"]);
});
