import library from "twilio";
import { expect, test } from "vitest";
import { exotel } from "../../src/carrier/exotel.ts";
import { twilio } from "../../src/carrier/twilio.ts";
import { basic, connect, dial, PAIR, PUBLIC, post, ring, ringForm, SID, stop, TOKEN, world } from "./world.ts";

const exotelPath = "/exotel/voicebot?CallSid=c1&CallFrom=0980&CallTo=0801&Direction=incoming&digits=";

test("a signed ring is answered with a stream whose path carries a ticket, and the call is open in the books", async () => {
  const at = await world();
  const response = await post(at, "/twilio/voice", ringForm());
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/xml/);
  const xml = await response.text();
  expect(xml).toMatch(/<Stream url="wss:\/\/voice\.example\.test\/twilio\/media\/[\w-]{43}"/);
  expect(xml).toContain(`action="${PUBLIC}/twilio/after-stream"`);
  expect(at.memory.entries("open")).toMatchObject([
    { opening: { carrier: "twilio", carrierCallId: SID, agent: "front-desk" } },
  ]);
  expect(at.memory.flushed).toHaveLength(1);
});

test("a ring by GET is signed over its query and answered the same", async () => {
  const at = await world();
  const path = `/twilio/voice?${new URLSearchParams(ringForm())}`;
  const signature = library.getExpectedTwilioSignature(TOKEN, PUBLIC + path, {});
  const response = await fetch(at.origin + path, { headers: { "x-twilio-signature": signature } });
  expect(await response.text()).toContain("<Stream");
});

test("I29: a webhook without a signature, with a wrong one or with one field changed is 401 and opens nothing", async () => {
  const at = await world();
  const signature = library.getExpectedTwilioSignature(TOKEN, `${PUBLIC}/twilio/voice`, ringForm());
  const body = new URLSearchParams(ringForm());
  const tries = [
    await fetch(`${at.origin}/twilio/voice`, { method: "POST", body }),
    await post(at, "/twilio/voice", ringForm(), { "x-twilio-signature": "AAAA" }),
    await post(at, "/twilio/voice", { ...ringForm(), From: "+911" }, { "x-twilio-signature": signature }),
    await fetch(`${at.origin}/twilio/voice`, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json" },
    }),
  ];
  expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  expect(at.gateway.liveCalls).toBe(0);
  expect(at.calls).toHaveLength(0);
  expect(at.memory.journal).toHaveLength(0);
});

test("with no token configured Twilio's webhooks answer 503 with the reason, even when signed with an empty token", async () => {
  const at = await world({ carriers: (publicUrl) => [{ dialect: twilio({ authToken: undefined, publicUrl }) }] });
  const signature = library.getExpectedTwilioSignature("", `${PUBLIC}/twilio/voice`, ringForm());
  const response = await post(at, "/twilio/voice", ringForm(), { "x-twilio-signature": signature });
  expect(response.status).toBe(503);
  expect(await response.text()).toContain("TWILIO_AUTH_TOKEN");
});

test("a forged X-Forwarded-Host or Host neither saves a bad signature nor spoils a good one", async () => {
  const at = await world({ trustProxy: ["127.0.0.1"] });
  const forged = { "x-forwarded-host": "evil.test", "x-forwarded-proto": "http", forwarded: "host=evil.test" };
  expect((await post(at, "/twilio/voice", ringForm(), forged)).status).toBe(200);
  const forEvil = library.getExpectedTwilioSignature(TOKEN, "https://evil.test/twilio/voice", ringForm());
  const response = await post(at, "/twilio/voice", ringForm(), { ...forged, "x-twilio-signature": forEvil });
  expect(response.status).toBe(401);
});

test("the same webhook 500 times at once gives one answer and one call", async () => {
  const at = await world();
  const answers = await Promise.all(
    Array.from({ length: 500 }, async () => (await post(at, "/twilio/voice", ringForm())).text()),
  );
  expect(new Set(answers).size).toBe(1);
  expect(at.gateway.liveCalls).toBe(1);
  expect(at.calls).toHaveLength(1);
  expect(at.memory.entries("open")).toHaveLength(1);
});

test("a webhook repeated after its call is over is told to hang up, and opens no other", async () => {
  const at = await world();
  const { peer } = await connect(at);
  peer.send(stop);
  await peer.closed;
  expect(await (await post(at, "/twilio/voice", ringForm())).text()).toContain("<Hangup/>");
  expect(at.calls).toHaveLength(1);
});

test("over MAX_CALLS a call is turned away as busy, while the repeated ring of a call inside still gets its answer", async () => {
  const at = await world({ maxCalls: 1 });
  await ring(at, "CA1");
  expect(await (await post(at, "/twilio/voice", ringForm("CA2"))).text()).toContain('<Reject reason="busy"/>');
  expect(await ring(at, "CA1")).toMatch(/media/);
  expect((await fetch(at.origin + exotelPath, { headers: { authorization: basic } })).status).toBe(503);
  expect(at.calls).toHaveLength(1);
});

test("a journal that cannot be opened turns the call away and holds nothing", async () => {
  const at = await world();
  at.memory.journalOpens = false;
  expect(await (await post(at, "/twilio/voice", ringForm())).text()).toContain("<Reject");
  expect(at.gateway.liveCalls).toBe(0);
  expect(at.clock.pending).toBe(0);
});

test("a call whose ear cannot even be made ends as failed, and its caller hears busy", async () => {
  const at = await world({
    warmCall: () => {
      throw new Error("a bug");
    },
  });
  expect(await (await post(at, "/twilio/voice", ringForm())).text()).toContain("<Reject");
  expect(at.memory.ends()).toEqual(["failed"]);
  expect(at.gateway.liveCalls).toBe(0);
});

test("after the stream Twilio is told to hang up", async () => {
  const at = await world();
  expect(await (await post(at, "/twilio/after-stream", { CallSid: SID })).text()).toContain("<Hangup/>");
  expect((await fetch(`${at.origin}/twilio/after-stream`, { method: "POST" })).status).toBe(401);
});

test("Exotel is told the media URL as JSON, by GET and by POST, with Basic only", async () => {
  const at = await world();
  const response = await fetch(at.origin + exotelPath, { headers: { authorization: basic } });
  const { url } = (await response.json()) as { url: string };
  expect(url).toMatch(/^wss:\/\/voice\.example\.test\/exotel\/media\/[\w-]{43}$/);
  expect(at.memory.entries("open")).toMatchObject([{ opening: { from: "0980", to: "0801", carrierCallId: "c1" } }]);

  const posted = await fetch(`${at.origin}/exotel/voicebot`, {
    method: "POST",
    body: new URLSearchParams({ CallSid: "c1", CallFrom: "0980", CallTo: "0801" }),
    headers: { authorization: basic },
  });
  expect(((await posted.json()) as { url: string }).url).toBe(url);

  const refused = await fetch(at.origin + exotelPath);
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toMatch(/^Basic/);
  const peer = await dial(at, new URL(url).pathname);
  peer.socket.close();
});

test("Exotel's webhooks answer 503 where neither pair nor addresses are set, and take a known address alone", async () => {
  const closed = await world({ carriers: () => [{ dialect: exotel({ allowedIps: [], minFrameBytes: 3200 }) }] });
  expect((await fetch(closed.origin + exotelPath)).status).toBe(503);
  const open = await world({
    carriers: () => [{ dialect: exotel({ allowedIps: ["127.0.0.1"], minFrameBytes: 3200 }) }],
  });
  expect((await fetch(open.origin + exotelPath)).status).toBe(200);
});

test("an address from X-Forwarded-For counts only behind a proxy that is trusted", async () => {
  const carriers = () => [{ dialect: exotel({ ...PAIR, allowedIps: ["203.0.113.7"], minFrameBytes: 3200 }) }];
  const headers = { "x-forwarded-for": "203.0.113.7" };
  const trusting = await world({ carriers, trustProxy: ["127.0.0.1"] });
  const wary = await world({ carriers });
  expect((await fetch(trusting.origin + exotelPath, { headers })).status).toBe(200);
  expect((await fetch(wary.origin + exotelPath, { headers })).status).toBe(401);
});

test("Exotel's status is read as a form, as multipart and as JSON", async () => {
  const at = await world();
  const multipart = new FormData();
  multipart.set("CallSid", "c1");
  multipart.set("Status", "completed");
  multipart.set("Legs[0][Status]", "completed");
  const headers = { authorization: basic };
  const json = JSON.stringify({
    CallSid: "c1",
    Status: "completed",
    ConversationDuration: 12,
    Legs: [{ Status: "x" }],
  });
  const posts = [
    { body: new URLSearchParams({ CallSid: "c1", Status: "completed", "Legs[0][Status]": "completed" }), headers },
    { body: multipart, headers },
    { body: json, headers: { ...headers, "content-type": "application/json" } },
  ];
  for (const request of posts) {
    await fetch(at.origin + exotelPath.replace("c1", "c1"), { headers });
    expect((await fetch(`${at.origin}/exotel/status`, { method: "POST", ...request })).status).toBe(204);
  }
  const nonsense = await fetch(`${at.origin}/exotel/status`, {
    method: "POST",
    headers,
    body: new URLSearchParams({ a: "b" }),
  });
  expect(nonsense.status).toBe(400);
});

test("a body over 64 KiB, a broken one and an upload are refused before anybody reads them", async () => {
  const at = await world();
  const headers = { authorization: basic };
  const upload = new FormData();
  upload.set("CallSid", new Blob(["x"]), "x.bin");
  const big = new URLSearchParams({ CallSid: "x".repeat(65 * 1024) });
  expect((await fetch(`${at.origin}/exotel/status`, { method: "POST", headers, body: big })).status).toBe(413);
  expect((await fetch(`${at.origin}/exotel/status`, { method: "POST", headers, body: upload })).status).toBe(413);
  const broken = { ...headers, "content-type": "application/json" };
  expect((await fetch(`${at.origin}/exotel/status`, { method: "POST", headers: broken, body: "{" })).status).toBe(400);
});

test("a carrier that was not set up answers 503, and an unknown address 404", async () => {
  const at = await world({ carriers: () => [] });
  expect((await post(at, "/twilio/voice", ringForm())).status).toBe(503);
  expect((await fetch(`${at.origin}/nothing`)).status).toBe(404);
});
