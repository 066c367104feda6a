import { expect, test, vi } from "vitest";
import type { CallEnd } from "../../src/record/record.ts";
import { connect, dial, media, post, ring, ringForm, SID, stop, type World, world } from "./world.ts";

/** What must be so after any end: closed once, acknowledged, in the books, its job queued, nothing held. */
async function overOnce(at: World, how: CallEnd["how"]): Promise<void> {
  await vi.waitFor(() => expect(at.memory.jobs).toHaveLength(1));
  expect(at.memory.ends()).toEqual([how]);
  const id = at.memory.books[0]?.id;
  expect(at.memory.jobs).toEqual([{ kind: "transcript", callId: id }]);
  expect(at.memory.settled).toEqual([id]);
  expect(at.memory.flushed.length).toBeGreaterThanOrEqual(2);
  expect(at.gateway.liveCalls).toBe(0);
  expect(at.calls.every(({ signal }) => signal.aborted)).toBe(true);
  expect(await at.counted("calls_ended")).toBe(1);
  expect(await at.counted("call_duration_ms_count")).toBe(1);
}

test("I22: the caller hangs up: one end, one job", async () => {
  const at = await world();
  const { peer } = await connect(at);
  peer.send(stop);
  expect(await peer.closed).toBe(1000);
  await overOnce(at, "caller-hung-up");
  expect(at.hungUp).toEqual([]);
});

test("I22: the agent hangs up: the stream is closed, the carrier told to hang up, one end, one job", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  call.end({ how: "agent-hung-up", detail: "goodbye heard" });
  expect(await peer.closed).toBe(1000);
  await overOnce(at, "agent-hung-up");
  expect(at.hungUp).toEqual([SID]);
  expect(await (await post(at, "/twilio/after-stream", { CallSid: SID })).text()).toContain("<Hangup/>");
});

test("I22: the line breaks while the conversation ends by itself: still one end, one job", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  call.end({ how: "too-long", detail: "" });
  peer.socket.terminate();
  await overOnce(at, "too-long");
  await at.clock.advance(120_000);
  expect(at.memory.ends()).toEqual(["too-long"]);
});

test("I22: a conversation that throws ends its call as failed, once", async () => {
  const at = await world({
    warmCall: () => ({ run: () => Promise.reject(new Error("a bug")), order() {} }),
  });
  const peer = await dial(at, await ring(at));
  peer.send(
    { event: "connected" },
    {
      event: "start",
      start: { streamSid: "MZ1", callSid: SID, mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000 } },
    },
  );
  expect(await peer.closed).toBe(1011);
  await overOnce(at, "failed");
});

test("I22: a ring whose stream never comes ends after 60 s as never connected, and lets go of its ear", async () => {
  const at = await world();
  await ring(at);
  await at.clock.advance(60_000);
  await overOnce(at, "never-connected");
  expect(at.clock.pending).toBe(0);
});

test("I22: a socket that opens and closes before start ends its call as never connected", async () => {
  const at = await world();
  const peer = await dial(at, await ring(at));
  peer.socket.close();
  await overOnce(at, "never-connected");
});

test("I21: calls that were refused leave no journal, no ear and no timer", async () => {
  const at = await world({ maxCalls: 1 });
  await ring(at, "CA1");
  const pending = at.clock.pending;
  const lines = at.memory.journal.length;
  for (let i = 0; i < 50; i++) await post(at, "/twilio/voice", ringForm(`CAover${i}`));
  for (let i = 0; i < 50; i++) await post(at, "/twilio/voice", ringForm(`CAbad${i}`), { "x-twilio-signature": "no" });
  for (let i = 0; i < 10; i++) await dial(at, `/twilio/media/no${i}`).catch(() => undefined);
  expect(at.clock.pending).toBe(pending);
  expect(at.memory.journal).toHaveLength(lines);
  expect(at.calls).toHaveLength(1);
});

test("a turn is on its way to the disk and to the books as soon as it is written", async () => {
  const at = await world();
  const { call } = await connect(at);
  const flushed = at.memory.flushed.length;
  call.turn(1, "hello");
  expect(at.memory.flushed).toHaveLength(flushed + 1);
  expect(at.memory.journal.at(-1)?.entry).toMatchObject({ book: { kind: "turn", turn: { seq: 1 } } });
  expect(at.memory.entries("turn")).toHaveLength(1);
});

test("what a conversation writes after its end is not written", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  peer.send(stop);
  await peer.closed;
  call.turn(2, "too late");
  expect(at.memory.entries("turn")).toHaveLength(0);
});

test("with the database down a call ends as ever; its journal stays unsettled for the next start", async () => {
  const at = await world();
  at.memory.databaseUp = false;
  const { peer } = await connect(at);
  peer.send(stop);
  expect(await peer.closed).toBe(1000);
  expect(at.gateway.liveCalls).toBe(0);
  expect(at.memory.ends()).toEqual(["caller-hung-up"]);
  expect(at.memory.settled).toEqual([]);
});

test("a queue that is down costs the call nothing: it is settled, and the sweep finds its job", async () => {
  const at = await world();
  at.memory.queueUp = false;
  const { peer } = await connect(at);
  peer.send(stop);
  await vi.waitFor(() => expect(at.memory.settled).toHaveLength(1));
  expect(await at.counted("job_add_failures")).toBe(1);
});

test("a report that the call is completed ends a line that still stands, after a grace, and ten of them end it once", async () => {
  const at = await world();
  const { peer } = await connect(at);
  for (let i = 0; i < 10; i++) {
    const response = await post(at, "/twilio/status", { CallSid: SID, CallStatus: "completed" });
    expect(response.status).toBe(204);
  }
  expect(at.gateway.liveCalls).toBe(1);
  await at.clock.advance(2_000);
  expect(await peer.closed).toBe(1000);
  await overOnce(at, "caller-hung-up");
});

test("reports of calls in progress, unknown calls, or unsigned ones change nothing", async () => {
  const at = await world();
  await connect(at);
  await post(at, "/twilio/status", { CallSid: SID, CallStatus: "in-progress" });
  await post(at, "/twilio/stream-status", { CallSid: SID, StreamEvent: "stream-started" });
  await post(at, "/twilio/status", { CallSid: "CAunknown", CallStatus: "completed" });
  const forged = await post(
    at,
    "/twilio/status",
    { CallSid: SID, CallStatus: "completed" },
    { "x-twilio-signature": "x" },
  );
  expect(forged.status).toBe(401);
  expect((await post(at, "/twilio/status", { CallSid: SID })).status).toBe(400);
  await at.clock.advance(5_000);
  expect(at.gateway.liveCalls).toBe(1);
});

test("a stream that Twilio could not open ends its ring without waiting a minute, and told three times it ends once", async () => {
  const at = await world();
  await ring(at);
  for (let i = 0; i < 3; i++) {
    await post(at, "/twilio/stream-status", { CallSid: SID, StreamEvent: "stream-error", StreamError: "31920" });
  }
  await at.clock.advance(2_000);
  await overOnce(at, "never-connected");
});

test("I32: told to drain it is not ready at once, new calls hear busy, and the live one runs to its own end", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  const answered = await ring(at, "CAanswered");
  expect((await fetch(`${at.origin}/readyz`)).status).toBe(200);

  let drained = false;
  const draining = at.gateway.drain(60_000).then(() => {
    drained = true;
  });
  const ready = await fetch(`${at.origin}/readyz`);
  expect(ready.status).toBe(503);
  expect(ready.headers.get("retry-after")).toBeTruthy();
  expect(ready.headers.get("connection")).toBe("close");
  expect((await fetch(`${at.origin}/healthz`)).status).toBe(200);
  expect(await (await post(at, "/twilio/voice", ringForm("CAnew"))).text()).toContain('<Reject reason="busy"/>');

  const late = await dial(at, answered);
  late.socket.close();
  await late.closed;
  peer.send(media(0));
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
  expect(drained).toBe(false);
  peer.send(stop);
  await draining;
  expect(at.memory.ends().toSorted()).toEqual(["caller-hung-up", "never-connected"]);
  expect(at.memory.jobs).toHaveLength(2);
});

test("I32: calls still live when the drain's time is over end as drain-forced, even one that does not listen", async () => {
  const at = await world();
  const { peer } = await connect(at, "CA1");
  const { peer: deaf, call } = await connect(at, "CA2");
  call.deafToDrain = true;
  await ring(at, "CA3");
  const draining = at.gateway.drain(10_000);
  await at.clock.advance(9_000);
  expect(at.gateway.liveCalls).toBe(3);
  peer.send(media(0));
  deaf.send(media(0));
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
  await at.clock.advance(1_000);
  expect(await peer.closed).toBe(1000);
  expect(at.gateway.liveCalls).toBe(1);
  await at.clock.advance(2_000);
  expect(await deaf.closed).toBe(1000);
  await draining;
  expect(at.memory.ends()).toEqual(Array(3).fill("drain-forced"));
  expect(at.hungUp.toSorted()).toEqual(["CA1", "CA2", "CA3"]);
});

test("a drain does not wait for a database that is down: the journals remain", async () => {
  const at = await world();
  const { peer } = await connect(at);
  at.memory.databaseUp = false;
  peer.send(stop);
  await peer.closed;
  const draining = at.gateway.drain(1_000);
  await at.clock.advance(6_000);
  await draining;
  expect(at.memory.settled).toEqual([]);
});

test("closing cuts what is live, writes its end, and frees the port", async () => {
  const at = await world();
  const { peer } = await connect(at);
  const closing = at.gateway.close();
  await peer.closed;
  await closing;
  expect(at.memory.ends()).toEqual(["drain-forced"]);
  await expect(fetch(`${at.origin}/healthz`)).rejects.toThrow();
});
