import twilio from "twilio";
import { expect, test, vi } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { dialTwilio } from "../../src/simulator/twins/twilio-twin.ts";
import { signatureHeader } from "../../src/simulator/twins/twilio-webhooks.ts";
import { parseTwiml } from "../../src/simulator/twins/twiml.ts";
import { startMiniGateway, twilioAnswers } from "./mini-gateway.ts";

const authToken = "0123456789abcdef0123456789abcdef";
const publicUrl = "https://gw.example.test";

async function dialed(options: Partial<Parameters<typeof dialTwilio>[0]> = {}) {
  const gateway = await startMiniGateway(twilioAnswers());
  const clock = new VirtualClock();
  const call = await dialTwilio({ baseUrl: gateway.url, publicUrl, authToken, clock, ...options });
  const stream = await gateway.stream();
  return { gateway, clock, call, stream };
}

test("signatures are those of the reference's test vectors", () => {
  const auth = { authToken, proof: "right" } as const;
  const params = {
    CallSid: "CA00000000000000000000000000000001",
    From: "+15550100001",
    To: "+15550100002",
    CallStatus: "ringing",
    Direction: "inbound",
  };
  const webhook = signatureHeader(auth, "https://voice.example.test/hooks/twilio/voice?tenant=t1", params);
  const socket = signatureHeader(auth, "wss://voice.example.test/media/abc123", {});
  expect(webhook).toEqual({ "X-Twilio-Signature": "VXMpLRuAfVuE7CMYpSwvA5KyZT4=" });
  expect(socket).toEqual({ "X-Twilio-Signature": "OAsDZOT+zGcZL5MBzoxYQw9sPb4=" });
});

test("TwiML that is not well formed is refused, entities are read", () => {
  expect(parseTwiml('<Response><Say x="a&amp;&#x41;&#66;"/></Response>').children[0]?.attributes).toEqual({
    x: "a&AB",
  });
  for (const bad of ["<Response><Say></Response>", "<Response/><Response/>", "<Response>a & b</Response>", "hello"]) {
    expect(() => parseTwiml(bad), bad).toThrow();
  }
});

test("a call goes from the signed webhook to a signed upgrade, and every message is typed as Twilio's", async () => {
  const { gateway, clock, call, stream } = await dialed();
  await using _ = gateway;
  const [voice] = gateway.to("/twilio/voice");
  const form = Object.fromEntries(new URLSearchParams(voice?.body));
  expect(form).toMatchObject({ CallSid: call.callSid, CallStatus: "ringing", Direction: "inbound", FromCity: "" });
  const header = String(voice?.headers["x-twilio-signature"]);
  expect(twilio.validateRequest(authToken, header, `${publicUrl}/twilio/voice`, form)).toBe(true);
  const upgrade = gateway.upgrades[0];
  const upgradeHeader = String(upgrade?.headers["x-twilio-signature"]);
  expect(twilio.validateRequest(authToken, upgradeHeader, "wss://gw.example.test/twilio/media/ticket-1", {})).toBe(
    true,
  );

  await clock.advance(40);
  await vi.waitFor(() => expect(stream.of("media").length).toBe(3));
  const [connected, start, first] = stream.messages;
  expect(connected).toEqual({ event: "connected", protocol: "Call", version: "1.0.0" });
  expect(start).toMatchObject({
    event: "start",
    sequenceNumber: "1",
    start: {
      callSid: call.callSid,
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
      customParameters: { tenant: "t&42 ह" },
    },
  });
  expect(first).toMatchObject({ sequenceNumber: "2", media: { track: "inbound", chunk: "1", timestamp: "0" } });
  expect(stream.of("media")[2]).toMatchObject({ sequenceNumber: "4", media: { chunk: "3", timestamp: "40" } });
  expect(Buffer.from(first.media.payload, "base64")).toEqual(Buffer.alloc(160, 0xff));
  call.hangUp();
  await call.over;
});

test("frames keep an absolute schedule: after a stall all that are due go out, and none is lost or early", async () => {
  const { gateway, clock, call, stream } = await dialed();
  await using _ = gateway;
  await clock.advance(19);
  expect(call.sent.length).toBe(1);
  await clock.advance(981);
  expect(call.sent.length).toBe(51);
  await vi.waitFor(() => expect(stream.of("media").length).toBe(51));
  expect(stream.of("media").at(-1)?.media.timestamp).toBe("1000");
  call.hangUp();
  await call.over;
});

test("speech is sent byte for byte, its last frame filled with silence, and its start and end are noted", async () => {
  const { gateway, clock, call, stream } = await dialed();
  await using _ = gateway;
  const audio = Buffer.alloc(400, 0x22);
  const said = call.say(audio);
  await clock.advance(100);
  await said;
  await vi.waitFor(() => expect(stream.of("media").length).toBe(6));
  const sent = Buffer.concat(stream.of("media").map(({ media }) => Buffer.from(media.payload, "base64")));
  expect(sent.subarray(160, 560)).toEqual(audio);
  expect(sent.subarray(560, 640)).toEqual(Buffer.alloc(80, 0xff));
  expect(Buffer.concat(call.sent)).toEqual(sent);
  const bounds = call.log.filter(({ kind }) => kind.startsWith("speech"));
  expect(bounds.map(({ kind, atMs }) => [kind, atMs])).toEqual([
    ["speech-started", 20],
    ["speech-ended", 60],
  ]);
  call.press("5");
  await vi.waitFor(() => expect(stream.of("dtmf")[0]?.dtmf).toEqual({ track: "inbound_track", digit: "5" }));
  call.hangUp();
  await call.over;
});

test("marks come back at playback time, and what the caller heard is known to the byte", async () => {
  const { gateway, clock, call, stream } = await dialed();
  await using _ = gateway;
  stream.play(1600, 0x31);
  stream.mark("g1:1");
  await call.waitFor(({ kind }) => kind === "mark-received", 1000);
  await clock.advance(199);
  expect(call.log.some(({ kind }) => kind === "mark-returned")).toBe(false);
  await clock.advance(1);
  await vi.waitFor(() => expect(stream.of("mark")[0]?.mark).toEqual({ name: "g1:1" }));
  expect(call.log.find(({ kind }) => kind === "generation")).toMatchObject({
    name: "g1",
    firstMessage: 0,
    lastMessage: 0,
  });
  expect(call.heard).toEqual(Buffer.alloc(1600, 0x31));
  expect(call.received).toEqual([Buffer.alloc(1600, 0x31)]);
  call.hangUp();
  await call.over;
});

test("clear empties the buffer, returns all pending marks, and says how much was thrown away", async () => {
  const { gateway, clock, call, stream } = await dialed();
  await using _ = gateway;
  stream.play(8000);
  stream.mark("g1:1");
  stream.play(8000);
  stream.mark("g1:2");
  await call.waitFor((event) => event.kind === "mark-received" && event.name === "g1:2", 1000);
  await clock.advance(300);
  stream.clear();
  const cleared = await call.waitFor(({ kind }) => kind === "clear-received", 1000);
  expect(cleared).toMatchObject({ atMs: 300, droppedMs: 1700, playing: true });
  await vi.waitFor(() => expect(stream.of("mark").length).toBe(2));
  expect(call.heard.length).toBe(2400);
  expect(call.arrivals.map(({ kind }) => kind)).toEqual(["media", "mark", "media", "mark", "clear"]);
  call.hangUp();
  await call.over;
});

test("what Twilio would complain about is noted and not played", async () => {
  const { gateway, call, stream } = await dialed();
  await using _ = gateway;
  const { streamSid } = stream;
  stream.raw(Buffer.from([1, 2, 3]));
  stream.raw("not json");
  stream.send({ event: "playAudio", streamSid });
  stream.send({ event: "clear", streamSid: "MZother" });
  stream.send({ event: "media", streamSid, media: { payload: "***" } });
  stream.send({ event: "mark", streamSid, mark: { name: "a" }, extra: 1 });
  await vi.waitFor(() => expect(call.log.filter(({ kind }) => kind === "warning").length).toBe(6));
  const codes = call.log.flatMap((event) => (event.kind === "warning" ? [event.code] : []));
  expect(codes).toEqual(["31950", "31950", "31951", "31951", "31951", "31951"]);
  expect(call.arrivals).toEqual([]);
  call.hangUp();
  await call.over;
});

test("when the gateway closes the socket Twilio asks what comes next and then closes its books", async () => {
  const { gateway, call, stream } = await dialed();
  await using _ = gateway;
  stream.close();
  await call.over;
  expect(call.outcome).toEqual({ kind: "closed", code: 1000, by: "gateway" });
  expect(call.log.find(({ kind }) => kind === "after-stream")).toMatchObject({ verb: "Hangup" });
  const order = gateway.requests.map(({ path, body }) => [path, new URLSearchParams(body).get("StreamEvent")]);
  expect(order).toEqual([
    ["/twilio/voice", null],
    ["/twilio/stream-status", "stream-started"],
    ["/twilio/stream-status", "stream-stopped"],
    ["/twilio/after-stream", null],
    ["/twilio/status", null],
  ]);
  for (const { path, body, headers } of gateway.requests) {
    const form = Object.fromEntries(new URLSearchParams(body));
    const signature = String(headers["x-twilio-signature"]);
    expect(twilio.validateRequest(authToken, signature, publicUrl + path, form), path).toBe(true);
  }
  expect(new URLSearchParams(gateway.to("/twilio/status")[0]?.body).get("CallStatus")).toBe("completed");
});

test("when the caller hangs up the stream says stop, and nothing is asked afterwards", async () => {
  const { gateway, call, stream } = await dialed();
  await using _ = gateway;
  const waiting = call.waitFor(({ kind }) => kind === "clear-received", 60_000);
  const speaking = call.say(Buffer.alloc(80_000));
  call.hangUp();
  await expect(speaking).rejects.toThrow("the call is over");
  await call.over;
  await expect(waiting).rejects.toThrow("no event matched");
  expect(call.outcome).toMatchObject({ kind: "closed", by: "caller" });
  expect(stream.of("stop")[0]?.stop.callSid).toBe(call.callSid);
  expect(gateway.to("/twilio/after-stream")).toEqual([]);
  expect(gateway.to("/twilio/status").length).toBe(1);
});

test("a call that is turned away is busy, one that is answered with nonsense has failed", async () => {
  await using busy = await startMiniGateway(() => ({
    "/twilio/voice": { body: '<Response><Reject reason="busy"/></Response>' },
    "/twilio/status": { body: "" },
  }));
  const call = await dialTwilio({ baseUrl: busy.url, authToken });
  await call.over;
  expect(call.outcome).toMatchObject({ kind: "busy" });
  expect(new URLSearchParams(busy.to("/twilio/status")[0]?.body).get("CallStatus")).toBe("busy");
  for (const body of ["<Response><Hangup/></Response>", "oops"]) {
    await using broken = await startMiniGateway(() => ({ "/twilio/voice": { body } }));
    const failed = await dialTwilio({ baseUrl: broken.url, authToken });
    await failed.over;
    expect(failed.outcome).toMatchObject({ kind: "webhook-failed", status: 200 });
  }
});

test("a refused upgrade is known by its status", async () => {
  await using gateway = await startMiniGateway(twilioAnswers(), () => 401);
  const call = await dialTwilio({ baseUrl: gateway.url, publicUrl, authToken, signUpgrade: "none" });
  await call.over;
  expect(call.outcome).toEqual({ kind: "upgrade-refused", status: 401 });
  expect(gateway.upgrades[0]?.headers["x-twilio-signature"]).toBeUndefined();
  await expect(call.say(Buffer.alloc(160))).rejects.toThrow("refused");
});
