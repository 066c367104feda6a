import { expect, test, vi } from "vitest";
import { Pace } from "../../src/gateway/pace.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { create, join, sessionWorld } from "./web.ts";
import { media, type World } from "./world.ts";

const SECOND = Buffer.alloc(8_000, 0x11).toString("base64");
const stopped = { event: "stop" };
const said = (at: World, kind: string) => at.calls[0]?.signals.filter((signal) => signal.kind === kind).length;
const heardMs = (at: World) =>
  (at.calls[0]?.heard ?? []).reduce((ms, payload) => ms + Buffer.from(payload, "base64").length / 8, 0);

test("a page that sends sound faster than time is let 30 s ahead and no further, and floods of it are closed", async () => {
  const at = await sessionWorld();
  const page = await join(at, await create(at));
  const sound = Array.from({ length: 60 }, () => ({ event: "media", media: { payload: SECOND } }));
  page.send(...sound);
  expect(await page.closed).toBe(1008);
  expect(at.calls[0]?.heard).toHaveLength(30);
  await vi.waitFor(() => expect(at.memory.ends()).toEqual(["carrier-lost"]));
});

test("times that a page makes up do not become hours of silence", async () => {
  const at = await sessionWorld();
  const page = await join(at, await create(at));
  page.send(...Array.from({ length: 15 }, (_, hop) => media(hop * 10_000, "/w==")), stopped);
  await page.closed;
  expect(heardMs(at)).toBeLessThanOrEqual(30_000);
});

test("a page on a bad network, whose sound comes late and all at once, loses none of it", async () => {
  const at = await sessionWorld();
  const page = await join(at, await create(at));
  await vi.waitFor(() => expect(said(at, "started")).toBe(1));
  const sound = { event: "media", media: { payload: SECOND } };
  const frames = () => at.calls[0]?.heard.filter((payload) => payload === SECOND).length;
  for (let stall = 1; stall <= 12; stall++) {
    await at.clock.advance(8_000);
    page.send(...Array.from({ length: 8 }, () => sound));
    await vi.waitFor(() => expect(frames()).toBe(stall * 8));
  }
  expect(page.socket.readyState).toBe(page.socket.OPEN);
});

test.each([
  [{ event: "text", text: "And?" }, "text", 60],
  [{ event: "dtmf", dtmf: { digit: "1" } }, "key", 1_200],
  [{ event: "mark", mark: { name: "mine" } }, "played", 1_200],
])("a flood of %o is closed, and reaches the conversation no further than a person could", async (one, kind, most) => {
  const at = await sessionWorld();
  const page = await join(at, await create(at));
  page.send(...Array.from({ length: most + 21 }, () => one));
  expect(await page.closed).toBe(1008);
  expect(said(at, kind)).toBe(most);
});

test("very many very small pieces of sound count for more than they hold", async () => {
  const clock = new VirtualClock();
  const pace = new Pace(clock);
  const taken = () => Array.from({ length: 40_000 }, () => pace.allowsSound(1 / 16)).filter(Boolean).length;
  expect(taken()).toBe(30_000);
  // A page that sends each block of its sound card by itself, 375 a second, is none of those.
  await clock.advance(1_000);
  expect(Array.from({ length: 375 }, () => pace.allowsSound(2.66)).every(Boolean)).toBe(true);
});

test("a pause makes room again", async () => {
  const clock = new VirtualClock();
  const pace = new Pace(clock);
  for (let written = 0; written < 60; written++) expect(pace.allows("text")).toBe(true);
  expect([pace.allows("text"), pace.allows("key")]).toEqual([false, true]);
  expect([pace.allowsSound(30_000), pace.allowsSound(1)]).toEqual([true, false]);
  await clock.advance(1_000);
  expect([pace.allows("text"), pace.allows("text")]).toEqual([true, false]);
  expect([pace.allowsSound(1_001), pace.allowsSound(1_000)]).toEqual([false, true]);
});
