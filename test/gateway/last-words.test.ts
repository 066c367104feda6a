import { expect, test, vi } from "vitest";
import { connect, dial, media, ring, start, world } from "./world.ts";

test("a call ended from outside writes its open turn before its close", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  call.lastTurn = 1;
  call.bug = new Error("a bug in the hot path");
  peer.send(media(0));
  await vi.waitFor(() => expect(at.memory.jobs).toHaveLength(1));
  expect(at.memory.ends()).toEqual(["failed"]);
  const kinds = ["open", "answered", "turn", "close"];
  expect(at.memory.books.map(({ entry }) => entry.kind)).toEqual(kinds);
  const journalled = at.memory.journal.map(({ entry }) => ("book" in entry ? entry.book.kind : ""));
  expect(journalled).toEqual(kinds);
});

test("a conversation that does not stop when it is ended holds its call for half a second, and then writes no more", async () => {
  let write = (_seq: number): void => {};
  const at = await world({
    warmCall: (parts) => {
      const turn = { userText: "", agentGenerated: "", agentSent: "", agentHeard: "", interrupted: false };
      write = (seq) => parts.write({ kind: "turn", turn: { seq, ...turn, startedMs: 0, metrics: {} } });
      return {
        run: (line) => {
          line.onAudio = () => {
            throw new Error("a bug");
          };
          return new Promise(() => {});
        },
        order() {},
      };
    },
  });
  const peer = await dial(at, await ring(at));
  peer.send(start(), media(0));
  expect(await peer.closed).toBe(1011);
  expect(at.memory.ends()).toEqual([]);
  write(1);
  await at.clock.advance(500);
  write(2);
  await vi.waitFor(() => expect(at.memory.jobs).toHaveLength(1));
  expect(at.memory.books.map(({ entry }) => entry.kind)).toEqual(["open", "answered", "turn", "close"]);
  expect(at.gateway.liveCalls).toBe(0);
});
