import { expect, test } from "vitest";
import { timeOf } from "../../src/page/ui/format.ts";

test("a time of today has no day, one of this year no year", () => {
  const now = new Date(2026, 5, 15, 18, 0).getTime();
  expect(timeOf(new Date(2026, 5, 15, 11, 47).getTime(), now)).toBe("11:47 am");
  expect(timeOf(new Date(2026, 5, 14, 11, 47).getTime(), now)).toBe("14 Jun, 11:47 am");
  expect(timeOf(new Date(2025, 5, 15, 11, 47).getTime(), now)).toBe("15 Jun 2025, 11:47 am");
});
