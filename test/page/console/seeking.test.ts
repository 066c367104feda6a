import { expect, test } from "vitest";
import { belongs, listPath, meaningOf } from "../../../src/page/console/seeking.ts";
import type { CallSummary } from "../../../src/page/ui/told.ts";

const CALL: CallSummary = {
  id: "call_1",
  carrier: "twilio",
  carrierCallId: "CA1",
  from: "+919845012345",
  to: "+918047182200",
  agent: "clinic",
  language: "hi-IN",
  openedAt: 1_000,
  status: "open",
};
const FAILED: CallSummary = { ...CALL, status: "ended", end: { how: "failed", detail: "" } };
const DAY_MS = 24 * 3_600_000;

test.each([
  [" ", { kind: "anything" }],
  ["call_01a1f9684c25457dcc1cea", { kind: "call", id: "call_01a1f9684c25457dcc1cea", whole: true }],
  ["call_01a1", { kind: "call", id: "call_01a1", whole: false }],
  ["+91 98450-12345", { kind: "number", number: "+91 98450-12345" }],
  ["12", { kind: "words", words: "12" }],
  ["ऑर्डर कहाँ", { kind: "words", words: "ऑर्डर कहाँ" }],
  ["order 4821", { kind: "words", words: "order 4821" }],
])("who types %j means %o", (search, meaning) => {
  expect(meaningOf(search)).toEqual(meaning);
});

test("what is asked of the API follows from what is meant", () => {
  const asked = (portion: "all" | "live" | "failed", search: string, cursor?: string) =>
    Object.fromEntries(new URL(listPath({ portion, search }, 100 * DAY_MS, cursor), "http://api").searchParams);
  expect(asked("all", "")).toEqual({ limit: "30" });
  expect(asked("live", "", "next")).toEqual({ limit: "30", status: "open", cursor: "next" });
  expect(asked("failed", "98450 12345")).toEqual({ limit: "30", failed: "true", number: "98450 12345" });
  expect(asked("all", "ऑर्डर")).toEqual({ limit: "30", q: "ऑर्डर", opened_after: String(70 * DAY_MS) });
});

test("a call that was just heard of comes into the lists it belongs to", () => {
  const into = (call: CallSummary, search = "") =>
    (["all", "live", "failed"] as const).filter((portion) => belongs(call, { portion, search }));
  expect(into(CALL)).toEqual(["all", "live"]);
  expect(into(FAILED)).toEqual(["all", "failed"]);
  expect(into({ ...FAILED, end: { how: "caller-hung-up", detail: "" } })).toEqual(["all"]);
  expect(into(CALL, "098450 12345")).toEqual(["all", "live"]);
  expect(into(CALL, "98450 12346")).toEqual([]);
  expect(into(CALL, "order")).toEqual([]);
});
