import twilio from "twilio";
import { expect, test, vi } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { startTwilioCloud, type TwilioCloudOptions } from "../../src/simulator/twins/twilio-cloud.ts";
import { TOO_MANY_REQUESTS } from "../../src/simulator/twins/twilio-rest-wire.ts";
import { type MiniAnswer, startMiniGateway, twilioAnswers } from "./mini-gateway.ts";

const accountSid = "AC0000000000000000000000000000000a";
const authToken = "0123456789abcdef0123456789abcdef";
const publicUrl = "https://gw.example.test";
const CALLEE = "+919800000009";
const OURS = "+918000000002";

/** A cloud on a clock of its own, and the gateway it knows, asked by Twilio's own library. */
async function network(options: Partial<TwilioCloudOptions> = {}, answers: Readonly<Record<string, MiniAnswer>> = {}) {
  const gateway = await startMiniGateway(() => ({ ...twilioAnswers()(), ...answers }));
  const clock = new VirtualClock();
  const cloud = await startTwilioCloud({
    accountSid,
    authToken,
    clock,
    gateway: { baseUrl: gateway.url, publicUrl },
    ...options,
  });
  const client = twilio(accountSid, authToken);
  client.api.baseUrl = cloud.url;
  const order = { to: CALLEE, from: OURS, url: `${publicUrl}/twilio/voice` };
  const status = {
    statusCallback: `${publicUrl}/twilio/status`,
    statusCallbackEvent: ["initiated", "ringing", "answered", "completed"],
  };
  const stop = async (): Promise<void> => {
    await cloud[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  };
  return { gateway, clock, cloud, client, order, status, [Symbol.asyncDispose]: stop };
}

type Network = Awaited<ReturnType<typeof network>>;

const forms = ({ gateway }: Network, path: string) =>
  gateway.to(path).map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
const only = ({ cloud }: Network) => {
  const [call] = cloud.calls;
  if (!call) throw new Error("no call was placed");
  return call;
};
const twiml = (verbs: string): MiniAnswer => ({ body: `<Response>${verbs}</Response>` });
const kinds = (call: ReturnType<typeof only>) => call.events.map(({ kind }) => kind);

test("a call placed over REST rings, is answered, asks for instructions as outbound-api, and is talked through", async () => {
  await using net = await network({ pickup: () => ({ kind: "answers", afterMs: 4000 }) });
  const { sid, status } = await net.client.calls.create({ ...net.order, ...net.status });
  expect(status).toBe("queued");
  const call = only(net);
  expect(sid).toBe(call.facts.callSid);
  await call.waitFor((event) => event.kind === "status" && event.status === "ringing", 1000);
  expect(net.gateway.to("/twilio/voice")).toHaveLength(0);
  await net.clock.advance(4000);

  const phone = await call.stream();
  const [voice] = net.gateway.to("/twilio/voice");
  const form = Object.fromEntries(new URLSearchParams(voice?.body));
  expect(form).toMatchObject({
    CallSid: sid,
    CallStatus: "in-progress",
    Direction: "outbound-api",
    From: OURS,
    To: CALLEE,
  });
  const signature = String(voice?.headers["x-twilio-signature"]);
  expect(twilio.validateRequest(authToken, signature, `${publicUrl}/twilio/voice`, form)).toBe(true);

  const stream = await net.gateway.stream();
  stream.play(1600, 0x31);
  await phone.waitFor(({ kind }) => kind === "first-media", 1000);
  await net.clock.advance(200);
  expect(phone.heard).toEqual(Buffer.alloc(1600, 0x31));
  call.hangUp();
  await call.over;
  expect(forms(net, "/twilio/status").map((told) => [told["CallStatus"], told["SequenceNumber"]])).toEqual([
    ["initiated", "0"],
    ["ringing", "1"],
    ["in-progress", "2"],
    ["completed", "3"],
  ]);
  expect(net.gateway.to("/twilio/after-stream")).toHaveLength(0);
  expect((await net.client.calls(sid).fetch()).status).toBe("completed");
});

test.each(["busy", "no-answer", "failed"] as const)(
  "a callee who is %s: one callback more, no instructions",
  async (kind) => {
    await using net = await network({ pickup: () => ({ kind }) });
    await net.client.calls.create({ ...net.order, ...net.status, timeout: 20 });
    const call = only(net);
    await call.waitFor((event) => event.kind === "status" && event.status === "ringing", 1000);
    await net.clock.advance(kind === "no-answer" ? 20_000 : 0);
    await call.over;
    expect(forms(net, "/twilio/status").map((told) => told["CallStatus"])).toEqual(["initiated", "ringing", kind]);
    expect(net.gateway.to("/twilio/voice")).toHaveLength(0);
  },
);

test("machine detection beside the call tells its verdict later; without `asyncAmd` the instructions wait for it", async () => {
  const pickup = () => ({ kind: "answers", as: "machine_end_beep", verdictMs: 5000 }) as const;
  const amd = { machineDetection: "DetectMessageEnd", asyncAmdStatusCallback: `${publicUrl}/amd` };
  await using net = await network({ pickup }, { "/amd": { status: 204, body: "" } });
  await net.client.calls.create({ ...net.order, ...amd, asyncAmd: "true" });
  const call = only(net);
  await net.clock.advance(0);
  await call.stream();
  expect(net.gateway.to("/amd")).toHaveLength(0);
  await net.clock.advance(5000);
  await vi.waitFor(() => expect(net.gateway.to("/amd")).toHaveLength(1));
  expect(forms(net, "/amd")[0]).toMatchObject({ CallSid: call.facts.callSid, AnsweredBy: "machine_end_beep" });

  await net.client.calls.create({ ...net.order, ...amd });
  await net.clock.advance(0);
  expect(net.gateway.to("/twilio/voice")).toHaveLength(1);
  await net.clock.advance(5000);
  await vi.waitFor(() => expect(net.gateway.to("/twilio/voice")).toHaveLength(2));
  expect(forms(net, "/twilio/voice")[1]).toMatchObject({ AnsweredBy: "machine_end_beep" });
});

test("an update to `completed` ends the stream and the call; afterwards there is no such call", async () => {
  await using net = await network();
  const { sid } = await net.client.calls.create(net.order);
  await net.clock.advance(0);
  const call = only(net);
  await call.stream();
  const stream = await net.gateway.stream();
  await net.client.calls(sid).update({ status: "completed" });
  await call.over;
  expect(stream.of("stop")).toHaveLength(1);
  expect(call.status).toBe("completed");
  await expect(net.client.calls(sid).update({ status: "completed" })).rejects.toMatchObject({
    status: 404,
    code: 20404,
  });
});

test("a call that still rings can be taken back, one that was answered cannot", async () => {
  await using net = await network({ pickup: () => ({ kind: "answers", afterMs: 9000 }) });
  const { sid } = await net.client.calls.create(net.order);
  await expect(net.client.calls(sid).update({ twiml: "<Response/>" })).rejects.toMatchObject({ code: 21220 });
  expect((await net.client.calls(sid).update({ status: "canceled" })).status).toBe("canceled");
  const other = await net.client.calls.create(net.order);
  await net.clock.advance(9000);
  await expect(net.client.calls(other.sid).update({ status: "canceled" })).rejects.toMatchObject({ code: 21220 });
});

test("an update with a document ends the stream, dials, and the answer of `action` is obeyed when the two have parted", async () => {
  await using net = await network({}, { "/next": twiml("<Say>Was that all?</Say><Hangup/>") });
  const { sid } = await net.client.calls.create(net.order);
  await net.clock.advance(0);
  const call = only(net);
  await call.stream();
  const document = `<Response><Say>One &amp; moment</Say><Dial callerId="${OURS}" timeout="20" action="${publicUrl}/next"><Number>+919800000003</Number></Dial><Say>never</Say></Response>`;
  await net.client.calls(sid).update({ twiml: document });
  await net.clock.advance(2000);
  await call.waitFor(({ kind }) => kind === "dialled", 1000);
  const leg = net.cloud.calls[1];
  await leg?.waitFor((event) => event.kind === "status" && event.status === "in-progress", 1000);
  expect(leg?.facts).toMatchObject({ from: OURS, to: "+919800000003", direction: "outbound-dial", parentCallSid: sid });
  expect(net.gateway.to("/twilio/after-stream")).toHaveLength(0);
  leg?.hangUp();
  await vi.waitFor(() => expect(net.gateway.to("/next")).toHaveLength(1));
  expect(forms(net, "/next")[0]).toMatchObject({ DialCallStatus: "completed", DialCallSid: leg?.facts.callSid });
  await net.clock.advance(2000);
  await call.over;
  expect(call.events.flatMap((event) => (event.kind === "said" ? [event.words] : []))).toEqual([
    "One & moment",
    "Was that all?",
  ]);
});

test("a caller who leaves while the other telephone rings takes the ringing along", async () => {
  const pickup = (to: string) => ({ kind: "answers", afterMs: to === CALLEE ? 0 : 9000 }) as const;
  await using net = await network({ pickup }, { "/twilio/voice": twiml("<Dial>+919800000003</Dial>") });
  const caller = net.cloud.callIn();
  await caller.waitFor(({ kind }) => kind === "dialled", 1000);
  caller.hangUp();
  await caller.over;
  expect(net.cloud.calls[1]?.status).toBe("canceled");
  expect(caller.events).toContainEqual(expect.objectContaining({ kind: "dial-ended", status: "canceled" }));
});

test("a conference holds those who join it; when the one that ends it leaves, all are sent away", async () => {
  const room = (ends: boolean) => `<Dial><Conference endConferenceOnExit="${ends}">desk</Conference></Dial>`;
  await using net = await network({}, { "/caller": twiml(room(true)), "/human": twiml(`<Say>Hi</Say>${room(false)}`) });
  await net.client.calls.create({ ...net.order, url: `${publicUrl}/caller` });
  await net.client.calls.create({ ...net.order, url: `${publicUrl}/human` });
  await net.clock.advance(0);
  const [caller, human] = net.cloud.calls;
  await caller?.waitFor(({ kind }) => kind === "joined", 1000);
  await human?.waitFor(({ kind }) => kind === "said", 1000);
  await net.clock.advance(1000);
  await human?.waitFor(({ kind }) => kind === "joined", 1000);
  expect(net.cloud.conferences.get("desk")?.participants).toEqual([caller?.facts.callSid, human?.facts.callSid]);
  caller?.hangUp();
  await Promise.all([caller?.over, human?.over]);
  expect(human?.status).toBe("completed");
  expect(human && kinds(human)).toContain("left");
  expect(net.cloud.conferences.size).toBe(0);
});

test("somebody calls in: ringing until the answer is known, a refusal is heard as busy", async () => {
  await using net = await network();
  const caller = net.cloud.callIn({ from: "+919800000001" });
  const phone = await caller.stream();
  expect(forms(net, "/twilio/voice")[0]).toMatchObject({ Direction: "inbound", CallStatus: "ringing" });
  phone.hangUp();
  await caller.over;
  expect(caller.status).toBe("completed");
  expect(net.gateway.to("/twilio/after-stream")).toHaveLength(0);

  await using full = await network({}, { "/twilio/voice": twiml('<Reject reason="busy"/>') });
  const turnedAway = full.cloud.callIn();
  await turnedAway.over;
  expect(turnedAway.status).toBe("busy");
});

test("when the gateway closes the stream the action is asked, and what it answers is obeyed", async () => {
  await using net = await network({}, { "/twilio/after-stream": twiml("<Dial>+919800000003</Dial><Hangup/>") });
  const caller = net.cloud.callIn();
  await caller.stream();
  (await net.gateway.stream()).close();
  await caller.waitFor(({ kind }) => kind === "dialled", 1000);
  expect(caller.events).toContainEqual(expect.objectContaining({ kind: "after-stream", verb: "Dial" }));
});

test("orders that Twilio refuses are refused with its codes, and begin nothing", async () => {
  await using net = await network({ numbers: [OURS] });
  const code = (change: object): Promise<number> =>
    net.client.calls.create({ ...net.order, ...change }).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
  expect(await code({ to: "98000" })).toBe(21211);
  expect(await code({ from: "+15550000000" })).toBe(21210);
  expect(await code({ from: "nobody" })).toBe(21212);
  expect(await code({ url: "gw.example.test" })).toBe(21205);
  expect(net.cloud.calls).toEqual([]);
  net.cloud.failing = TOO_MANY_REQUESTS;
  expect(await code({})).toBe(20429);
  const stranger = twilio(accountSid, "wrong");
  stranger.api.baseUrl = net.cloud.url;
  await expect(stranger.calls.create(net.order)).rejects.toMatchObject({ status: 401, code: 20003 });
});
