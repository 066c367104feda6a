import { expect, test } from "vitest";
import { VirtualClock } from "../../../src/kit/virtual-clock.ts";
import { callFeed, type FeedLine } from "../../../src/page/console/feed.ts";
import { CALL, turn } from "./calls.ts";

function line({ admitted = true } = {}) {
  const clock = new VirtualClock();
  const opened: FeedLine[] = [];
  let closed = 0;
  const feed = callFeed({
    clock,
    mayFollow: async () => admitted,
    open(one) {
      opened.push(one);
      return () => {
        closed += 1;
      };
    },
  });
  const stop = feed.start();
  const tell = (event: string, data: object): void => opened.at(-1)?.told(event, JSON.stringify(data));
  return { clock, feed, stop, tell, opened, last: () => opened.at(-1) as FeedLine, closed: () => closed };
}

test("live calls are known as soon as the feed tells, and when the feed was away", () => {
  const { feed, tell, last } = line();
  expect(feed.connection.value).toBe("connecting");
  last().opened();
  tell("snapshot", { calls: [CALL] });
  tell("turn", { id: CALL.id, turn: turn(1) });
  expect(feed.connection.value).toBe("connected");
  expect(feed.gaps.value).toBe(0);
  tell("snapshot", { calls: [CALL] });
  expect(feed.gaps.value).toBe(1);
  expect([...(feed.news.value.get(CALL.id)?.turns.keys() ?? [])]).toEqual([1]);
});

test("of the calls that ended, so many are remembered: of those that are forgotten the books are asked", () => {
  const { feed, tell } = line();
  tell("snapshot", { calls: [CALL] });
  for (let n = 0; n <= 200; n++) {
    expect(feed.gaps.value).toBe(0);
    tell("opened", { id: `over_${n}`, call: { ...CALL, id: `over_${n}` } });
    tell("ended", { id: `over_${n}`, end: { how: "caller-hung-up", detail: "" }, endedAt: 2_000 });
  }
  expect(feed.gaps.value).toBe(1);
  expect(feed.news.value.size).toBe(101);
  expect([feed.news.value.has(CALL.id), feed.news.value.has("over_100"), feed.news.value.has("over_101")]).toEqual([
    true,
    false,
    true,
  ]);
});

test("a line that broke is the browser's to take up again", () => {
  const { feed, opened, last, closed } = line();
  last().broken("comes back");
  expect(feed.connection.value).toBe("broken");
  expect([opened.length, closed()]).toEqual([1, 0]);
  last().opened();
  expect(feed.connection.value).toBe("connected");
});

test("one that was refused is tried again, each time later, and at once again after it stood", async () => {
  const { clock, opened, last } = line();
  const waits: number[] = [];
  for (let round = 0; round < 8; round++) {
    const before = { now: clock.now(), opened: opened.length };
    last().broken("refused");
    while (opened.length === before.opened) await clock.advance(500);
    waits.push(clock.now() - before.now);
    if (round === 6) last().opened();
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 1].map((seconds) => seconds * 1000));
});

test("who is not admitted any more does not knock", async () => {
  const { clock, opened, last } = line({ admitted: false });
  last().broken("refused");
  await clock.advance(600_000);
  expect(opened).toHaveLength(1);
});

test("nothing is opened after the end, and nothing known", async () => {
  const { clock, feed, stop, tell, opened, last } = line();
  tell("snapshot", { calls: [CALL] });
  last().broken("refused");
  stop();
  await clock.advance(600_000);
  expect(opened).toHaveLength(1);
  expect(feed.news.value.size).toBe(0);
});
