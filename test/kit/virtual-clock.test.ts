import { expect, test } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";

const never = new AbortController().signal;

test("time stands still until it is moved, and the wall clock moves along", async () => {
  const clock = new VirtualClock();
  expect([clock.now(), clock.wall(), clock.next, clock.pending]).toEqual([0, 1_760_000_000_000, undefined, 0]);
  await clock.advance(1500);
  expect([clock.now(), clock.wall()]).toEqual([1500, 1_760_000_001_500]);
  expect(new VirtualClock(7).wall()).toBe(7);
});

test("sleepers wake at their instant, in the order of their instants, those of one instant in the order they were set", async () => {
  const clock = new VirtualClock();
  const woken: string[] = [];
  const note = (name: string) => () => void woken.push(`${name}@${clock.now()}`);
  for (const [name, ms] of Object.entries({ c: 30, a: 10, d: 30, b: 20, e: 30, late: 31 })) clock.after(ms, note(name));
  await clock.advanceTo(9);
  expect(woken).toEqual([]);
  await clock.advanceTo(30);
  expect(woken).toEqual(["a@10", "b@20", "c@30", "d@30", "e@30"]);
  expect([clock.now(), clock.next, clock.pending]).toEqual([30, 31, 1]);
});

test("what a sleeper does, through any chain of promises, is done before the next one wakes", async () => {
  const clock = new VirtualClock();
  const done: string[] = [];
  clock.after(10, () => void chain("first"));
  clock.after(10, () => done.push("second"));
  clock.after(11, () => done.push("third"));
  async function chain(name: string): Promise<void> {
    for (let turn = 0; turn < 50; turn += 1) await undefined;
    done.push(name);
    clock.after(0, () => done.push("its own timer"));
  }
  await clock.advance(11);
  expect(done).toEqual(["first", "second", "its own timer", "third"]);
});

test("a timer set while time passes is kept to; one in the past is due at once and does not turn time back", async () => {
  const clock = new VirtualClock();
  const woken: number[] = [];
  const tick = (): void => {
    woken.push(clock.now());
    clock.after(20, tick);
  };
  clock.after(20, tick);
  await clock.advance(100);
  expect(woken).toEqual([20, 40, 60, 80, 100]);
  clock.after(-50, () => woken.push(clock.now()));
  await clock.advanceTo(0);
  expect([woken.length, clock.now()]).toEqual([5, 100]);
  await clock.advance(0);
  expect(woken.at(-1)).toBe(100);
});

test("a cancelled timer is forgotten at once, whichever it is; cancelling again, or after it woke, does nothing", async () => {
  const clock = new VirtualClock();
  const woken: number[] = [];
  const cancels = Array.from({ length: 1000 }, (_, index) =>
    clock.after((index * 7919) % 100, () => woken.push((index * 7919) % 100)),
  );
  for (const [index, cancel] of cancels.entries()) if (index % 3 !== 0) cancel();
  expect(clock.pending).toBe(334);
  for (const [index, cancel] of cancels.entries()) if (index % 3 !== 0) cancel();
  expect(clock.pending).toBe(334);
  await clock.advance(50);
  const soFar = woken.length;
  for (const cancel of cancels) cancel();
  expect([clock.pending, clock.next]).toEqual([0, undefined]);
  await clock.advance(100);
  expect(woken).toHaveLength(soFar);
  expect(woken).toEqual([...woken].sort((a, b) => a - b));
});

test("a sleep ends with its time, or with its signal and nothing left behind", async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const ended: unknown[] = [];
  void clock.sleep(10, never).then(() => ended.push(clock.now()));
  clock.sleep(1000, stop.signal).catch((reason: unknown) => ended.push(reason));
  await clock.advance(10);
  expect(ended).toEqual([10]);
  stop.abort("enough");
  await clock.advance(0);
  expect(ended).toEqual([10, "enough"]);
  expect(clock.pending).toBe(0);
  await expect(clock.sleep(10, stop.signal)).rejects.toBe("enough");
});
