import { expect, onTestFinished, test } from "vitest";
import { type Signalling, type SignallingOptions, startSignalling } from "../../src/simulator/signalling/signalling.ts";
import { until } from "../rig.ts";
import { ACCOUNT, type BrowserSound, FakeSoftphone, tokenFor } from "./fake-softphone.ts";
import { type MiniAnswer, startMiniGateway, twilioAnswers } from "./mini-gateway.ts";

const PUBLIC = "https://gw.example.test";
const twiml = (verbs: string): MiniAnswer => ({ body: `<Response>${verbs}</Response>` });
/** Sounds that can be told apart, 160 bytes each and none of them silence. */
const frames = (count: number, first = 1): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, at) => Buffer.alloc(160, first + at)));

async function network(answers: Readonly<Record<string, MiniAnswer>> = {}, more: Partial<SignallingOptions> = {}) {
  const gateway = await startMiniGateway(() => ({ ...twilioAnswers()(), ...answers }));
  const said: string[] = [];
  const twilio = await startSignalling({
    ...ACCOUNT,
    gateway: { baseUrl: gateway.url, publicUrl: PUBLIC },
    onWire: (from, text) => said.push(`${from}: ${JSON.parse(text).type}`),
    ...more,
  });
  const phones: FakeSoftphone[] = [];
  onTestFinished(async () => {
    await twilio.close();
    for (const phone of phones) phone.close();
    await gateway[Symbol.asyncDispose]();
  });
  const online = async (identity: string): Promise<FakeSoftphone> => {
    const phone = await FakeSoftphone.open(twilio.url, tokenFor(identity));
    phones.push(phone);
    return phone;
  };
  const forms = (path: string) => gateway.to(path).map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  return { gateway, twilio, said, online, forms };
}

/** A browser's call, up to the open stream. */
async function called(net: Awaited<ReturnType<typeof network>>, params: Readonly<Record<string, string>> = {}) {
  const phone = await net.online("asha");
  const sound = await phone.call(params);
  await sound.accept((await phone.hears("answer")).sdp);
  const stream = await until("sound from the browser", () => net.gateway.streams.find((one) => one.of("media")[0]));
  const call = only(net.twilio);
  return { phone, sound, stream, call, line: await call.stream() };
}

function only({ calls }: Signalling) {
  const [call] = calls;
  if (!call) throw new Error("no call was placed");
  return call;
}

const payloads = (messages: readonly { media: { payload: string } }[]): Buffer =>
  Buffer.concat(messages.map(({ media }) => Buffer.from(media.payload, "base64")));
/** All but silence. */
const loud = (audio: Buffer): Buffer => audio.filter((byte) => byte !== 0xff) as Buffer;
const isSilent = (audio: Buffer): boolean => loud(audio).length === 0;

test("a browser calls: its webhook is a phone call's, and sound goes both ways to the byte", async () => {
  const net = await network();
  const { phone, sound, stream, line } = await called(net, {
    To: "+15550100",
    lang: "hi-IN",
    From: "+14155550100",
    CallSid: "CA1",
    Direction: "outbound-api",
  });
  expect(net.forms("/twilio/voice")).toMatchObject([
    {
      From: "client:asha",
      Caller: "client:asha",
      To: "+15550100",
      lang: "hi-IN",
      Direction: "inbound",
      CallStatus: "ringing",
      ApplicationSid: ACCOUNT.appSid,
      CallSid: only(net.twilio).facts.callSid,
    },
  ]);
  expect(net.gateway.to("/twilio/voice")[0]?.headers["x-twilio-signature"]).toBeTypeOf("string");
  expect(stream.of("start")[0]?.start.customParameters).toEqual({ tenant: "t&42 ह" });

  const question = frames(50);
  sound.speak(question);
  await until("the question", () => loud(payloads(stream.of("media"))).length >= question.length);
  expect(loud(payloads(stream.of("media")))).toEqual(question);
  expect(new Set(stream.of("media").map(({ media }) => Buffer.from(media.payload, "base64").length))).toEqual(
    new Set([160]),
  );

  const answer = frames(50, 100);
  const payload = answer.toString("base64");
  stream.send({ event: "media", streamSid: stream.streamSid, media: { payload } });
  stream.mark("heard");
  await until("the mark", () => stream.of("mark").length === 1);
  await until("the answer", () => loud(sound.heardBytes).length >= answer.length);
  expect(loud(sound.heardBytes)).toEqual(answer);
  expect(line.log).toContainEqual(expect.objectContaining({ kind: "mark-returned", name: "heard", why: "played" }));
  expect(phone.types).toEqual(["connected", "ringing", "answer"]);
  expect(net.said).toEqual([
    "browser: listen",
    "twilio: connected",
    "browser: invite",
    "twilio: ringing",
    "twilio: answer",
  ]);
});

test("what is played comes in frames 20 ms apart, silence between; a clear cuts it off and returns the marks", async () => {
  const net = await network();
  const { sound, stream } = await called(net);
  await until("silence", () => sound.heard.length > 10);
  expect(isSilent(sound.heardBytes)).toBe(true);
  stream.play(8000 * 5, 0x11);
  stream.mark("never-heard");
  const from = sound.heard.length;
  await until("the beginning", () => loud(sound.heardBytes).length > 160 * 20);
  stream.clear();
  const [mark] = await until("the mark", () => stream.of("mark").length === 1 && stream.of("mark"));
  expect(mark.mark.name).toBe("never-heard");
  await until("silence again", () => sound.heard.length > from + 60 && isSilent(Buffer.concat(sound.heard.slice(-10))));
  expect(loud(sound.heardBytes).length).toBeLessThan(8000 * 4);
  expect(new Set(sound.heard.map(({ length }) => length))).toEqual(new Set([160]));
});

test("keys arrive in order, twice where they were pressed twice; muted, silence flows on", async () => {
  const net = await network();
  const { sound, stream } = await called(net);
  for (const event of [1, 2, 2, 11, 10]) sound.press(event);
  await until("the keys", () => stream.of("dtmf").length === 5);
  expect(stream.of("dtmf").map(({ dtmf }) => dtmf.digit)).toEqual(["1", "2", "2", "#", "*"]);
  const before = stream.of("media").length;
  await until("frames", () => stream.of("media").length > before + 25);
  expect(isSilent(payloads(stream.of("media").slice(before)))).toBe(true);
});

test("keys that the SDK tells over its socket count, too", async () => {
  const net = await network();
  const { phone, stream, call } = await called(net);
  phone.say("dtmf", { callsid: call.facts.callSid, dtmf: "9#" });
  await until("the keys", () => stream.of("dtmf").length === 2);
});

test("whoever hangs up ends it for both: the browser, which is not told what it knows, or the gateway", async () => {
  const net = await network();
  const one = await called(net);
  one.phone.say("hangup", { callsid: one.call.facts.callSid });
  await one.call.over;
  await until("the stop", () => one.stream.of("stop").length === 1);
  expect(one.call.status).toBe("completed");
  expect(net.forms("/twilio/status")).toMatchObject([{ CallStatus: "completed", From: "client:asha" }]);
  expect(one.phone.types).not.toContain("hangup");

  const other = await network();
  const { stream, call, phone } = await called(other);
  stream.close();
  await call.over;
  expect(await phone.hears("hangup")).toEqual({ callsid: call.facts.callSid });
  expect(other.forms("/twilio/after-stream")).toHaveLength(1);
});

test("a page that is closed without a word is a caller who has hung up", async () => {
  const net = await network();
  const { call, phone } = await called(net);
  phone.close(1001);
  await call.over;
  expect(call.status).toBe("completed");
});

test.each([
  ["busy", twiml('<Reject reason="busy"/>'), 31486],
  ["unwilling", twiml("<Reject/>"), 31480],
  ["broken", { status: 500, body: "" }, 31000],
])(
  "where the gateway is %s the call ends before it rang, under the browser's own name for it",
  async (_, answer, code) => {
    const net = await network({ "/twilio/voice": answer });
    const phone = await net.online("asha");
    await phone.call({}, "TJ42");
    expect(await phone.hears("hangup")).toMatchObject({ callsid: "TJ42", error: { code } });
    expect(phone.types).not.toContain("ringing");
  },
);

test("a browser may give up before it is answered, by that name too", async () => {
  const net = await network();
  const phone = await net.online("asha");
  await phone.call({}, "TJ43");
  phone.say("hangup", { callsid: "TJ43" });
  await phone.call({}, "TJ44");
  expect((await phone.hears("answer")).callsid).toBe(net.twilio.calls.at(-1)?.facts.callSid);
  expect(net.twilio.calls.filter(({ isOver }) => !isOver)).toHaveLength(1);
  expect(phone.types).toEqual(["connected", "ringing", "answer"]);
});

test("signalling that breaks off takes no call with it: the browser comes back with its token, and sound went on", async () => {
  const net = await network();
  const { phone, sound, stream, call } = await called(net);
  const { reconnect } = await phone.hears("answer");
  net.twilio.dropSockets();
  await until("the cut", () => phone.closed);
  const before = stream.of("media").length;
  await until("sound without signalling", () => stream.of("media").length > before + 20);

  const callsid = call.facts.callSid;
  const thief = await net.online("asha");
  thief.say("invite", { callsid, sdp: "", reconnect: "guessed", twilio: {} });
  expect(await thief.hears("hangup")).toMatchObject({ callsid, error: { code: 31404 } });
  const back = await net.online("asha");
  back.say("invite", { callsid, sdp: "", reconnect, twilio: {} });
  expect(await back.hears("answer")).toEqual({ callsid, sdp: null, reconnect });
  stream.play(1600, 0x22);
  await until("sound", () => loud(sound.heardBytes).length >= 1600);
  call.hangUp();
  expect(await back.hears("hangup")).toEqual({ callsid });
});

test("a browser is rung, picks up, and is connected with the agent; rejecting is busy, giving up is a cancel", async () => {
  const net = await network();
  const phone = await net.online("ravi");
  await phone.register();
  const call = net.twilio.ring("ravi", "+911112223333", { lang: "ta-IN" });
  expect((await phone.hears("invite")).parameters).toEqual({
    CallSid: call.facts.callSid,
    From: "+911112223333",
    To: "client:ravi",
    AccountSid: ACCOUNT.accountSid,
    Params: "lang=ta-IN",
  });
  const sound = await phone.pickUp();
  const stream = await until("the stream", () => net.gateway.streams.find((one) => one.of("start")[0]));
  stream.play(1600, 0x33);
  await until("the agent", () => loud(sound.heardBytes).length >= 1600);
  sound.speak(frames(5));
  await until("the person", () => loud(payloads(stream.of("media"))).length >= 800);
  call.hangUp();
  expect(await phone.hears("hangup")).toEqual({ callsid: call.facts.callSid });

  const second = net.twilio.ring("ravi");
  await until("the second ring", () => phone.types.filter((type) => type === "invite").length === 2);
  phone.say("reject", { callsid: second.facts.callSid });
  await second.over;
  expect(second.status).toBe("busy");

  const third = net.twilio.ring("ravi");
  await until("the third ring", () => phone.types.filter((type) => type === "invite").length === 3);
  third.end("canceled");
  expect(await phone.hears("cancel")).toEqual({ callsid: third.facts.callSid });
  expect(phone.types.filter((type) => type === "hangup")).toHaveLength(1);
});

test("whoever is not there is not rung", async () => {
  const net = await network();
  const call = net.twilio.ring("nobody");
  await call.over;
  expect(call.status).toBe("no-answer");
});

test("a caller is handed over to a browser, and the two hear each other until one hangs up", async () => {
  const net = await network({
    "/twilio/after-stream": twiml(`<Dial action="${PUBLIC}/next"><Client>ravi</Client></Dial>`),
    "/next": twiml("<Hangup/>"),
  });
  const ravi = await net.online("ravi");
  await ravi.register();
  const caller = await called(net);
  caller.stream.close();
  const { parameters } = await ravi.hears("invite");
  expect(parameters).toMatchObject({ From: "client:asha", To: "client:ravi" });
  const theirs: BrowserSound = await ravi.pickUp();
  const [asked, answered] = [frames(25), frames(25, 60)];
  await until("silence", () => theirs.heard.length > 5);
  caller.sound.speak(asked);
  theirs.speak(answered);
  await until("the caller", () => loud(theirs.heardBytes).length >= asked.length);
  await until("the other", () => loud(caller.sound.heardBytes).length >= answered.length);
  expect(loud(theirs.heardBytes)).toEqual(asked);
  expect(loud(caller.sound.heardBytes)).toEqual(answered);
  ravi.say("hangup", { callsid: parameters.CallSid });
  await caller.call.over;
  expect(net.forms("/next")).toMatchObject([{ DialCallStatus: "completed", DialCallSid: parameters.CallSid }]);
  expect(await caller.phone.hears("hangup")).toEqual({ callsid: caller.call.facts.callSid });
});
