import { inspect } from "node:util";
import { expect, test } from "vitest";
import type { Dial } from "../../src/carrier/carrier.ts";
import { twilio } from "../../src/carrier/twilio.ts";
import { twilioControl } from "../../src/carrier/twilio-rest.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { startTwilioCloud } from "../../src/simulator/twins/twilio-cloud.ts";
import { SERVICE_UNAVAILABLE, TOO_MANY_REQUESTS } from "../../src/simulator/twins/twilio-rest-wire.ts";

const accountSid = "AC0000000000000000000000000000000a";
const authToken = "0123456789abcdef0123456789abcdef";
const OURS = "+918000000002";
const CALLEE = "+919800000009";
const order: Dial = {
  to: CALLEE,
  from: OURS,
  ringSeconds: 25,
  answeredByMachine: "ignore",
  webhookUrl: "https://gw.example.test/twilio/voice",
  statusUrl: "https://gw.example.test/twilio/status",
  machineUrl: "https://gw.example.test/twilio/machine",
};

/** A network where telephones ring until their clock is moved. */
async function network() {
  const clock = new VirtualClock();
  const pickup = () => ({ kind: "answers", afterMs: 5000 }) as const;
  const cloud = await startTwilioCloud({ accountSid, authToken, clock, numbers: [OURS], pickup });
  const control = twilioControl({ accountSid, authToken, apiBaseUrl: cloud.url });
  return { cloud, clock, control, [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose]() };
}

const failure = (doing: Promise<unknown>): Promise<unknown> =>
  doing.then(
    () => undefined,
    (error: unknown) => error,
  );

const asked = {
  To: CALLEE,
  From: OURS,
  Url: order.webhookUrl,
  Method: "POST",
  Timeout: "25",
  StatusCallback: order.statusUrl,
  StatusCallbackMethod: "POST",
  StatusCallbackEvent: "initiated",
  "StatusCallbackEvent[1]": "ringing",
  "StatusCallbackEvent[2]": "answered",
  "StatusCallbackEvent[3]": "completed",
};
const listening = {
  AsyncAmd: "true",
  AsyncAmdStatusCallback: order.machineUrl,
  AsyncAmdStatusCallbackMethod: "POST",
};

test.each([
  ["ignore", {}, asked],
  ["detect", {}, { ...asked, ...listening, MachineDetection: "Enable" }],
  [
    "wait-for-beep",
    { limitSeconds: 900 },
    { ...asked, ...listening, MachineDetection: "DetectMessageEnd", TimeLimit: "900" },
  ],
] as const)("dialling, machines: %s", async (answeredByMachine, change, form) => {
  await using at = await network();
  const placed = await at.control.dial({ ...order, answeredByMachine, ...change });
  expect(placed).toEqual({ carrierCallId: at.cloud.calls[0]?.facts.callSid });
  expect(at.cloud.requests).toEqual([{ method: "POST", path: `/2010-04-01/Accounts/${accountSid}/Calls.json`, form }]);
});

test("without an address for the verdict nobody listens for machines", async () => {
  await using at = await network();
  const { machineUrl: _, ...deaf } = order;
  await at.control.dial({ ...deaf, answeredByMachine: "detect" });
  expect(at.cloud.requests[0]?.form).toEqual(asked);
});

test("a call that rings is taken back, or hung up; afterwards both have nothing to do", async () => {
  await using at = await network();
  for (const end of ["cancel", "hangUp"] as const) {
    const { carrierCallId } = await at.control.dial(order);
    await at.control[end](carrierCallId);
    expect(at.cloud.calls.at(-1)?.status).toBe("canceled");
    await at.control.cancel(carrierCallId);
    await at.control.hangUp(carrierCallId);
  }
});

test("a call that was answered is not taken back, does what it is told, and is hung up", async () => {
  await using at = await network();
  const dialect = twilio({ authToken, publicUrl: "https://gw.example.test" });
  const { carrierCallId } = await at.control.dial(order);
  const [call] = at.cloud.calls;
  const wait = dialect.afterStream({ kind: "conference", room: "desk", startsOnEnter: true, endsOnExit: true });
  expect(await at.control.instruct(carrierCallId, wait)).toBe(false);
  call?.answer();
  await at.control.cancel(carrierCallId);
  expect(call?.status).toBe("in-progress");
  expect(await at.control.instruct(carrierCallId, wait)).toBe(true);
  await call?.waitFor((event) => event.kind === "joined" && event.room === "desk", 1000);
  await at.control.hangUp(carrierCallId);
  expect(call?.status).toBe("completed");
  expect(await at.control.instruct(carrierCallId, wait)).toBe(false);
});

test("a document that is too long is not sent", async () => {
  await using at = await network();
  const { carrierCallId } = await at.control.dial(order);
  const long = { contentType: "text/xml", body: `<Response><Say>${"a".repeat(4000)}</Say></Response>` };
  expect(await failure(at.control.instruct(carrierCallId, long))).toMatchObject({
    name: "ProviderError",
    retryable: false,
  });
  expect(at.cloud.requests).toHaveLength(1);
});

test.each([
  [{ to: "98000" }, "HTTP 400, code 21211: The phone number you are attempting to call, 98000, is not valid."],
  [
    { to: "+91980000000999999999" },
    "HTTP 400, code 21211: The phone number you are attempting to call, …, is not valid.",
  ],
  [
    { from: "+15550000000" },
    "HTTP 400, code 21210: The source phone number provided, …, is not yet verified for your account.",
  ],
])("an order that is refused is told in Twilio's words, without whole numbers: %j", async (change, message) => {
  await using at = await network();
  const error = await failure(at.control.dial({ ...order, ...change }));
  expect(error).toMatchObject({ name: "ProviderError", provider: "twilio-rest", message, retryable: false });
});

test("a dial may be tried again only where nobody can have been rung", async () => {
  await using at = await network();
  const retryable = async (failing: typeof at.cloud.failing): Promise<unknown> => {
    at.cloud.failing = failing;
    return failure(at.control.dial(order));
  };
  expect(await retryable(TOO_MANY_REQUESTS)).toMatchObject({ retryable: true });
  expect(await retryable(SERVICE_UNAVAILABLE)).toMatchObject({ retryable: true });
  expect(await retryable({ status: 500, body: {} })).toMatchObject({ retryable: false });
  const nobody = twilioControl({ accountSid, authToken, apiBaseUrl: "http://127.0.0.1:9" });
  expect(await failure(nobody.dial(order))).toMatchObject({ name: "ProviderError", retryable: true });
});

test("I31: a failed dial carries no credential and no number, however deeply it is logged", async () => {
  await using at = await network();
  const stranger = twilioControl({ accountSid, authToken: "wrong-canary", apiBaseUrl: at.cloud.url });
  const errors = [
    await failure(stranger.dial(order)),
    await failure(at.control.dial({ ...order, to: `${CALLEE}99999999` })),
    await failure(twilioControl({ accountSid, authToken, apiBaseUrl: "http://127.0.0.1:9" }).dial(order)),
  ];
  expect(errors[0]).toMatchObject({ message: "HTTP 401, code 20003: Authenticate", retryable: false });
  const written = inspect(errors, { depth: 20, showHidden: true });
  for (const secret of [authToken, "wrong-canary", CALLEE, accountSid]) expect(written).not.toContain(secret);
});
