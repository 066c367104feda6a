import { expect, test, vi } from "vitest";
import { connect, dial, media, post, ring, ringForm, SID, start, stop, world } from "./world.ts";

const SOUND = media(0).media.payload;
const silenceOf = (ms: number) => Buffer.alloc(ms * 8, 0xff).toString("base64");

test("a stream of another call closes with 1008, and the ticket's call ends as never connected", async () => {
  const at = await world();
  const peer = await dial(at, await ring(at));
  peer.send(start("CAother"));
  expect(await peer.closed).toBe(1008);
  expect(at.memory.ends()).toEqual(["never-connected"]);
  expect(at.calls[0]?.line).toBeUndefined();
});

test("I19: media before start, a second start, and anything after stop are ignored and counted", async () => {
  const at = await world();
  const peer = await dial(at, await ring(at));
  const mark = { event: "mark", streamSid: "MZ1", mark: { name: "g1:1" } };
  const again = { ...start(), start: { ...start().start, streamSid: "MZ2" } };
  peer.send(media(0), mark, start(), again, media(0), mark, stop, media(20), mark, stop, start());
  await vi.waitFor(async () => expect(await at.counted("line_messages_untimely")).toBe(7));
  const [call] = at.calls;
  expect(call?.heard).toHaveLength(1);
  expect(call?.signals.map(({ kind }) => kind)).toEqual(["started", "played", "line-over"]);
});

test("all orders of six events leave the call in a legal end, once", async () => {
  const at = await world();
  const events = [
    { event: "connected" },
    start(),
    media(0),
    { event: "mark", mark: { name: "m" } },
    { event: "dtmf", dtmf: { digit: "1" } },
    stop,
  ];
  const orders = permutations(events);
  expect(orders).toHaveLength(720);
  const play = async (order: readonly object[], callSid: string) => {
    const peer = await dial(at, await ring(at, callSid));
    peer.send(...order.map((event) => (event === events[1] ? start(callSid) : event)));
    peer.socket.close();
    await peer.closed;
  };
  for (let from = 0; from < 720; from += 48) {
    await Promise.all(orders.slice(from, from + 48).map((order, index) => play(order, `CA${from + index}`)));
  }
  await vi.waitFor(() => expect(at.gateway.liveCalls).toBe(0));
  expect(at.memory.ends()).toHaveLength(720);
  expect(new Set(at.memory.ends())).toEqual(new Set(["caller-hung-up"]));
}, 30_000);

test("sockets that never start are closed after 5 s, while a live call goes on", async () => {
  const at = await world();
  const { peer: live, call } = await connect(at);
  const idle = await Promise.all(Array.from({ length: 30 }, async (_, i) => dial(at, await ring(at, `CAidle${i}`))));
  await at.clock.advance(4_999);
  expect(at.gateway.liveCalls).toBe(31);
  await at.clock.advance(1);
  expect(await Promise.all(idle.map(({ closed }) => closed))).toEqual(Array(30).fill(1008));
  live.send(media(0));
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
  expect(at.memory.ends()).toEqual(Array(30).fill("never-connected"));
});

test("audio passes through untouched, and silence that the carrier left out is put back", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  const payload = Buffer.alloc(160, 0x2a).toString("base64");
  peer.send(media(0, payload), media(20, payload), media(290, payload));
  await vi.waitFor(() => expect(call.heard).toHaveLength(6));
  expect(call.heard).toEqual([payload, payload, silenceOf(100), silenceOf(100), silenceOf(50), payload]);
});

test("silence that the carrier leaves out is heard while it lasts, and once only; sooner when it has done so before", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  const payload = Buffer.alloc(160, 0x2a).toString("base64");
  peer.send(media(0, payload));
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
  await at.clock.advance(1_499);
  expect(call.heard).toHaveLength(1);
  await at.clock.advance(1);
  expect(call.heard).toEqual([payload, ...Array(15).fill(silenceOf(100))]);
  peer.send(media(1_520, payload));
  await vi.waitFor(() => expect(call.heard).toHaveLength(17));
  expect(call.heard.at(-1)).toBe(payload);
  await at.clock.advance(750);
  expect(call.heard.slice(17)).toEqual([...Array(7).fill(silenceOf(100)), silenceOf(50)]);
});

test("words that are only late stay whole, and the silence after them is put back in full", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  const payload = Buffer.alloc(160, 0x2a).toString("base64");
  peer.send(media(0, payload));
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
  await at.clock.advance(1_400);
  const late = Array.from({ length: 70 }, (_, index) => media(20 + index * 20, payload));
  peer.send(...late, media(1_720, payload));
  await vi.waitFor(() => expect(call.heard).toHaveLength(75));
  expect(call.heard).toEqual([...Array(71).fill(payload), ...Array(3).fill(silenceOf(100)), payload]);
});

test("what the call says goes out in the carrier's words, and nothing once the line is over", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  call.line?.play("AAAA");
  call.line?.mark("g1:1");
  call.line?.clear();
  await vi.waitFor(() => expect(peer.messages).toHaveLength(3));
  expect(peer.messages.map((text) => JSON.parse(text))).toEqual([
    { event: "media", streamSid: "MZ1", media: { payload: "AAAA" } },
    { event: "mark", streamSid: "MZ1", mark: { name: "g1:1" } },
    { event: "clear", streamSid: "MZ1" },
  ]);
  peer.send(stop);
  expect(await peer.closed).toBe(1000);
  call.line?.play("AAAA");
  expect(peer.messages).toHaveLength(3);
});

test("I20: a socket that breaks off is a lost carrier; the call is closed with its reason and its job queued", async () => {
  const at = await world();
  const { peer } = await connect(at);
  peer.socket.terminate();
  await vi.waitFor(() => expect(at.memory.jobs).toHaveLength(1));
  expect(at.memory.entries("close")).toMatchObject([
    { closing: { end: { how: "carrier-lost", detail: "the socket closed with 1006" } } },
  ]);
  expect(at.memory.settled).toHaveLength(1);
});

test("I20: a carrier that closes cleanly without stop has hung up", async () => {
  const at = await world();
  const { peer } = await connect(at);
  peer.socket.close(1000);
  await vi.waitFor(() => expect(at.memory.ends()).toEqual(["caller-hung-up"]));
});

test("a carrier that falls silent for 10 s is lost; one that speaks now and then is not", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  await at.clock.advance(9_000);
  peer.send(media(0));
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
  await at.clock.advance(9_999);
  expect(at.gateway.liveCalls).toBe(1);
  await at.clock.advance(1);
  expect(await peer.closed).toBe(1001);
  await vi.waitFor(() => expect(at.memory.ends()).toEqual(["carrier-lost"]));
});

test("malformed and binary messages are counted and survived; more than 20 within a second close with 1008", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  for (let second = 0; second < 15; second++) {
    peer.socket.send(Buffer.from([1, 2, 3]));
    for (let i = 0; i < 18; i++) peer.socket.send("not json");
    peer.send({ event: "media", media: {} }, media(second * 1000));
    await vi.waitFor(() => expect(call.heard.filter((payload) => payload === SOUND)).toHaveLength(second + 1));
    await at.clock.advance(1_000);
  }
  expect(await at.counted("line_messages_malformed")).toBe(15 * 20);
  expect(at.gateway.liveCalls).toBe(1);
  for (let i = 0; i < 21; i++) peer.socket.send("{");
  expect(await peer.closed).toBe(1008);
  await vi.waitFor(() => expect(at.memory.ends()).toEqual(["carrier-lost"]));
});

test("a carrier that has thought of a new event, and sends a thousand of them, keeps its call", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  const known = await at.counted("line_messages_unknown");
  for (let i = 0; i < 1000; i++) peer.send({ event: "loudness", loudness: { level: i } });
  peer.send(media(0));
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
  expect((await at.counted("line_messages_unknown")) - known).toBe(1000);
  expect(await at.counted("line_messages_malformed")).toBe(0);
  expect(at.gateway.liveCalls).toBe(1);
});

test("a message over 64 KiB, more than 8 fragments or compression: only that socket is closed", async () => {
  const at = await world();
  const { peer: healthy, call } = await connect(at, "CAhealthy");

  const { peer: big } = await connect(at, "CAbig");
  big.socket.send("x".repeat(64 * 1024 + 1));
  expect(await big.closed).toBe(1009);

  const { peer: fragments } = await connect(at, "CAfragments");
  for (let i = 0; i < 20; i++) fragments.socket.send("x", { fin: false });
  expect(await fragments.closed).toBe(1008);

  expect(healthy.socket.extensions).toBe("");
  healthy.send(media(0));
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
  expect(at.memory.ends()).toEqual(["carrier-lost", "carrier-lost"]);
});

test("a carrier that does not read is given up at 512 KB, with 1013", async () => {
  const at = await world();
  const { peer, call } = await connect(at);
  peer.socket.pause();
  const payload = "A".repeat(100_000);
  // The kernel takes some megabytes before anything waits in our own process.
  for (let i = 0; i < 200 && call.signals.at(-1)?.kind !== "line-over"; i++) call.line?.play(payload);
  expect(call.signals.at(-1)).toEqual({
    kind: "line-over",
    how: "carrier-lost",
    detail: "the carrier reads too slowly",
  });
  peer.socket.resume();
  expect(await peer.closed).toBe(1013);
});

test("an error of our own ends its call as failed, closes with 1011, and the other call never notices", async () => {
  const at = await world();
  const { peer: other, call: healthy } = await connect(at, "CAhealthy");
  const { peer, call } = await connect(at);
  call.bug = new Error("a bug in the hot path");
  peer.send(media(0));
  expect(await peer.closed).toBe(1011);
  expect(at.memory.ends()).toEqual(["failed"]);
  expect(call.signal.aborted).toBe(true);
  other.send(media(0));
  await vi.waitFor(() => expect(healthy.heard).toHaveLength(1));
});

test("the call is warm before the stream begins: ear and mouth were asked for at the ring", async () => {
  const at = await world();
  await post(at, "/twilio/voice", ringForm(SID));
  expect(at.calls).toHaveLength(1);
  expect(at.calls[0]?.line).toBeUndefined();
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
