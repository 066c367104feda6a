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

test("a count that begins anew early is followed too, and nothing of it is lost", () => {
  const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  expect(through([...ten, ...ten, 11])).toEqual([
    ...ten.map(String),
    "",
    "",
    "1,2,3",
    ...ten.slice(3).map(String),
    "11",
  ]);
  // What was held of the old count comes first; what is missing in the new one is waited for.
  expect(through([...ten, 12, 1, 2, 4, 3]).slice(10)).toEqual(["", "", "", "12,1,2", "3,4"]);
});

test("late ones that come one by one, or in no order, begin no count", () => {
  const given = [1, 8, 9, 10, 11, 12, 13];
  expect(through([...given, 2, 14, 3, 15, 4, 16]).slice(7)).toEqual(["", "14", "", "15", "", "16"]);
  expect(through([...given, 4, 3, 2, 5, 14]).slice(7)).toEqual(["", "", "", "", "14"]);
});

test("what is held when no more comes is handed out, in order", () => {
  const order = new InOrder<string>();
  for (const place of [1, 4, 3]) order.take(place, String(place));
  expect(order.rest()).toEqual(["3", "4"]);
  expect(order.rest()).toEqual([]);
});

test("a count whose beginning is known never begins anew: what came before is left out, however often it comes", () => {
  const order = new InOrder<string>(0);
  const places = [1, 0, 0, 1, 2, 0, 1, 2, 3];
  expect(places.map((place) => order.take(place, String(place)).join(","))).toEqual([
    ...["", "0,1", "", "", "2"],
    ...["", "", "", "3"],
  ]);
});
