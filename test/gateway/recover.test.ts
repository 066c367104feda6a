import { expect, test } from "vitest";
import { recoverCalls } from "../../src/gateway/recover.ts";
import type { Unfinished } from "../../src/journal/journal.ts";
import { silentLog } from "../../src/kit/log.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { BookEntry, CallId } from "../../src/record/record.ts";
import { Memory } from "./memory.ts";

const OPENED_AT = 1_759_999_000_000;
const id = (name: string) => `call_${name}` as CallId;
const opened = (name: string): BookEntry => ({
  kind: "open",
  opening: {
    id: id(name),
    carrier: "twilio",
    carrierCallId: `CA${name}`,
    from: "",
    to: "",
    agent: "front-desk",
    language: "hi-IN",
    openedAt: OPENED_AT,
  },
});
const turn: BookEntry = {
  kind: "turn",
  turn: {
    seq: 1,
    userText: "hello",
    agentGenerated: "a",
    agentSent: "a",
    agentHeard: "",
    interrupted: false,
    startedMs: 5,
    metrics: {},
  },
};
const closed: BookEntry = {
  kind: "close",
  closing: { end: { how: "caller-hung-up", detail: "" }, endedAt: OPENED_AT + 9 },
};

async function recovered(found: readonly Unfinished[], memory = new Memory()) {
  const { books, store, jobs, journals } = memory.parts();
  const parts = {
    books,
    store,
    jobs,
    clock: new VirtualClock(),
    log: silentLog,
    journals: { ...journals, unfinished: async () => found },
  };
  return { count: await recoverCalls(parts), memory };
}

test("a call cut off in the middle gets its turns, an interrupted end at its last moment, and its job", async () => {
  const { count, memory } = await recovered([{ id: id("a"), entries: [opened("a"), turn], lastAtMs: 4_200.5 }]);
  expect(count).toBe(1);
  expect(memory.books.map(({ entry }) => entry)).toEqual([
    opened("a"),
    turn,
    {
      kind: "close",
      closing: { end: { how: "interrupted", detail: "the gateway stopped in mid-call" }, endedAt: OPENED_AT + 4_201 },
    },
  ]);
  expect(memory.settled).toEqual([id("a")]);
  expect(memory.jobs).toEqual([{ kind: "transcript", callId: id("a") }]);
});

test("a call that had ended but not reached the books keeps the end it had", async () => {
  const { memory } = await recovered([{ id: id("b"), entries: [opened("b"), turn, closed], lastAtMs: 9 }]);
  expect(memory.ends()).toEqual(["caller-hung-up"]);
  expect(memory.jobs).toHaveLength(1);
});

test("a journal without a whole first line is settled, and a queue that is down keeps no call from being recovered", async () => {
  const memory = new Memory();
  memory.queueUp = false;
  const { count } = await recovered(
    [
      { id: id("torn"), entries: [], lastAtMs: 0 },
      { id: id("c"), entries: [opened("c")], lastAtMs: 0 },
    ],
    memory,
  );
  expect(count).toBe(2);
  expect(memory.settled).toEqual([id("torn"), id("c")]);
  expect(memory.ends()).toEqual(["interrupted"]);
});

test("a call that cannot be recovered keeps its journal, and the others are recovered all the same", async () => {
  const memory = new Memory();
  const { books, store, jobs, journals } = memory.parts();
  const found = [
    { id: id("d"), entries: [opened("d")], lastAtMs: 0 },
    { id: id("e"), entries: [opened("e")], lastAtMs: 0 },
  ];
  const refusing = {
    ...books,
    settled: async (call: CallId) => {
      if (call === id("d")) throw new Error("the books were closed");
    },
  };
  const parts = {
    store,
    jobs,
    clock: new VirtualClock(),
    log: silentLog,
    journals: { ...journals, unfinished: async () => found },
  };
  expect(await recoverCalls({ ...parts, books: refusing })).toBe(2);
  expect(memory.settled).toEqual([id("e")]);
  expect(memory.jobs).toEqual([{ kind: "transcript", callId: id("e") }]);
});

test("a recovered call whose numbers must not be read is written without them", async () => {
  const opening = opened("r");
  if (opening.kind !== "open" || turn.kind !== "turn") throw new Error("no call");
  const redacted: BookEntry = { kind: "open", opening: { ...opening.opening, redact: "digits" } };
  const told: BookEntry = { kind: "turn", turn: { ...turn.turn, userText: "my card is 4111 1111 1111 1111" } };
  const { memory } = await recovered([{ id: id("r"), entries: [redacted, told, closed], lastAtMs: 9 }]);
  expect(memory.call(id("r"))?.turns).toMatchObject([{ userText: "my card is [number]" }]);
});
