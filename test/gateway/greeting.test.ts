import { expect, test, vi } from "vitest";
import { warmCall } from "../../src/call/call.ts";
import { speech } from "./speech.ts";
import { AGENT, agentsOf, dial, media, ring, start, stop, world } from "./world.ts";

test("I36: ear and mouth are open before the stream, and the greeting's first sound follows start without any wait", async () => {
  const { stt, tts, told } = speech();
  const agent = { ...AGENT, greeting: "Namaste." };
  const at = await world({ warmCall, stt, tts, agents: agentsOf(agent) });
  const path = await ring(at);
  expect(told).toMatchObject({ ears: 1, mouths: 1 });

  const startedAt = at.clock.now();
  const peer = await dial(at, path);
  peer.send({ event: "connected" }, start(), media(0));
  await vi.waitFor(() => expect(peer.messages.some((text) => text.includes('"event":"media"'))).toBe(true));
  // The clock stands still: nothing in between has waited for time to pass.
  expect(at.clock.now()).toBe(startedAt);
  expect(told).toMatchObject({ ears: 1, mouths: 1 });
  await vi.waitFor(() => expect(told.heard).toHaveLength(1));

  peer.send(stop);
  await peer.closed;
  await vi.waitFor(() => expect(at.memory.jobs).toHaveLength(1));
  expect(at.memory.ends()).toEqual(["caller-hung-up"]);
  expect(at.memory.entries("turn")).not.toHaveLength(0);
  expect(told.open).toBe(0);
  expect(at.clock.pending).toBe(0);
});
