import { createHmac } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { admit } from "../../src/simulator/signalling/access-token.ts";
import { type Signalling, startSignalling } from "../../src/simulator/signalling/signalling.ts";
import { TelephoneEvents } from "../../src/simulator/signalling/telephone-event.ts";
import { until } from "../rig.ts";
import { ACCOUNT, FakeSoftphone, tokenFor } from "./fake-softphone.ts";

const now = systemClock.wall();

/** A token of ours, changed by hand and signed anew. */
function forged(change: { header?: object; claims?: object }, secret: string = ACCOUNT.apiKeySecret): string {
  const [head = "", body = ""] = tokenFor("asha").split(".");
  const changed = (part: string, more: object = {}): string =>
    Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(part, "base64url").toString()), ...more })).toString(
      "base64url",
    );
  const text = `${changed(head, change.header)}.${changed(body, change.claims)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

test("a token of our gateway's is admitted for what it grants, until its end", () => {
  expect(admit(tokenFor("asha", {}, 90), ACCOUNT, now)).toMatchObject({
    kind: "admitted",
    identity: "asha",
    mayCall: true,
    mayBeRung: true,
  });
  expect(admit(tokenFor("asha", {}, 90), ACCOUNT, now + 95_000)).toMatchObject({ error: { code: 31205 } });
});

test.each([
  ["garbage", "garbage"],
  ["without a signature", tokenFor("asha").replace(/[^.]+$/, "")],
  ["signed with another secret", tokenFor("asha", { apiKeySecret: "another-secret-0123456789abcdefgh" as never })],
  ["of another account", tokenFor("asha", { accountSid: `AC${"1".repeat(32)}` as never })],
  ["of another key", tokenFor("asha", { apiKeySid: `SK${"1".repeat(32)}` as never })],
  ["for another TwiML app", tokenFor("asha", { appSid: `AP${"1".repeat(32)}` as never })],
  ["with another algorithm", forged({ header: { alg: "HS512" } })],
  ["that is any JWT", forged({ header: { cty: undefined } })],
  ["without a grant", forged({ claims: { grants: { identity: "asha" } } })],
  ["for nobody", forged({ claims: { grants: { identity: "", voice: {} } } })],
  ["that begins tomorrow", forged({ claims: { nbf: Math.floor(now / 1000) + 86_400 } })],
])("a token %s is refused as invalid", (_, token) => {
  expect(admit(token, ACCOUNT, now)).toMatchObject({ kind: "refused", error: { code: 31204 } });
});

test("a key is told once, when it is let go of", () => {
  const events = new TelephoneEvents();
  const packet = (event: number, end: boolean) => Buffer.from([event, end ? 0x8a : 0x0a, 0x03, 0x20]);
  const packets = [false, false, true, true, true];
  expect(packets.map((end) => events.digit(packet(11, end), 800))).toEqual([
    undefined,
    undefined,
    "#",
    undefined,
    undefined,
  ]);
  expect(events.digit(packet(11, true), 2400)).toBe("#");
  expect(events.digit(packet(16, true), 4000)).toBeUndefined();
  expect(events.digit(Buffer.from([1, 0x80]), 5600)).toBeUndefined();
});

let twilio: Signalling;
let clock: VirtualClock;
const phones: FakeSoftphone[] = [];
beforeEach(async () => {
  clock = new VirtualClock(systemClock.wall());
  twilio = await startSignalling({ ...ACCOUNT, clock });
});
afterEach(async () => {
  for (const phone of phones.splice(0)) phone.close();
  await twilio.close();
});

async function open(token: string): Promise<FakeSoftphone> {
  const phone = await FakeSoftphone.open(twilio.url, token);
  phones.push(phone);
  return phone;
}

test("a browser that shows its token is connected, may register, and may leave again", async () => {
  const phone = await open(tokenFor("asha", {}, 90));
  const { token } = await phone.hears("connected");
  expect(token.identity).toBe("asha");
  expect(token.ttl).toBeGreaterThan(80);
  expect(token.ttl).toBeLessThan(120);
  await phone.register();
  expect(twilio.registered).toEqual(["asha"]);
  phone.say("register", { media: { audio: false } });
  await phone.hears("offline");
  expect(twilio.registered).toEqual([]);
});

test.each([
  [31204, "not.a.token"],
  [31205, forged({ claims: { exp: Math.floor(now / 1000) - 1 } })],
])("a bad token is answered with %i", async (code, token) => {
  const phone = await open(token);
  expect((await phone.hears("error")).error.code).toBe(code);
  phone.say("register", { media: { audio: true } });
  await until("the second refusal", () => phone.types.length === 2);
  expect(phone.types).toEqual(["error", "error"]);
  expect(twilio.registered).toEqual([]);
});

test("a token that ends takes its registration with it; a fresh one on the same socket does not let it come to that", async () => {
  const [ending, renewed] = [await open(tokenFor("asha", {}, 60)), await open(tokenFor("ravi", {}, 60))];
  await ending.register();
  await renewed.register();
  renewed.say("listen", { token: tokenFor("ravi", {}, 600) });
  await until("the second greeting", () => renewed.types.filter((type) => type === "connected").length === 2);
  await clock.advance(120_000);
  expect((await ending.hears("error")).error.code).toBe(31205);
  expect(twilio.registered).toEqual(["ravi"]);
});

test("the socket beats, and what is sent back is no message", async () => {
  const phone = await open(tokenFor("asha"));
  await phone.hears("connected");
  await clock.advance(10_000);
  await until("a heartbeat", () => phone.heartbeats === 1);
  phone.raw("\n");
  await clock.advance(10_000);
  await until("another", () => phone.heartbeats === 2);
  expect(phone.types).toEqual(["connected"]);
});

test.each([
  "{",
  "{}",
  JSON.stringify({ type: "galaxy", payload: {} }),
  JSON.stringify({ type: "invite", payload: {} }),
])("%s is answered with an error, and the socket lives on", async (text) => {
  const phone = await open(tokenFor("asha"));
  phone.raw(text);
  expect((await phone.hears("error")).error.code).toBe(31100);
  await phone.register();
});

test("a message of a call is acknowledged by its number", async () => {
  const phone = await open(tokenFor("asha"));
  const message = {
    callsid: "CA1",
    content: "{}",
    contenttype: "application/json",
    messagetype: "user",
    voiceeventsid: "KX1",
  };
  phone.say("message", message);
  expect(await phone.hears("ack")).toEqual({ acktype: "message", callsid: "CA1", voiceeventsid: "KX1" });
});

test("a browser whose token is for being rung alone may not call, and learns it under the name that it gave the call", async () => {
  const grants = { identity: "asha", voice: { incoming: { allow: true } } };
  const phone = await open(forged({ claims: { grants } }));
  await phone.hears("connected");
  phone.say("invite", { callsid: "TJ7", sdp: "v=0", twilio: {} });
  expect(await phone.hears("hangup")).toMatchObject({ callsid: "TJ7", error: { code: 31204 } });
  expect(twilio.calls).toEqual([]);
});

test("a description of sound that is none ends the call it came with", async () => {
  const phone = await open(tokenFor("asha"));
  phone.say("invite", { callsid: "TJ7", sdp: "v=0", twilio: {} });
  expect(await phone.hears("hangup")).toMatchObject({ callsid: "TJ7", error: { code: 31488 } });
});

test("a browser that picks up with a description that is none is not reached", async () => {
  const phone = await open(tokenFor("asha"));
  await phone.register();
  const call = twilio.ring("asha");
  const { callsid } = await phone.hears("invite");
  phone.say("answer", { callsid, sdp: "v=0\r\nm=audio\r\n" });
  expect(await phone.hears("hangup")).toMatchObject({ callsid, error: { code: 31480 } });
  await call.over;
  expect(call.status).toBe("no-answer");
});
