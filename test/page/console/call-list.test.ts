import { expect, test } from "vitest";
import { VirtualClock } from "../../../src/kit/virtual-clock.ts";
import { callList, rowsOf } from "../../../src/page/console/call-list.ts";
import { withFollowed } from "../../../src/page/console/call-merge.ts";
import { withNews } from "../../../src/page/console/call-news.ts";
import { Refusal } from "../../../src/page/ui/api.ts";
import type { CallSummary } from "../../../src/page/ui/told.ts";
import { CALL, turn } from "./calls.ts";

const ENDED: CallSummary = {
  ...CALL,
  ...{ id: "call_0", openedAt: 500, status: "ended", endedAt: 900, end: { how: "failed", detail: "no voice" } },
};
const ALL = { portion: "all", search: "" } as const;
const news = withNews(new Map(), { event: "snapshot", data: { calls: [CALL] } });
const over = withNews(news, {
  event: "ended",
  data: { id: CALL.id, end: { how: "caller-hung-up", detail: "" }, endedAt: 2_000 },
});

test("live calls stand on top of what the books said, each once, and as they are now", () => {
  const ids = (...of: Parameters<typeof rowsOf>) => rowsOf(...of).map(({ id, status }) => `${id} ${status}`);
  expect(ids([ENDED], news, ALL)).toEqual(["call_1 open", "call_0 ended"]);
  expect(ids([CALL, ENDED], over, ALL)).toEqual(["call_1 ended", "call_0 ended"]);
  expect(ids([CALL], over, { portion: "live", search: "" })).toEqual([]);
  expect(ids([ENDED], over, { portion: "failed", search: "" })).toEqual(["call_0 ended"]);
});

test("a call is what the books have of it and what the feed told since; the books are right about one that is over", () => {
  const call = { ...CALL, turns: [turn(1)], decisions: [] };
  const followed = withNews(news, { event: "turn", data: { id: CALL.id, turn: turn(2, { userText: "Yes" }) } });
  expect(withFollowed({ state: "told", told: call }, followed.get(CALL.id))).toMatchObject({
    told: { turns: [{ seq: 1 }, { seq: 2, userText: "Yes" }] },
  });
  expect(withFollowed({ state: "refused", status: 404, why: "no such call" }, followed.get(CALL.id))).toMatchObject({
    told: { id: CALL.id, turns: [{ seq: 2 }] },
  });
  const known = { ...ENDED, id: CALL.id, turns: [], decisions: [] };
  expect(withFollowed({ state: "told", told: known }, followed.get(CALL.id))).toMatchObject({
    told: { status: "ended" },
  });
});

test("pages follow each other; an answer that comes too late is of no use", async () => {
  const asked: { readonly path: string; readonly answer: (calls: readonly CallSummary[], next?: string) => void }[] =
    [];
  const list = callList({
    clock: new VirtualClock(),
    ask: (path) =>
      new Promise((resolve) => {
        asked.push({
          path,
          answer: (calls, next) => resolve({ calls, ...(next !== undefined && { next_cursor: next }) }),
        });
      }),
  });
  const known = () =>
    list.state.value.state === "told" ? list.state.value.told.calls.map(({ id }) => id) : list.state.value.state;
  const settle = () => new Promise(setImmediate);

  list.look({ portion: "live", search: "" });
  list.look(ALL);
  asked[1]?.answer([CALL], "next");
  asked[0]?.answer([]);
  await settle();
  expect(known()).toEqual(["call_1"]);

  list.more();
  list.more();
  expect(asked).toHaveLength(3);
  expect(asked[2]?.path).toContain("cursor=next");
  asked[2]?.answer([ENDED]);
  await settle();
  expect(known()).toEqual(["call_1", "call_0"]);
  list.more();
  expect(asked).toHaveLength(3);

  list.look(ALL);
  expect(known()).toEqual(["call_1", "call_0"]);
  list.look({ portion: "failed", search: "" });
  expect(known()).toBe("asking");
});

test("what is listed stays while the gateway is away, with why there is no more of it", async () => {
  const answers: (() => Promise<{ readonly calls: readonly CallSummary[] }>)[] = [
    async () => ({ calls: [CALL] }),
    () => Promise.reject(new Refusal(0, "The gateway cannot be reached.")),
    () => Promise.reject(new Refusal(403, "this key may not read")),
  ];
  const list = callList({
    clock: new VirtualClock(),
    ask: () => answers.shift()?.() ?? Promise.reject(new Error("asked too often")),
  });
  const looked = async () => {
    list.look(ALL);
    await new Promise(setImmediate);
    return [list.state.value.state, list.missed.value];
  };
  expect(await looked()).toEqual(["told", ""]);
  expect(await looked()).toEqual(["told", "The gateway cannot be reached."]);
  expect(await looked()).toEqual(["refused", ""]);
});

test("a search waits for its turn behind others; what else is refused is so at once", async () => {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const list = callList({
    clock,
    async ask(path) {
      asked.push(path);
      throw new Refusal(503, "busy");
    },
  });
  list.look({ portion: "all", search: "order" });
  await clock.advance(2_500);
  expect(asked).toHaveLength(3);
  expect(list.state.value.state).toBe("asking");
  await clock.advance(10_000);
  expect(asked).toHaveLength(5);
  expect(list.state.value).toMatchObject({ state: "refused", status: 503 });
  list.look(ALL);
  await clock.advance(0);
  expect(asked).toHaveLength(6);
  expect(list.state.value).toMatchObject({ state: "refused" });
});
