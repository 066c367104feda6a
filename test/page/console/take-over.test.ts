import { beforeEach, expect, test } from "vitest";
import { beginTakeOver, onlineIdentity, sendCaller, takeOver } from "../../../src/page/console/take-over.ts";

const wordsOf = (error: unknown): string => (error as Error).message;
const stage = () => takeOver.value?.stage;

beforeEach(() => {
  takeOver.value = undefined;
});

test.each([
  [{ type: "durvani:online", identity: "asha" }, "asha"],
  [{ type: "durvani:online", identity: "" }, undefined],
  [{ type: "durvani:online" }, undefined],
  [{ type: "durvani:offline", identity: "asha" }, undefined],
  ["durvani:online", undefined],
  [null, undefined],
])("of all that frames say, %j means %s", (said, identity) => {
  expect(onlineIdentity(said)).toBe(identity);
});

test("the caller is sent once, however often the softphone says that it is there", async () => {
  const asked: unknown[] = [];
  const ask = async (path: string, body: object) => void asked.push([path, body]);
  beginTakeOver("call_1", "+91 98450 12345");
  const first = sendCaller("asha", ask, wordsOf);
  expect(stage()).toEqual({ is: "asking" });
  await Promise.all([first, sendCaller("asha", ask, wordsOf)]);
  await sendCaller("asha", ask, wordsOf);
  expect(asked).toEqual([["/v1/calls/call_1/transfer", { to: "client:asha", kind: "cold" }]]);
  expect(stage()).toEqual({ is: "moving" });
});

test("a refusal is told in the gateway's words", async () => {
  beginTakeOver("call_1", "asha");
  await sendCaller("asha", () => Promise.reject(new Error("the call is over")), wordsOf);
  expect(stage()).toEqual({ is: "refused", why: "the call is over" });
});

test("what is asked for a softphone that was closed meanwhile changes nothing", async () => {
  let answer = (): void => {};
  beginTakeOver("call_1", "asha");
  const sent = sendCaller("asha", () => new Promise<void>((resolve) => (answer = resolve)), wordsOf);
  takeOver.value = undefined;
  answer();
  await sent;
  expect(takeOver.value).toBeUndefined();
});
