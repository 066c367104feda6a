import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { Dial } from "../../src/carrier/carrier.ts";
import { exotel } from "../../src/carrier/exotel.ts";
import { exotelControl } from "../../src/carrier/exotel-rest.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { EXOTEL_FORBIDDEN, EXOTEL_TOO_MANY, startExotelCloud } from "../../src/simulator/twins/exotel-cloud.ts";

const account = { accountSid: "clinic1", apiKey: "key-canary", apiToken: "token-canary" };
const CALLEE = "+919800000009";
const order: Dial = {
  to: CALLEE,
  from: "08000000002",
  ringSeconds: 25,
  answeredByMachine: "ignore",
  webhookUrl: "https://gw.example.test/exotel/voicebot",
  statusUrl: "https://gw.example.test/exotel/status",
  streamUrl: "wss://gw.example.test/exotel/media/ticket-1",
  customField: "call_1",
  limitSeconds: 900,
};

const cloud = () =>
  startExotelCloud({
    ...account,
    user: "u",
    password: "p",
    clock: new VirtualClock(),
    pickup: () => ({ kind: "no-answer" }),
  });
/** Where nobody listens any more. */
async function nowhere(): Promise<string> {
  const at = await cloud();
  await at[Symbol.asyncDispose]();
  return at.url;
}
const dial = (apiBaseUrl: string, change: Partial<Dial> = {}) =>
  exotelControl({ ...account, apiBaseUrl }).dial?.({ ...order, ...change });
const failure = (dialling: Promise<unknown> | undefined): Promise<unknown> =>
  dialling?.then(
    () => undefined,
    (error: unknown) => error,
  ) ?? Promise.resolve(undefined);

describe("dialling", () => {
  test("is one order: whom to ring for how long, what to show, where the stream is and who is told", async () => {
    await using at = await cloud();
    const placed = await dial(at.url);
    expect(placed).toEqual({ carrierCallId: at.calls[0]?.callSid });
    expect(at.requests).toEqual([
      {
        method: "POST",
        path: "/v1/Accounts/clinic1/Calls/connect.json",
        form: {
          From: CALLEE,
          CallerId: "08000000002",
          StreamType: "bidirectional",
          StreamUrl: "wss://gw.example.test/exotel/media/ticket-1",
          TimeOut: "25",
          TimeLimit: "900",
          Record: "false",
          StatusCallback: "https://gw.example.test/exotel/status",
          "StatusCallbackEvents[0]": "answered",
          "StatusCallbackEvents[1]": "terminal",
          CustomField: "call_1",
        },
      },
    ]);
  });

  test.each([
    [EXOTEL_FORBIDDEN, "HTTP 403, code 1010: This feature is not enabled for the account", false],
    [EXOTEL_TOO_MANY, "HTTP 429, code 1042: Too many requests", true],
    [{ status: 500, body: "oops" }, "HTTP 500", false],
    [{ status: 503, body: {} }, "HTTP 503", true],
    [{ status: 200, body: { Call: {} } }, "HTTP 200 without a call id", false],
  ])(
    "a refusal is told as it was, and may be tried again only where nothing was done: %j",
    async (failing, message, retryable) => {
      await using at = await cloud();
      at.failing = failing;
      expect(await failure(dial(at.url))).toMatchObject({
        name: "ProviderError",
        provider: "exotel-rest",
        message,
        retryable,
      });
    },
  );

  test("I31: what is told names no number, no key and no token", async () => {
    await using at = await cloud();
    const errors = [
      await failure(dial(at.url, { to: "98000000091234567" })),
      await failure(exotelControl({ ...account, apiToken: "wrong-canary", apiBaseUrl: at.url }).dial?.(order)),
      await failure(dial(await nowhere())),
    ];
    expect(errors[0]).toMatchObject({ message: "HTTP 400, code 1003: Invalid parameter: From …" });
    expect(errors[1]).toMatchObject({ message: expect.stringContaining("HTTP 401"), retryable: false });
    expect(errors[2]).toMatchObject({ name: "ProviderError", retryable: true });
    const written = inspect(errors, { depth: 20, showHidden: true });
    const pair = Buffer.from(`${account.apiKey}:${account.apiToken}`).toString("base64");
    for (const secret of ["98000000091234567", "canary", pair]) expect(written).not.toContain(secret);
  });

  test("a refusal of many words is cut short", async () => {
    await using at = await cloud();
    at.failing = { status: 400, body: { RestException: { Code: 1, Message: "no ".repeat(500) } } };
    const error = await failure(dial(at.url));
    expect(error instanceof Error && error.message.length).toBeLessThan(250);
  });

  test("there is nothing else that Exotel could be told", () => {
    expect(Object.keys(exotelControl(account))).toEqual(["dial"]);
  });
});

describe("a transfer", () => {
  const dialect = exotel({ allowedIps: [], minFrameBytes: 3200 });

  test("is what the flow's Connect applet reads when it asks whom to dial", () => {
    const told = dialect.transfer?.({ kind: "dial", number: CALLEE });
    expect(told?.contentType).toBe("application/json");
    expect(JSON.parse(told?.body ?? "")).toEqual({
      fetch_after_attempt: false,
      destination: { numbers: [CALLEE] },
      record: false,
    });
  });

  test("says what to show, how long to ring, and what the other side hears first", () => {
    const words = { text: "A patient is calling." };
    const told = dialect.transfer?.({ kind: "dial", number: CALLEE, callerId: "08000000002", ringSeconds: 30, words });
    expect(JSON.parse(told?.body ?? "")).toMatchObject({
      outgoing_phone_number: "08000000002",
      max_ringing_duration: 30,
      start_call_playback: { playback_to: "callee", type: "text", value: "A patient is calling." },
    });
  });
});
