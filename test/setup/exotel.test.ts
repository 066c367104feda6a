import { expect, test } from "vitest";
import { setupExotel } from "../../scripts/setup/exotel.ts";
import type { Story } from "../../scripts/setup/story.ts";
import type { SetupOptions } from "../../scripts/setup/twilio.ts";
import { type Desk, desk, gatewayAnswering } from "./desk.ts";
import { EXOTEL, type ExotelStandIn, exotelStandIn, FORBIDDEN, TOO_MANY, UNAUTHORIZED } from "./exotel-stand-in.ts";
import { nowhere, type Served, serve } from "./served.ts";

const NUMBER = "080-4711-2345";
const PASSWORD = "stream-password";

type Scene = AsyncDisposable & { readonly exotel: ExotelStandIn; readonly gateway: Served; readonly at: Desk };

async function scene(phone: Record<string, unknown> = {}, carriersStatus = 400): Promise<Scene> {
  const exotel = await exotelStandIn(phone);
  const answering = gatewayAnswering(carriersStatus);
  const gateway = await serve((request, response) => {
    const [status, body] = answering(request.url);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const at = await desk({
    EXOTEL_ACCOUNT_SID: EXOTEL.sid,
    EXOTEL_API_KEY: EXOTEL.key,
    EXOTEL_API_TOKEN: EXOTEL.token,
    EXOTEL_API_BASE_URL: exotel.url,
    EXOTEL_STREAM_USER: "stream",
    EXOTEL_STREAM_PASSWORD: PASSWORD,
    PUBLIC_URL: gateway.url,
  });
  return {
    exotel,
    gateway,
    at,
    async [Symbol.asyncDispose]() {
      await exotel[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}

const withFlow = (flow: string | undefined) => (options: SetupOptions, story: Story) =>
  setupExotel({ ...options, flow }, story);
const changes = ({ exotel }: Scene): readonly string[] => exotel.log.filter((line) => !line.startsWith("GET"));

test("without a flow the clicks that make one are told, with every value but the password itself", async () => {
  await using it = await scene();
  const { ok, text } = await it.at.run(withFlow(undefined), { number: NUMBER });
  expect(ok).toBe(true);
  expect(text).toContain("App Bazaar → Create New App");
  expect(text).toContain(
    `https://EXOTEL_STREAM_USER:EXOTEL_STREAM_PASSWORD@${new URL(it.gateway.url).host}/exotel/voicebot`,
  );
  expect(text).toContain("npm run setup:exotel -- --number +918047112345 --flow <id>");
  expect(text).not.toContain(PASSWORD);
  expect(changes(it)).toEqual([]);
});

test.each([
  ["a flow, in the form in which Exotel tells it", {}],
  [
    "a flow, in the form in which Exotel takes it",
    { voice_url: "http://my.exotel.com/clinic1/exoml/start_voice/4711" },
  ],
  ["no flow", { voice_url: "" }],
])("an ExoPhone with %s is given ours, again to no effect, and undone to the byte", async (_, had) => {
  await using it = await scene(had);
  const before = JSON.stringify(it.exotel.phone);
  const first = await it.at.run(withFlow("815"), { number: NUMBER });
  expect(first, first.text).toMatchObject({ ok: true });
  expect(it.exotel.phone["voice_url"]).toBe("http://my.exotel.com/clinic1/exoml/start_voice/815");
  expect(first.text).toMatch(
    /changed, and read back[\s\S]+it takes requests with these credentials[\s\S]+only a call shows it/,
  );
  expect(Object.keys(await it.at.kept())).toEqual(["exotel-+918047112345.json"]);

  // Exotel tells a flow's address otherwise than it was given.
  it.exotel.phone["voice_url"] = "https://my.exotel.com/exoml/start/815";
  const again = await it.at.run(withFlow("815"), { number: NUMBER });
  expect(again.text).toContain("it points here already: nothing to change");
  expect(changes(it)).toHaveLength(1);

  const undone = await it.at.run(withFlow(undefined), { number: NUMBER, undo: true });
  expect(undone, undone.text).toMatchObject({ ok: true });
  expect(JSON.stringify(it.exotel.phone)).toBe(before);
  expect(await it.at.kept()).toEqual({});
});

test("a dry run changes nothing", async () => {
  await using it = await scene();
  const { ok, text } = await it.at.run(withFlow("815"), { number: NUMBER, dryRun: true, call: "9812345678" });
  expect(ok).toBe(true);
  expect(text).toContain("Flow for calls  http://my.exotel.com/clinic1/exoml/start_voice/815");
  expect(changes(it)).toEqual([]);
  expect(await it.at.kept()).toEqual({});
});

test("a test call rings the person first, then the flow, and is told to its end", async () => {
  await using it = await scene();
  const { ok, text } = await it.at.run(withFlow("815"), { number: NUMBER, call: "9812345678" });
  expect(ok, text).toBe(true);
  const [, placed = ""] = changes(it);
  expect(placed).toMatch(/^POST \/v1\/Accounts\/clinic1\/Calls\/connect\.json /);
  expect(Object.fromEntries(new URLSearchParams(placed.split(" ")[2]))).toEqual({
    From: "+919812345678",
    CallerId: "+918047112345",
    Url: "http://my.exotel.com/clinic1/exoml/start_voice/815",
    CallType: "trans",
  });
  expect(text).toMatch(/in-progress\n +completed/);
});

test("a gateway that refuses the pair is found out before anybody is rung", async () => {
  await using it = await scene({}, 401);
  const { ok, text } = await it.at.run(withFlow("815"), { number: NUMBER, call: "9812345678" });
  expect(ok).toBe(false);
  expect(text).toContain("it was started with another EXOTEL_STREAM_USER and EXOTEL_STREAM_PASSWORD");
  expect(changes(it)).toHaveLength(1);
});

test.each([
  ["wrong keys", UNAUTHORIZED, "HTTP 401", "Copy EXOTEL_API_KEY and EXOTEL_API_TOKEN anew"],
  ["a right that is missing", FORBIDDEN, "HTTP 403, code 1010 (KYC is not done)", "KYC must be done"],
  ["asking too often", TOO_MANY, "HTTP 429, code 1042", "Wait a minute"],
  ["a page that is no JSON", { status: 200, body: "<html>" }, "not JSON", "EXOTEL_API_BASE_URL"],
  ["another shape", { status: 200, body: { numbers: [] } }, "otherwise than documented", "EXOTEL_API_BASE_URL"],
])("Exotel refuses for %s: that is said, with what to do", async (_, failing, found, todo) => {
  await using it = await scene();
  it.exotel.failing = failing;
  const { ok, text } = await it.at.run(withFlow("815"), { number: NUMBER });
  expect(ok).toBe(false);
  expect(text).toContain(found);
  expect(text).toContain(todo);
});

test("a wrong account is not found, and a server that is away is told as such", async () => {
  await using it = await scene();
  const wrong = await it.at.run(withFlow("815"), {
    number: NUMBER,
    env: { ...it.at.env, EXOTEL_ACCOUNT_SID: "other" },
  });
  expect(wrong).toMatchObject({ ok: false, text: expect.stringContaining("check EXOTEL_ACCOUNT_SID") });
  const away = await it.at.run(withFlow("815"), {
    number: NUMBER,
    env: { ...it.at.env, EXOTEL_API_BASE_URL: await nowhere() },
  });
  expect(away).toMatchObject({ ok: false, text: expect.stringContaining("nothing listens there (ECONNREFUSED)") });
});
