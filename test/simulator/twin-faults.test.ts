import { expect, test, vi } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { dialTwilio } from "../../src/simulator/twins/twilio-twin.ts";
import type { TwinFaults } from "../../src/simulator/twins/twin.ts";
import { startMiniGateway, twilioAnswers } from "./mini-gateway.ts";

const authToken = "0123456789abcdef0123456789abcdef";
const publicUrl = "https://gw.example.test";

async function misbehaving(faults: TwinFaults) {
  const gateway = await startMiniGateway(twilioAnswers());
  const clock = new VirtualClock();
  const call = await dialTwilio({ baseUrl: gateway.url, publicUrl, authToken, clock, faults });
  const stream = await vi.waitFor(() => {
    const [only] = gateway.streams;
    if (!only || only.messages.length < 3) throw new Error("nothing said yet");
    return only;
  });
  return { gateway, clock, call, stream };
}

test.each([
  ["first", ["b"]],
  ["all", []],
] as const)("marks can be lost: %s", async (dropMarks, back) => {
  const { gateway, call, stream } = await misbehaving({ dropMarks });
  await using _ = gateway;
  stream.mark("a");
  stream.mark("b");
  await call.waitFor((event) => event.kind === "mark-received" && event.name === "b", 1000);
  call.hangUp();
  await call.over;
  expect(stream.of("mark").map(({ mark }) => mark.name)).toEqual(back);
  expect(call.log.filter(({ kind }) => kind === "mark-dropped").length).toBe(2 - back.length);
});

test("marks can come late", async () => {
  const { gateway, clock, call, stream } = await misbehaving({ lateMarksMs: 700 });
  await using _ = gateway;
  stream.mark("a");
  await call.waitFor(({ kind }) => kind === "mark-received", 1000);
  await clock.advance(699);
  expect(call.log.some(({ kind }) => kind === "mark-returned")).toBe(false);
  await clock.advance(1);
  expect(call.log.some(({ kind }) => kind === "mark-returned")).toBe(true);
  call.hangUp();
  await call.over;
});

test.each([
  ["ignoreClear", 1],
  ["loseClear", 0],
] as const)("%s: the buffer plays on", async (fault, noted) => {
  const { gateway, clock, call, stream } = await misbehaving({ [fault]: true });
  await using _ = gateway;
  stream.play(1600);
  stream.clear();
  stream.mark("end");
  await call.waitFor(({ kind }) => kind === "mark-received", 1000);
  await clock.advance(500);
  expect(call.log.filter(({ kind }) => kind === "clear-received").length).toBe(noted);
  expect(call.heardSegments.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([[0, 200]]);
  call.hangUp();
  await call.over;
});

test("the network can break: the gateway sees 1006, Twilio reports an error and goes on with the call", async () => {
  const { gateway, call, stream } = await misbehaving({});
  await using _ = gateway;
  call.breakOff();
  await call.over;
  await vi.waitFor(() => expect(stream.closedWith).toBe(1006));
  expect(stream.of("stop")).toEqual([]);
  expect(call.outcome).toEqual({ kind: "closed", code: 1006, by: "network" });
  const events = gateway.to("/twilio/stream-status").map(({ body }) => new URLSearchParams(body).get("StreamEvent"));
  expect(events).toEqual(["stream-started", "stream-error"]);
});

test("the goodbye can be missing: no stop, no status callback", async () => {
  const { gateway, call, stream } = await misbehaving({ noStop: true, noStatusCallback: true });
  await using _ = gateway;
  call.hangUp();
  await call.over;
  await vi.waitFor(() => expect(stream.closedWith).toBe(1000));
  expect(stream.of("stop")).toEqual([]);
  expect(gateway.to("/twilio/status")).toEqual([]);
});

test.each([
  ["media-before-start", ["connected", "media", "start"]],
  ["mark-before-media", ["connected", "start", "mark", "media"]],
  ["start-twice", ["connected", "start", "start", "media"]],
] as const)("messages can be out of order: %s", async (order, expected) => {
  const { gateway, clock, call, stream } = await misbehaving({ order });
  await using _ = gateway;
  await clock.advance(20);
  await vi.waitFor(() => expect(stream.messages.length).toBeGreaterThanOrEqual(expected.length));
  expect(stream.messages.slice(0, expected.length).map(({ event }) => event)).toEqual(expected);
  call.hangUp();
  await call.over;
});

test("messages can be out of order: media-after-stop", async () => {
  const { gateway, call, stream } = await misbehaving({ order: "media-after-stop" });
  await using _ = gateway;
  call.hangUp();
  await call.over;
  await vi.waitFor(() => expect(stream.closedWith).toBe(1000));
  expect(stream.messages.slice(-2).map(({ event }) => event)).toEqual(["stop", "media"]);
});

test("silent frames can be left out; timestamps go on", async () => {
  const gateway = await startMiniGateway(twilioAnswers());
  await using _ = gateway;
  const clock = new VirtualClock();
  const faults = { omitSilence: true };
  const call = await dialTwilio({ baseUrl: gateway.url, publicUrl, authToken, clock, faults });
  const stream = await gateway.stream();
  await clock.advance(990);
  const said = call.say(Buffer.alloc(320, 0x20));
  await clock.advance(100);
  await said;
  await vi.waitFor(() => expect(stream.of("media").length).toBe(2));
  expect(stream.of("media").map(({ media }) => [media.chunk, media.timestamp])).toEqual([
    ["1", "1000"],
    ["2", "1020"],
  ]);
  call.hangUp();
  await call.over;
});

test.each([
  ["huge", "media"],
  ["binary", "binary"],
  ["text", "garbage"],
  ["json", "galaxy"],
] as const)("garbage can come: %s", async (garbage, event) => {
  const { gateway, call, stream } = await misbehaving({ garbage });
  await using _ = gateway;
  await vi.waitFor(() => expect(stream.messages[2]?.event).toBe(event));
  call.hangUp();
  await call.over;
});

test("tickets can be wrong or used twice", async () => {
  let opened = 0;
  await using gateway = await startMiniGateway(twilioAnswers(), (path) => {
    opened += 1;
    return path.endsWith("/ticket-1") && opened === 1 ? 101 : 401;
  });
  const options = { baseUrl: gateway.url, publicUrl, authToken };
  const call = await dialTwilio(options);
  expect(await call.redeemAgain()).toBe(401);
  expect(call.outcome.kind).toBe("streaming");
  call.hangUp();
  await call.over;
  const wrong = await dialTwilio({ ...options, faults: { wrongTicket: true } });
  await wrong.over;
  expect(wrong.outcome).toEqual({ kind: "upgrade-refused", status: 401 });
});

test("a deadline that passes prints what did happen", async () => {
  const { gateway, clock, call } = await misbehaving({});
  await using _ = gateway;
  const waiting = call.waitFor(({ kind }) => kind === "clear-received", 500);
  const refused = expect(waiting).rejects.toThrow(/500 ms passed[\s\S]*upgraded/);
  await clock.advance(500);
  await refused;
  call.hangUp();
  await call.over;
});

test("a hundred twins keep their own schedules in one process", async () => {
  await using gateway = await startMiniGateway(twilioAnswers());
  const clock = new VirtualClock();
  const dial = () => dialTwilio({ baseUrl: gateway.url, publicUrl, authToken, clock });
  const calls = await Promise.all(Array.from({ length: 100 }, dial));
  await clock.advance(1000);
  for (const call of calls) expect(call.sent.length).toBe(51);
  await vi.waitFor(() => {
    for (const stream of gateway.streams) expect(stream.of("media").length).toBe(51);
  });
  for (const call of calls) call.hangUp();
  await Promise.all(calls.map(({ over }) => over));
  expect(clock.pending).toBe(0);
});
