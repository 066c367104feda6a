import { expect, test } from "vitest";
import { setupTwilio } from "../../scripts/setup/twilio.ts";
import { type Desk, desk, gatewayAnswering } from "./desk.ts";
import { nowhere, type Served, serve } from "./served.ts";
import {
  ACCOUNT,
  NOT_FOUND,
  TOKEN,
  TOO_MANY,
  type TwilioStandIn,
  twilioStandIn,
  UNAUTHORIZED,
  UNVERIFIED,
} from "./twilio-stand-in.ts";

const NUMBER = "080 4000 1234";
const KEPT = "twilio-+918040001234.json";

type Scene = AsyncDisposable & { readonly twilio: TwilioStandIn; readonly gateway: Served; readonly at: Desk };

async function scene(number: Record<string, unknown> = {}, carriersStatus = 400): Promise<Scene> {
  const twilio = await twilioStandIn(number);
  const answering = gatewayAnswering(carriersStatus);
  const gateway = await serve((request, response) => {
    const [status, body] = answering(request.url);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const at = await desk({
    TWILIO_ACCOUNT_SID: ACCOUNT,
    TWILIO_AUTH_TOKEN: TOKEN,
    TWILIO_API_BASE_URL: twilio.url,
    PUBLIC_URL: gateway.url,
  });
  return {
    twilio,
    gateway,
    at,
    async [Symbol.asyncDispose]() {
      await twilio[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}

const changes = ({ twilio }: Scene): readonly string[] => twilio.log.filter((line) => !line.startsWith("GET"));

test.each([
  ["a webhook of its own", {}],
  ["nothing at all", { voice_url: "", voice_method: "POST" }],
  ["a SIP trunk", { trunk_sid: "TK0000000000000000000000000000000a" }],
  ["a TwiML application", { voice_application_sid: "AP0000000000000000000000000000000a" }],
])("a number with %s is pointed here, again to no effect, and undone to the byte", async (_, had) => {
  await using it = await scene(had);
  const before = JSON.stringify(it.twilio.number);
  const first = await it.at.run(setupTwilio, { number: NUMBER });
  expect(first).toMatchObject({ ok: true });
  expect(it.twilio.number).toMatchObject({
    voice_url: `${it.gateway.url}/twilio/voice`,
    voice_method: "POST",
    status_callback: `${it.gateway.url}/twilio/status`,
    status_callback_method: "POST",
    trunk_sid: null,
    voice_application_sid: null,
    sms_url: "https://sms.example.com/in",
  });
  expect(first.text).toMatch(/changed, and read back[\s\S]+it takes requests with these credentials/);
  const kept = await it.at.kept();
  expect(Object.keys(kept)).toEqual([KEPT]);

  const again = await it.at.run(setupTwilio, { number: NUMBER });
  expect(again.text).toContain("it points here already: nothing to change");
  expect(changes(it)).toHaveLength(1);
  expect(await it.at.kept()).toEqual(kept);

  const undone = await it.at.run(setupTwilio, { number: NUMBER, undo: true });
  expect(undone).toMatchObject({ ok: true, text: expect.stringContaining("restored, and read back") });
  expect(JSON.stringify(it.twilio.number)).toBe(before);
  expect(await it.at.kept()).toEqual({});
  const undoneAgain = await it.at.run(setupTwilio, { number: NUMBER, undo: true });
  expect(undoneAgain).toMatchObject({ ok: true, text: expect.stringContaining("it was undone already") });
  expect(changes(it)).toHaveLength(2);
});

test("each step is explained before it is done", async () => {
  await using it = await scene();
  const { text } = await it.at.run(setupTwilio, { number: NUMBER });
  const steps = text.match(/^\d\. .*$/gm);
  expect(steps?.map((step) => step.slice(0, 24))).toEqual([
    "1. Ask Twilio about the ",
    "2. Look at +918040001234",
    "3. Keep these settings i",
    "4. Change +918040001234:",
    "5. Ask the gateway at ht",
  ]);
  expect(text).not.toContain(TOKEN);
});

test("a dry run tells everything and changes nothing, neither at Twilio nor here", async () => {
  await using it = await scene();
  const before = JSON.stringify(it.twilio.number);
  const { ok, text } = await it.at.run(setupTwilio, { number: NUMBER, dryRun: true, call: "9812345678" });
  expect(ok).toBe(true);
  expect(text).toContain(`A call comes in      ${it.gateway.url}/twilio/voice`);
  expect(text).toContain("would be changed; with --dry-run nothing was");
  expect(JSON.stringify(it.twilio.number)).toBe(before);
  expect(changes(it)).toEqual([]);
  expect(await it.at.kept()).toEqual({});
  await it.at.run(setupTwilio, { number: NUMBER });
  expect(await it.at.run(setupTwilio, { number: NUMBER, undo: true, dryRun: true })).toMatchObject({ ok: true });
  expect(changes(it)).toHaveLength(1);
  expect(Object.keys(await it.at.kept())).toEqual([KEPT]);
});

test("a new PUBLIC_URL, as a tunnel has one every day, does not forget how it was before the first", async () => {
  await using it = await scene();
  const before = JSON.stringify(it.twilio.number);
  await it.at.run(setupTwilio, { number: NUMBER });
  const env = { ...it.at.env, PUBLIC_URL: "https://second.example.test" };
  await it.at.run(setupTwilio, { env, number: NUMBER });
  expect(it.twilio.number["voice_url"]).toBe("https://second.example.test/twilio/voice");
  await it.at.run(setupTwilio, { env, number: NUMBER, undo: true });
  expect(JSON.stringify(it.twilio.number)).toBe(before);
});

test("what somebody else has set since is not undone unless forced, and is itself kept by the next set-up", async () => {
  await using it = await scene();
  await it.at.run(setupTwilio, { number: NUMBER });
  it.twilio.number["voice_url"] = "https://third.example.com/";
  const refused = await it.at.run(setupTwilio, { number: NUMBER, undo: true });
  expect(refused).toMatchObject({ ok: false, text: expect.stringContaining("somebody has changed the number since") });
  expect(it.twilio.number["voice_url"]).toBe("https://third.example.com/");
  await it.at.run(setupTwilio, { number: NUMBER });
  await it.at.run(setupTwilio, { number: NUMBER, undo: true });
  expect(it.twilio.number["voice_url"]).toBe("https://third.example.com/");
  await it.at.run(setupTwilio, { number: NUMBER });
  it.twilio.number["voice_url"] = "https://fourth.example.com/";
  expect(await it.at.run(setupTwilio, { number: NUMBER, undo: true, force: true })).toMatchObject({ ok: true });
  expect(it.twilio.number["voice_url"]).toBe("https://third.example.com/");
});

test("a test call is placed only when asked for, and told to its end", async () => {
  await using it = await scene();
  const { ok, text } = await it.at.run(setupTwilio, { number: NUMBER, call: "98123 45678" });
  expect(ok, text).toBe(true);
  expect(text).toMatch(/queued\n +ringing\n +in-progress\n +completed/);
  const [, placed = ""] = changes(it);
  expect(Object.fromEntries(new URLSearchParams(placed.split(" ")[2]))).toEqual({
    To: "+919812345678",
    From: "+918040001234",
    Url: `${it.gateway.url}/twilio/voice`,
    Method: "POST",
    StatusCallback: `${it.gateway.url}/twilio/status`,
  });
  it.twilio.callStatuses = ["busy"];
  expect(await it.at.run(setupTwilio, { number: NUMBER, call: "+919812345678" })).toMatchObject({
    ok: false,
    text: expect.stringContaining("came to nothing: busy"),
  });
});

test.each([
  [
    "the token it was started with is another",
    401,
    /refuses these credentials \(HTTP 401\)[\s\S]+Start the gateway again/,
  ],
  ["it has no token", 503, /no credentials for this carrier/],
])("no test call is placed at a gateway that would not answer it: %s", async (_, status, words) => {
  await using it = await scene({}, status);
  const { ok, text } = await it.at.run(setupTwilio, { number: NUMBER, call: "+919812345678" });
  expect(ok).toBe(false);
  expect(text).toMatch(words);
  expect(text).toContain("not placed");
  expect(changes(it)).toHaveLength(1);
});

test("a gateway that does not run yet is no reason not to point the number", async () => {
  await using it = await scene();
  const env = { ...it.at.env, PUBLIC_URL: await nowhere() };
  const { ok, text } = await it.at.run(setupTwilio, { env, number: NUMBER });
  expect(ok).toBe(true);
  expect(text).toContain("no gateway answers there yet: nothing listens there (ECONNREFUSED)");
});

test.each([
  ["a wrong token", UNAUTHORIZED, "HTTP 401, code 20003", "Copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN anew"],
  ["a resource that is not there", NOT_FOUND, "HTTP 404, code 20404", "It is not in this account"],
  ["asking too often", TOO_MANY, "HTTP 429, code 20429", "Wait a minute"],
  ["a server in trouble", { status: 503, body: "upstream" }, "HTTP 503", "status.twilio.com"],
])("Twilio refuses for %s: that is said, with what to do", async (_, failing, found, todo) => {
  await using it = await scene();
  it.twilio.failing = failing;
  const { ok, text } = await it.at.run(setupTwilio, { number: NUMBER });
  expect(ok).toBe(false);
  expect(text).toContain(`✗ Twilio answered ${found}`);
  expect(text).toContain(todo);
  expect(changes(it)).toEqual([]);
});

test("a wrong token of ours is refused as Twilio refuses it, and is not printed", async () => {
  await using it = await scene();
  const env = { ...it.at.env, TWILIO_AUTH_TOKEN: "wrong-token-wrong-token" };
  const { ok, text } = await it.at.run(setupTwilio, { env, number: NUMBER });
  expect(ok).toBe(false);
  expect(text).toContain("HTTP 401, code 20003");
  expect(text).not.toContain("wrong-token");
});

test("a call that a trial account may not place says so", async () => {
  await using it = await scene();
  // Its keys are right and its number is its own: only the call is refused.
  Object.defineProperty(it.twilio, "failing", {
    get: () => (it.twilio.log.at(-1)?.includes("/Calls.json") ? UNVERIFIED : undefined),
  });
  const { ok, text } = await it.at.run(setupTwilio, { number: NUMBER, call: "+919812345678" });
  expect(ok).toBe(false);
  expect(text).toContain("A trial account calls verified numbers only");
});

test("without a number, or with a strange one, the account's numbers are shown", async () => {
  await using it = await scene();
  for (const number of [undefined, "+919999999999"]) {
    const { ok, text } = await it.at.run(setupTwilio, { number });
    expect(ok).toBe(false);
    expect(text).toContain("+918040001234  https://old.example.com/ivr");
    expect(text).toContain("npm run setup:twilio -- --number +918040001234");
  }
});

test("everything that is missing is told at once, before anybody is asked", async () => {
  await using it = await scene();
  const env = { TWILIO_API_BASE_URL: it.twilio.url, TWILIO_ACCOUNT_SID: "SK1", PUBLIC_URL: "http://voice.example.com" };
  const { ok, text } = await it.at.run(setupTwilio, { env, number: NUMBER });
  expect(ok).toBe(false);
  expect(text).toContain("TWILIO_AUTH_TOKEN is not set");
  expect(text).toContain("TWILIO_ACCOUNT_SID must begin with AC");
  expect(text).toContain("PUBLIC_URL must be https");
  expect(it.twilio.log).toEqual([]);
});
