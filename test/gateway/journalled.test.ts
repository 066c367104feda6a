import { expect, test, vi } from "vitest";
import { dial, ring, start, world } from "./world.ts";

test("what a call writes down stands in its journal with its instant, to the microsecond", async () => {
  const at = await world();
  const path = await ring(at);
  await at.clock.advance(8233.77275599);
  const peer = await dial(at, path);
  peer.send(start());
  await vi.waitFor(() => expect(at.memory.journal).toHaveLength(2));
  expect(at.memory.journal.map(({ entry }) => entry.atMs)).toEqual([0, 8233.773]);
});
