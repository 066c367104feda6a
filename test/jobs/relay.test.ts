import { beforeEach, describe, expect, test } from "vitest";
import { commandRelay } from "../../src/jobs/command-relay.ts";
import { Letters, pieces } from "../../src/jobs/command-relay-pieces.ts";
import type { CommandResult } from "../../src/jobs/jobs.ts";
import { callId, RelayWorld, servedCall } from "./relay-world.ts";

let world: RelayWorld;
beforeEach(() => {
  world = new RelayWorld();
});

const say = { callId: callId("call_1"), what: { say: "नमस्ते" } };
const noted = (promise: Promise<unknown>): { value?: unknown } => {
  const seen: { value?: unknown } = {};
  void promise.then((value) => {
    seen.value = value;
  });
  return seen;
};

/** One that asks, one that has the call. */
function pair(call = servedCall("call_1")) {
  const asker = world.open();
  const server = world.open();
  asker.relay.serve(() => undefined);
  server.relay.serve(call.find);
  return { asker, server, call };
}

describe("a command to a call on another process", () => {
  test("is carried out there, answered, and its words go to no third process", async () => {
    const { asker, call, server } = pair();
    world.open().relay.serve(() => undefined);
    const result = noted(asker.relay.ask(say));
    await world.clock.advance(0);
    expect(result.value).toEqual({ ok: true, answer: 1 });
    expect(call.done).toEqual([{ say: "नमस्ते" }]);
    expect(world.kinds).toEqual(["ask", "offer", "go", "result"]);
    const withWords = world.sent.filter(({ letter }) => letter.includes("नमस्ते"));
    expect(withWords.map(({ to }) => to)).toEqual([server.name]);
    expect(world.counted).toEqual(["done"]);
    expect(world.clock.pending).toBe(0);
  });

  test("that no process has is asked for again and again, and is nobody's after three seconds", async () => {
    const { asker } = pair();
    const result = noted(asker.relay.ask({ callId: callId("call_other"), what: 1 }));
    await world.clock.advance(2999);
    expect(result.value).toBeUndefined();
    await world.clock.advance(1);
    expect(result.value).toBe("nobody");
    expect(world.kinds).toEqual(Array.from({ length: 12 }, () => "ask"));
    expect(world.clock.pending).toBe(0);
  });

  test.each(["ask", "offer", "go", "result"])("is carried out once though each %s comes three times", async (kind) => {
    const { asker, call } = pair();
    world.copies = (sent) => (sent === kind ? 3 : 1);
    const result = noted(asker.relay.ask(say));
    await world.clock.advance(10_000);
    expect(result.value).toEqual({ ok: true, answer: 1 });
    expect(call.done).toHaveLength(1);
    expect(world.clock.pending).toBe(0);
  });

  test("is carried out by one of two processes that both have the call", async () => {
    const { asker, call } = pair();
    const twin = servedCall("call_1");
    world.open().relay.serve(twin.find);
    const result = noted(asker.relay.ask(say));
    await world.clock.advance(10_000);
    expect(result.value).toMatchObject({ ok: true });
    expect([...call.done, ...twin.done]).toHaveLength(1);
  });

  test("arrives although the first ask was lost", async () => {
    const { asker, call } = pair();
    world.copies = () => 0;
    const result = noted(asker.relay.ask(say));
    await world.clock.advance(600);
    world.copies = () => 1;
    await world.clock.advance(200);
    expect(result.value).toEqual({ ok: true, answer: 1 });
    expect(call.done).toHaveLength(1);
  });

  test("is never carried out after nobody was answered, not even by a process that stood still", async () => {
    const { asker, server, call } = pair();
    world.sleep(server.name);
    const result = noted(asker.relay.ask(say));
    await world.clock.advance(3000);
    expect(result.value).toBe("nobody");
    world.wake(server.name);
    await world.clock.advance(10_000);
    expect(call.done).toEqual([]);
  });

  test("is not begun by a process that reads it when its offer is no longer good", async () => {
    const { asker } = pair(servedCall("call_other"));
    const call = servedCall("call_1");
    // Letters are read before timers ring.
    const { clock } = world;
    const server = world.open({ ...clock, now: () => clock.now(), wall: () => clock.wall(), after: () => () => {} });
    server.relay.serve(call.find);
    world.copies = (kind) => {
      if (kind === "go") world.sleep(server.name);
      return 1;
    };
    const result = noted(asker.relay.ask(say));
    await world.clock.advance(3001);
    expect(result.value).toMatchObject({ ok: false, status: 504 });
    world.wake(server.name);
    await world.clock.advance(0);
    expect(call.done).toEqual([]);
  });

  test("whose process dies in the middle of it is said to be unknown, and a late answer is dropped", async () => {
    let finish: (result: CommandResult) => void = () => {};
    const { asker, call } = pair(servedCall("call_1", () => new Promise((resolve) => (finish = resolve))));
    const result = noted(asker.relay.ask(say));
    await world.clock.advance(3000);
    expect(call.done).toHaveLength(1);
    expect(result.value).toMatchObject({ ok: false, status: 504, message: expect.stringMatching(/unknown whether/) });
    finish({ ok: true });
    await world.clock.advance(10);
    expect(world.kinds.at(-1)).toBe("result");
    expect(world.counted).toEqual(["504"]);
    const next = noted(asker.relay.ask(say));
    await world.clock.advance(0);
    finish({ ok: true, answer: "second" });
    await world.clock.advance(0);
    expect(next.value).toEqual({ ok: true, answer: "second" });
  });

  test("waits as long as it is told to", async () => {
    const { asker } = pair();
    const result = noted(asker.relay.ask({ callId: callId("call_other"), what: 1 }, 100));
    await world.clock.advance(100);
    expect(result.value).toBe("nobody");
  });

  test("begins in the order asked, even if the first ask is lost and the second is not", async () => {
    const { asker, call } = pair();
    let asks = 0;
    world.copies = (kind) => (kind === "ask" && ++asks === 1 ? 0 : 1);
    const results = ["first", "second", "third"].map((what) =>
      noted(asker.relay.ask({ callId: callId("call_1"), what })),
    );
    await world.clock.advance(1000);
    expect(results.map(({ value }) => value)).toEqual([1, 2, 3].map((answer) => ({ ok: true, answer })));
    expect(call.done).toEqual(["first", "second", "third"]);
  });

  test("does not wait until an earlier one is done", async () => {
    const hung = servedCall("call_1", (what) =>
      what === "slow" ? new Promise(() => {}) : Promise.resolve({ ok: true }),
    );
    const { asker } = pair(hung);
    void asker.relay.ask({ callId: callId("call_1"), what: "slow" });
    const quick = noted(asker.relay.ask({ callId: callId("call_1"), what: "quick" }));
    await world.clock.advance(0);
    expect(quick.value).toEqual({ ok: true });
  });

  test("that cannot be sent was not done, and says so; when the server comes back in time it is", async () => {
    const { asker, call } = pair();
    world.down = true;
    const lost = noted(asker.relay.ask(say));
    await world.clock.advance(3000);
    expect(lost.value).toMatchObject({ ok: false, status: 503, message: expect.stringMatching(/nothing was done/) });
    const late = noted(asker.relay.ask(say));
    await world.clock.advance(1000);
    world.down = false;
    await world.clock.advance(250);
    expect(late.value).toEqual({ ok: true, answer: 1 });
    expect(call.done).toHaveLength(1);
  });

  test("for a call that ended meanwhile is nobody's", async () => {
    let live = true;
    const { find, done } = servedCall("call_1");
    const { asker } = pair({ done, find: (id) => (live ? find(id) : undefined) });
    world.copies = (kind) => {
      if (kind === "go") live = false;
      return 1;
    };
    const result = noted(asker.relay.ask(say));
    await world.clock.advance(0);
    expect(result.value).toBe("nobody");
    expect(done).toEqual([]);
  });

  test("is refused when it is too large, before anybody is asked", async () => {
    const { asker } = pair();
    const result = await asker.relay.ask({ callId: callId("call_1"), what: "x".repeat(64 * 1024 - 1) });
    expect(result).toEqual({
      ok: false,
      status: 413,
      message: "The command has 65537 bytes; 65536 are the most.",
    });
    expect(world.sent).toEqual([]);
  });

  test("that meets a mistake of ours is answered, and so is one whose answer is too large", async () => {
    const wrong = servedCall("call_1", async (what) => {
      if (what === "throw") throw new Error("a mistake");
      return { ok: true, answer: "x".repeat(70_000) };
    });
    const { asker } = pair(wrong);
    const results = ["throw", "much"].map((what) => noted(asker.relay.ask({ callId: callId("call_1"), what })));
    await world.clock.advance(0);
    expect(results.map(({ value }) => value)).toMatchObject([{ status: 500 }, { status: 500 }]);
  });
});

describe("a process that closes", () => {
  test("answers what it is doing first, and takes nothing more", async () => {
    let finish: (result: CommandResult) => void = () => {};
    const { asker, server, call } = pair(servedCall("call_1", () => new Promise((resolve) => (finish = resolve))));
    const result = noted(asker.relay.ask(say));
    await world.clock.advance(0);
    const closed = noted(server.relay.close().then(() => true));
    const late = noted(asker.relay.ask(say));
    await world.clock.advance(100);
    expect(closed.value).toBeUndefined();
    finish({ ok: true });
    await world.clock.advance(0);
    expect([closed.value, result.value]).toEqual([true, { ok: true }]);
    await world.clock.advance(3000);
    expect(late.value).toBe("nobody");
    expect(call.done).toHaveLength(1);
  });

  test("waits three seconds for what is being done, and no longer", async () => {
    const { asker, server } = pair(servedCall("call_1", () => new Promise(() => {})));
    void asker.relay.ask(say);
    await world.clock.advance(0);
    const closed = noted(server.relay.close().then(() => true));
    await world.clock.advance(3000);
    expect(closed.value).toBe(true);
  });

  test("tells those who wait for others, and asks no more", async () => {
    const { asker } = pair();
    const waiting = noted(asker.relay.ask({ callId: callId("call_other"), what: 1 }));
    await asker.relay.close();
    await world.clock.advance(0);
    expect(waiting.value).toMatchObject({ status: 503 });
    expect(await asker.relay.ask(say)).toMatchObject({ status: 503 });
    expect(world.clock.pending).toBe(0);
  });
});

describe("a command to a call of this process", () => {
  test("is carried out at once and bothers nobody", async () => {
    const { server, call } = pair();
    expect(await server.relay.ask(say)).toEqual({ ok: true, answer: 1 });
    expect(call.done).toEqual([say.what]);
    expect(world.sent).toEqual([]);
  });

  test("that hangs is unknown after three seconds, as elsewhere", async () => {
    const relay = commandRelay(world.kit());
    relay.serve(servedCall("call_1", () => new Promise(() => {})).find);
    const result = noted(relay.ask(say));
    await world.clock.advance(3000);
    expect(result.value).toMatchObject({ status: 504 });
  });
});

describe("a letter cut for PostgreSQL", () => {
  test.each([
    ["nothing", ""],
    ["Hindi and an emoji at each cut", JSON.stringify("ह🙂".repeat(4000))],
    ["equal pieces", JSON.stringify("a".repeat(64 * 1024))],
  ])("%s arrives whole, in different pieces under 8000 bytes", (_, json) => {
    const cut = pieces(json);
    for (const piece of cut) expect(Buffer.byteLength(piece)).toBeLessThan(8000);
    expect(new Set(cut).size).toBe(cut.length);
    const came: string[] = [];
    const letters = new Letters((letter) => came.push(letter));
    for (const piece of [...cut, ...cut]) letters.take(piece);
    expect(came).toHaveLength(2);
    for (const letter of came)
      expect(letter === "" ? "" : JSON.parse(letter)).toEqual(json === "" ? "" : JSON.parse(json));
  });
});

test("what is no letter, and what meets a mistake of ours, hurts nobody", async () => {
  let deliver: (letter: string) => void = () => {};
  const relay = commandRelay(world.kit(), (_, take) => {
    deliver = take;
    return { toAll: async () => {}, to: async () => {}, close: async () => {} };
  });
  relay.serve(() => {
    throw new Error("a mistake");
  });
  const ask = { kind: "ask", ask: "a", from: "b", callId: "c", forMs: 10 };
  for (const text of ["", "{", "null", '{"kind":"go"}', JSON.stringify(ask)]) expect(() => deliver(text)).not.toThrow();
});
