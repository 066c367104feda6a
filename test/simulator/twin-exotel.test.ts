import alawmulaw from "alawmulaw";
import { expect, test, vi } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { dialExotel } from "../../src/simulator/twins/exotel-twin.ts";
import { exotelAnswers, startMiniGateway } from "./mini-gateway.ts";

const pair = { user: "user", password: "p@ss/word" };
const BASIC = `Basic ${Buffer.from(`${pair.user}:${pair.password}`).toString("base64")}`;
const publicUrl = "https://gw.example.test";

async function dialed(options: Partial<Parameters<typeof dialExotel>[0]> = {}, query = "") {
  const gateway = await startMiniGateway(exotelAnswers(query));
  const clock = new VirtualClock();
  const call = await dialExotel({ baseUrl: gateway.url, publicUrl, ...pair, clock, ...options });
  const stream = await gateway.stream();
  return { gateway, clock, call, stream };
}

test("a call goes from the dynamic URL to a socket, with snake case and numbers as strings", async () => {
  const { gateway, clock, call, stream } = await dialed({}, "?sample-rate=16000&tenant=t_42");
  await using _ = gateway;
  const [asked] = gateway.to("/exotel/voicebot");
  expect(asked?.headers.authorization).toBe(BASIC);
  expect(new URLSearchParams(asked?.path.split("?")[1]).get("CallSid")).toBe(call.callSid);
  expect(gateway.upgrades[0]?.headers.authorization).toBeUndefined();
  await clock.advance(20);
  await vi.waitFor(() => expect(stream.of("media").length).toBe(2));
  const [connected, start, first] = stream.messages;
  expect(connected).toEqual({ event: "connected" });
  expect(start).toMatchObject({
    sequence_number: "1",
    stream_sid: start.start.stream_sid,
    start: {
      call_sid: call.callSid,
      custom_parameters: { tenant: "t_42" },
      media_format: { encoding: "raw", sample_rate: "16000", bit_rate: "16" },
    },
  });
  expect(first.media).toMatchObject({ chunk: "1", timestamp: "0" });
  expect(Buffer.from(first.media.payload, "base64")).toEqual(Buffer.alloc(640));
  call.hangUp();
  await call.over;
  expect(stream.of("stop")[0]?.stop).toMatchObject({ reason: "callended", call_sid: call.callSid });
});

test("camel case, plain numbers and 100 ms frames are a matter of options", async () => {
  const options = { casing: "camel", numbers: "numbers", frameMs: 100, rate: 24000 } as const;
  const { gateway, clock, call, stream } = await dialed(options);
  await using _ = gateway;
  await clock.advance(100);
  await vi.waitFor(() => expect(stream.of("media").length).toBe(2));
  const [start] = stream.of("start");
  expect(start).toMatchObject({ sequenceNumber: 1, streamSid: start.start.streamSid });
  expect(start.start).toMatchObject({
    callSid: call.callSid,
    mediaFormat: { sampleRate: 24000 },
    customParameters: {},
  });
  expect(stream.of("media")[1]?.media).toMatchObject({ chunk: 2, timestamp: 100 });
  expect(Buffer.from(stream.of("media")[1]?.media.payload, "base64").length).toBe(4800);
  call.hangUp();
  await call.over;
});

test("speech is converted to the line's own rate without changing its samples", async () => {
  const { gateway, clock, call } = await dialed({ rate: 16000 });
  await using _ = gateway;
  const mulaw = Buffer.from(Array.from({ length: 320 }, (_, i) => (i * 7) % 256));
  const said = call.say(mulaw);
  await clock.advance(80);
  await said;
  const pcm = Buffer.concat(call.sent.slice(1, 3));
  const expected = alawmulaw.mulaw.decode(mulaw);
  for (let i = 0; i < expected.length; i += 1) expect(pcm.readInt16LE(i * 4)).toBe(expected[i]);
  call.hangUp();
  await call.over;
});

test("chunks that break Exotel's rules are noted, and played", async () => {
  const { gateway, call, stream } = await dialed();
  await using _ = gateway;
  stream.play(3200);
  stream.play(3201);
  stream.play(640);
  stream.play(100_160);
  stream.send({ event: "media", streamSid: "es_other", media: { payload: Buffer.alloc(3200).toString("base64") } });
  await vi.waitFor(() => expect(call.received.length).toBe(5));
  const codes = call.log.flatMap((event) => (event.kind === "warning" ? [event.code] : []));
  expect(codes).toEqual(["chunk-unaligned", "chunk-too-small", "chunk-too-big", "flood", "stream-id"]);
  call.hangUp();
  await call.over;
});

test("a greeting dumped in one go makes the carrier hang up four seconds later, if it is that kind", async () => {
  const { gateway, clock, call, stream } = await dialed({ flood: { aheadMs: 2000, hangUpAfterMs: 4000 } });
  await using _ = gateway;
  for (let i = 0; i < 15; i += 1) stream.play(3200);
  await call.waitFor((event) => event.kind === "warning" && event.code === "flood", 1000);
  await vi.waitFor(() => expect(call.received.length).toBe(15));
  await clock.advance(3999);
  expect(call.outcome.kind).toBe("streaming");
  await clock.advance(1);
  await call.over;
  expect(call.outcome).toMatchObject({ kind: "closed", by: "caller" });
});

test.each([true, false])(
  "clear drops what has not begun to play; pending marks return: %s",
  async (clearReturnsMarks) => {
    const { gateway, clock, call, stream } = await dialed({ clearReturnsMarks });
    await using _ = gateway;
    stream.play(3200, 1);
    stream.mark("g1:1");
    stream.play(3200, 2);
    stream.mark("g1:2");
    await call.waitFor((event) => event.kind === "mark-received" && event.name === "g1:2", 1000);
    await clock.advance(50);
    stream.clear();
    const cleared = await call.waitFor(({ kind }) => kind === "clear-received", 1000);
    expect(cleared).toMatchObject({ droppedMs: 200, playing: true });
    await clock.advance(500);
    const marks = call.log.filter(({ kind }) => kind === (clearReturnsMarks ? "mark-returned" : "mark-dropped"));
    expect(marks.length).toBe(2);
    const heard = call.heardSegments.map(({ startMs, endMs }) => [startMs, endMs]);
    expect(heard).toEqual([[0, 200]]);
    call.hangUp();
    await call.over;
  },
);

test("a fixed URL carries the Basic pair in its userinfo, which becomes a header", async () => {
  const { gateway, call } = await dialed({ endpoint: "fixed" });
  await using _ = gateway;
  expect(gateway.requests).toEqual([]);
  expect(gateway.upgrades[0]).toMatchObject({ path: "/exotel/media", headers: { authorization: BASIC } });
  call.hangUp();
  await call.over;
});

test.each([
  ["right", BASIC],
  ["none", undefined],
] as const)("the upgrade's Basic pair can be %s", async (upgradeProof, expected) => {
  const { gateway, call } = await dialed({ upgradeProof });
  await using _ = gateway;
  expect(gateway.upgrades[0]?.headers.authorization).toBe(expected);
  call.hangUp();
  await call.over;
});

test("when the gateway closes, the flow goes on to Hangup and the status is posted as multipart", async () => {
  const { gateway, call, stream } = await dialed();
  await using _ = gateway;
  stream.close();
  await call.over;
  expect(call.log.find(({ kind }) => kind === "after-stream")).toMatchObject({ verb: "Hangup" });
  const [status] = gateway.to("/exotel/status");
  expect(status?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
  expect(status?.body).toContain(`name="CallSid"\r\n\r\n${call.callSid}\r\n`);
  expect(status?.body).toContain('name="Legs[0][Status]"\r\n\r\ncompleted');
  expect(status?.headers.authorization).toBe(BASIC);
});

test("a gateway that refuses or is full is told apart", async () => {
  for (const [status, kind] of [
    [401, "webhook-failed"],
    [503, "busy"],
  ] as const) {
    await using gateway = await startMiniGateway(() => ({ "/exotel/voicebot": { status, body: "no" } }));
    const call = await dialExotel({ baseUrl: gateway.url, ...pair, webhookProof: "wrong" });
    await call.over;
    expect(call.outcome.kind).toBe(kind);
    expect(gateway.to("/exotel/voicebot")[0]?.headers.authorization).not.toBe(BASIC);
  }
});
