import { expect, test, vi } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { EXOTEL_FORBIDDEN, type ExotelCloudOptions, startExotelCloud } from "../../src/simulator/twins/exotel-cloud.ts";
import { exotelAnswers, type MiniAnswer, startMiniGateway } from "./mini-gateway.ts";

const publicUrl = "https://gw.example.test";
const account = { accountSid: "clinic1", apiKey: "key-1", apiToken: "token-1" };
const CALLEE = "+919800000009";

async function network(options: Partial<ExotelCloudOptions> = {}, answers: Readonly<Record<string, MiniAnswer>> = {}) {
  const gateway = await startMiniGateway(() => ({ ...exotelAnswers()(), ...answers }));
  const clock = new VirtualClock();
  const cloud = await startExotelCloud({
    ...account,
    user: "stream",
    password: "secret",
    clock,
    gateway: { baseUrl: gateway.url, publicUrl },
    ...options,
  });
  const order = {
    From: CALLEE,
    CallerId: "08000000002",
    StreamUrl: "wss://gw.example.test/exotel/media/ticket-1",
    StreamType: "bidirectional",
    StatusCallback: `${publicUrl}/exotel/status`,
    "StatusCallbackEvents[0]": "answered",
    "StatusCallbackEvents[1]": "terminal",
    CustomField: "call_1",
  };
  const connect = async (change: Readonly<Record<string, string>> = {}, pair = "key-1:token-1") => {
    const response = await fetch(`${cloud.url}/v1/Accounts/clinic1/Calls/connect.json`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` },
      body: new URLSearchParams({ ...order, ...change }),
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const stop = async (): Promise<void> => {
    await cloud[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  };
  return { gateway, clock, cloud, connect, [Symbol.asyncDispose]: stop };
}

test("a call that is ordered rings, and its stream opens when it is answered; both ends are told", async () => {
  await using net = await network({ pickup: () => ({ kind: "answers", afterMs: 3000 }) });
  const { status, body } = await net.connect();
  expect(status).toBe(200);
  expect(body.Call).toMatchObject({ Status: "in-progress", Direction: "outbound-api", From: CALLEE });
  const [call] = net.cloud.calls;
  expect(call?.callSid).toBe(body.Call.Sid);
  expect(net.gateway.upgrades).toHaveLength(0);
  await net.clock.advance(3000);
  const phone = await call?.stream;
  const stream = await net.gateway.stream();
  expect(stream.of("start")[0]).toMatchObject({ start: { callSid: body.Call.Sid, from: CALLEE } });
  phone?.hangUp();
  await call?.over;
  const told = net.gateway.to("/exotel/status").map(({ body: text }) => text);
  expect(told).toHaveLength(2);
  expect(told[0]).toMatch(/name="EventType"\s+answered/);
  expect(told[1]).toMatch(/name="Status"\s+completed/);
  for (const text of told) expect(text).toMatch(/name="CustomField"\s+call_1/);
  expect(call?.status).toBe("completed");
});

test.each(["busy", "no-answer", "failed"] as const)(
  "a callee who is %s: told, and no stream is opened",
  async (kind) => {
    await using net = await network({ pickup: () => ({ kind }) });
    await net.connect();
    await net.clock.advance(0);
    await net.cloud.calls[0]?.over;
    expect(net.cloud.calls[0]?.status).toBe(kind);
    expect(net.gateway.to("/exotel/status")[0]?.body).toMatch(new RegExp(`name="Status"\\s+${kind}`));
    expect(net.gateway.upgrades).toHaveLength(0);
  },
);

test("after the gateway's close a flow asks its Connect applet's address whom to dial", async () => {
  const body = JSON.stringify({ destination: { numbers: ["+919800000003"] }, outgoing_phone_number: "08000000002" });
  const applet = { type: "application/json", body };
  await using net = await network({ connectAppletUrl: `${publicUrl}/exotel/transfer` }, { "/exotel/transfer": applet });
  await net.connect();
  await net.clock.advance(0);
  const phone = await net.cloud.calls[0]?.stream;
  (await net.gateway.stream()).close();
  await phone?.over;
  const [asked] = net.gateway.to("/exotel/transfer");
  expect(asked?.headers["exotel-version"]).toBe("1.0");
  expect(new URL(asked?.path ?? "", publicUrl).searchParams.get("CallSid")).toBe(net.cloud.calls[0]?.callSid);
  expect(phone?.log).toContainEqual(
    expect.objectContaining({ kind: "dialled", number: "+919800000003", callerId: "08000000002" }),
  );
});

test("orders that Exotel refuses are refused in its words, and begin nothing", async () => {
  await using net = await network();
  expect((await net.connect({}, "key-1:wrong")).status).toBe(401);
  const bad: readonly Readonly<Record<string, string>>[] = [
    { From: "nobody" },
    { CallerId: "" },
    { StreamUrl: "https://gw.example.test" },
    { StreamType: "unidirectional" },
    { CustomField: "x".repeat(129) },
    { TimeLimit: "20000" },
  ];
  for (const change of bad) {
    const { status, body } = await net.connect(change);
    expect(status).toBe(400);
    expect(body.RestException).toMatchObject({
      Status: 400,
      Message: expect.stringContaining(Object.keys(change)[0] ?? ""),
    });
  }
  net.cloud.failing = EXOTEL_FORBIDDEN;
  expect((await net.connect()).body).toMatchObject({ RestException: { Code: 1010 } });
  expect(net.cloud.calls).toEqual([]);
  await vi.waitFor(() => expect(net.cloud.requests).toHaveLength(bad.length + 2));
});
