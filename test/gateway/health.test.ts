import { expect, test, vi } from "vitest";
import { world } from "./world.ts";

const health = async (origin: string) => (await (await fetch(`${origin}/healthz`)).json()) as { instance: string };

test("each gateway names itself, so that a tunnel can be told from a wrong one", async () => {
  const [one, other] = [await world(), await world()];
  const { instance } = await health(one.origin);
  expect(await health(one.origin)).toEqual({ status: "ok", instance });
  expect((await health(other.origin)).instance).not.toBe(instance);
});

test("a job queue that is down is said, and does not make the gateway unready", async () => {
  const at = await world();
  const ready = async () => {
    const response = await fetch(`${at.origin}/readyz`);
    return { code: response.status, ...((await response.json()) as { queue: string }) };
  };
  await vi.waitFor(async () => expect(await ready()).toMatchObject({ code: 200, queue: "up" }));
  at.memory.queueUp = false;
  await at.clock.advance(2_000);
  await vi.waitFor(async () => expect(await ready()).toMatchObject({ code: 200, queue: "down" }));
});
