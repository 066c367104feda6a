import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Frame, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Signalling, startSignalling } from "../../src/simulator/signalling/signalling.ts";
import { voice } from "../../src/simulator/voices.ts";
import type { Story } from "../calls/story.ts";
import { until } from "../rig.ts";
import { freePort } from "../servers.ts";
import { ACCOUNT, FakeSoftphone, tokenFor } from "../simulator/fake-softphone.ts";
import { expectAccessible } from "./accessible.ts";
import { expectNoFaults, inBrowser, type Visit, visit } from "./browser.ts";
import { startPages } from "./gateway.ts";
import { audibleFrom, silentFrom } from "./listening.ts";
import { say, scriptMicrophone } from "./scripted-microphone.ts";
import { listenToCalls, sentBy } from "./telephone-sound.ts";

const GREETING = "Hello! How may I help you today?";
const ANSWER =
  "We open at nine in the morning, and we close at eight in the evening, on every day of the week but on Sunday.";
const DESK = {
  name: "desk",
  greeting: GREETING,
  language: "en-IN",
  dialog: { kind: "rules", rules: [{ when: ["* hours"], say: ANSWER }], otherwise: "I did not get that." },
  limits: { silenceSeconds: 60 },
} as const;
const KEY = "a-key-that-reads-and-calls";
const DIST = join(import.meta.dirname, "../../dist/page");
/** What a caller who cuts in may still hear of the agent: a telephone's buffers are in between. */
const BARGE_IN_MS = 1000;
const FIRST_LOAD_BYTES = 60_000;

inBrowser("the softphone", () => {
  let twilio: Signalling;
  let story: Story;
  let at: Visit;
  let host: { readonly origin: string; readonly close: () => void };
  const wire: { readonly from: string; readonly type: string }[] = [];
  const types = (from: string, type: string): number =>
    wire.filter((one) => one.from === from && one.type === type).length;

  beforeAll(async () => {
    const { accountSid, authToken, apiKeySid, apiKeySecret, appSid } = ACCOUNT;
    host = await startHost(() => story);
    twilio = await startSignalling({
      ...ACCOUNT,
      onWire: (from, text) => wire.push({ from, type: JSON.parse(text).type }),
    });
    story = await startPages({
      agents: { default: DESK },
      simulator: { voiceMsPerChar: 40 },
      env: {
        SARVAM_STT_API: "realtime",
        TWILIO_ACCOUNT_SID: accountSid,
        TWILIO_AUTH_TOKEN: authToken,
        TWILIO_API_KEY_SID: apiKeySid,
        TWILIO_API_KEY_SECRET: apiKeySecret,
        TWILIO_TWIML_APP_SID: appSid,
        TWILIO_API_BASE_URL: twilio.cloud.url,
        TWILIO_SIGNALLING_URL: twilio.url,
        FRAME_ANCESTORS: host.origin,
        API_KEYS: `desk:read+control:${createHash("sha256").update(KEY).digest("hex")}`,
      },
    });
    twilio.cloud.gateway = { baseUrl: story.running.url, publicUrl: story.publicUrl };
    at = await visit();
    const page = await at.context.newPage();
    await page.goto(`${story.publicUrl}/softphone`);
    await page.getByLabel("API key").fill(KEY);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("button", { name: "Go online" }).waitFor();
    await page.close();
  });
  afterAll(async () => {
    await at?.[Symbol.asyncDispose]();
    await story?.[Symbol.asyncDispose]();
    await twilio?.close();
    host?.close();
  });

  /** The page, as somebody who is logged in opens it. */
  async function opened(path = "/softphone"): Promise<Page> {
    const page = await at.context.newPage();
    onTestFinished(() => page.close());
    await scriptMicrophone(page);
    await listenToCalls(page);
    await page.goto(story.publicUrl + path);
    return page;
  }

  async function online(page: Page): Promise<string> {
    await press(page, "Go online");
    await status(page, "Online");
    const code = (await page.getByText(/^client:/).textContent()) ?? "";
    return code.slice("client:".length);
  }

  /** The gateway's id of the newest call, once it knows of it. */
  const newest = (): Promise<string> =>
    until("the call in the books", async () => {
      const sid = twilio.calls.at(-1)?.facts.callSid;
      const rows = await story.sql<{ readonly id: string }>("select id from calls where carrier_call_id = $1", [sid]);
      return rows[0]?.id;
    });
  const turnsOf = async (id: string): Promise<string> => (await story.get(`/v1/calls/${id}/turns`, KEY)).text();
  const lastCall = () => {
    const call = twilio.calls.at(-1);
    if (!call) throw new Error("nobody called");
    return call;
  };

  test("a call out: the agent is heard, what is said is understood, keys arrive, muted is silence, and who cuts in is heard", async () => {
    const page = await opened();
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(new URL(socket.url()).hostname));
    await online(page);
    for (const key of ["9", "8", "star"]) await press(page, key);
    expect(await page.getByLabel("Number").inputValue()).toBe("98*");
    await page.getByLabel("Number").fill("+911140000009");
    await press(page, "Call");
    await status(page, "In a call");
    const greetedAt = await audibleFrom(page);
    await loud(page, "Other side");
    const id = await newest();
    await silentFrom(page, greetedAt);

    const [asked] = await Promise.all([say(page, "en-question"), loud(page, "You")]);
    const answeredAt = await audibleFrom(page, asked + voice("en-question").durationMs);
    // Sooner, it would be the rest of the question.
    await audibleFrom(page, answeredAt + 1000);
    const cutInAt = await say(page, "en-interrupt");
    const heardOnMs = (await silentFrom(page, cutInAt)) - cutInAt;
    expect(heardOnMs).toBeGreaterThan(0);
    expect(heardOnMs).toBeLessThan(BARGE_IN_MS);
    const turns = await until("both turns", async () => {
      const text = await turnsOf(id);
      return text.includes(voice("en-interrupt").text) && text;
    });
    expect(turns).toContain(voice("en-question").text);
    expect(turns).toContain(ANSWER);
    expect(turns).toContain('"interrupted":true');

    for (const key of ["5", "hash", "5"]) await press(page, key);
    await page.getByText("5#5").waitFor();

    await press(page, "Mute");
    await page.getByRole("button", { name: "Muted", pressed: true }).waitFor();
    const before = await sentBy(page);
    await say(page, "en-question");
    const after = await sentBy(page);
    expect(after.packets - before.packets).toBeGreaterThan(voice("en-question").durationMs / 20 / 2);
    expect(after.energy).toBe(before.energy);
    await press(page, "Muted");

    await expectAccessible(page);
    await press(page, "Hang up");
    await status(page, "Online");
    await page.getByText(/Call ended after/).waitFor();
    const row = await story.ended(lastCall().facts);
    expect(row).toMatchObject({ end_how: "caller-hung-up", agent: "desk" });
    const keys = (await story.journal(row.id)).flatMap((line) =>
      line.in?.kind === "key" ? [JSON.stringify(line)] : [],
    );
    expect(keys.map((line) => /"digit":"(.)"/.exec(line)?.[1])).toEqual(["5", "#", "5"]);
    expect(new Set(sockets)).toEqual(new Set(["127.0.0.1"]));
    expectNoFaults(at);
  });

  test("the gateway hangs up, and the softphone is ready for the next call", async () => {
    const page = await opened();
    await online(page);
    await press(page, "Call");
    await status(page, "In a call");
    await audibleFrom(page);
    await control(story, `/v1/calls/${await newest()}/hang-up`);
    await status(page, "Online");
    await press(page, "Go offline");
    await status(page, "Offline");
    await until("nobody", () => twilio.registered.length === 0);
    expectNoFaults(at);
  });

  test("a call in rings with its caller's number: taken, turned down, or given up", async () => {
    const page = await opened();
    const identity = await online(page);
    const [taken] = [twilio.ring(identity, "+919845012345")];
    await status(page, "Call from +91 98450 12345");
    await expectAccessible(page);
    await press(page, "Accept");
    await status(page, "In a call");
    await audibleFrom(page);
    taken.hangUp();
    await status(page, "Online");

    const refused = twilio.ring(identity, "+919845012345");
    await press(page, "Reject");
    await refused.over;
    expect(refused.status).toBe("busy");
    await status(page, "Online");

    const canceled = twilio.ring(identity, "+919845012345");
    await page.getByRole("button", { name: "Accept" }).waitFor();
    canceled.end("canceled");
    await status(page, "Online");
    expectNoFaults(at);
  });

  test("I39: a token that ends in a call is replaced after it, and not before", async () => {
    const page = await opened();
    let asked = 0;
    await page.route("**/v1/softphone/token", async (route) => {
      asked += 1;
      if (asked > 1) return route.continue();
      const json = { token: tokenFor("asha", {}, 13), identity: "asha", expires_at: "", signalling: twilio.url };
      return route.fulfill({ json });
    });
    const listens = types("browser", "listen");
    await online(page);
    await press(page, "Call");
    await status(page, "In a call");
    await page.getByText("The token ends soon").waitFor();
    expect([asked, types("browser", "listen") - listens]).toEqual([1, 1]);
    await press(page, "Hang up");
    await page.getByText("The token was renewed").waitFor();
    expect([asked, types("browser", "listen") - listens]).toEqual([2, 2]);
    await status(page, "Online");
    expect(twilio.registered).toContain("asha");
    expectNoFaults(at);
  });

  test("what stands in the way is said in plain words: no token, a bad one, no microphone, no network", async () => {
    await using visitor = await visit({ microphone: false });
    await visitor.context.addCookies(await at.context.cookies());
    const { page } = visitor;
    await page.goto(`${story.publicUrl}/softphone`);
    const answers = [
      { status: 503, json: { error: { message: "not set: TWILIO_API_KEY_SID" } } },
      { status: 200, json: { token: `${tokenFor("asha")}x`, signalling: twilio.url } },
    ];
    await page.route("**/v1/softphone/token", (route) => {
      const answer = answers.shift();
      return answer ? route.fulfill(answer) : route.continue();
    });
    const alert = (text: string) => page.getByRole("alert").getByText(text).waitFor();
    await press(page, "Go online");
    await alert("It says: not set: TWILIO_API_KEY_SID.");
    await press(page, "Go online");
    await alert("Twilio does not take the token.");
    await online(page);
    await press(page, "Call");
    await alert("This page may not use the microphone.");
    await status(page, "Online");
    await expectAccessible(page);
    // The network is cut, and comes back.
    await visitor.context.setOffline(true);
    twilio.dropSockets();
    await alert("This device is offline.");
    await page.getByRole("button", { name: "Stop trying" }).waitFor();
    await visitor.context.setOffline(false);
    await status(page, "Online");
    expect(visitor.faults.filter((fault) => !/503|WebSocket/.test(fault))).toEqual([]);
  });

  test("a live call is taken over from the console: the softphone in its frame rings, and the two hear each other", async () => {
    const caller = await FakeSoftphone.open(twilio.url, tokenFor("ravi"));
    onTestFinished(() => caller.close());
    const sound = await caller.call();
    await sound.accept((await caller.hears("answer")).sdp);
    onTestFinished(() => sound.close());
    const call = lastCall();
    const page = await opened(`/calls/${await newest()}`);
    await press(page, "Take over");
    const frame = (await (await page.waitForSelector("iframe[title=Softphone]")).contentFrame()) as Frame;
    await frame.getByRole("status").getByText("In a call").waitFor();
    sound.speak(voice("hi-long").audio);
    await loud(frame, "Other side");
    const before = sound.heard.length;
    await say(frame, "hi-question");
    expect(sound.heard.slice(before).some((one) => one.some((byte) => (byte & 0x7f) < 0x40))).toBe(true);
    await expectAccessible(page);
    await frame.getByRole("button", { name: "Hang up" }).click();
    await frame.getByRole("status").getByText("Offline").waitFor();
    expect(await story.ended(call.facts)).toMatchObject({ end_how: "transferred" });
    expectNoFaults(at);
  });

  test("in a page of another site it has its tokens from that page, and calls; it asks for no login, and no cookie gets there", async () => {
    await using visitor = await visit();
    await visitor.context.addCookies(await at.context.cookies());
    const { page } = visitor;
    const cookies: (string | undefined)[] = [];
    page.on("request", async (request) => {
      if (request.url().startsWith(story.publicUrl)) cookies.push((await request.allHeaders())["cookie"]);
    });
    await page.goto(host.origin);
    const frame = (await (await page.waitForSelector("iframe[title=Softphone]")).contentFrame()) as Frame;
    await frame.getByRole("button", { name: "Go online" }).click();
    await frame.getByRole("status").getByText("Online").waitFor();
    await frame.getByRole("button", { name: "Call" }).click();
    await page.getByText("talking", { exact: true }).waitFor();
    await loud(frame, "Other side");
    await frame.getByRole("button", { name: "Hang up" }).click();
    await page.getByText("online", { exact: true }).waitFor();
    await expectAccessible(page);
    expect(cookies.filter(Boolean)).toEqual([]);
    await page.getByRole("button", { name: "Remove" }).click();
    await until("nobody", () => !twilio.registered.includes("embedded"));
    expectNoFaults(visitor);
  });

  test("it loads little before it is used, and no key is in anything that is served", async () => {
    const page = await opened();
    await page.getByRole("button", { name: "Go online" }).waitFor();
    const loaded = await page.evaluate(() =>
      performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname),
    );
    const files = loaded.filter((path) => /\.(js|css)$/.test(path));
    expect(files.some((path) => path.includes("twilio"))).toBe(false);
    const bytes = files.reduce((sum, path) => sum + statSync(join(DIST, `${path}.gz`)).size, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(FIRST_LOAD_BYTES);
    const { authToken, apiKeySecret } = ACCOUNT;
    const served = readdirSync(DIST, { recursive: true, encoding: "utf8" }).filter((file) =>
      /\.(js|css|html)$/.test(file),
    );
    for (const file of served)
      for (const secret of [authToken, apiKeySecret, KEY, story.secrets.sarvamKey])
        expect(readFileSync(join(DIST, file), "utf8").includes(secret), file).toBe(false);
    await expectAccessible(page);
    expectNoFaults(at);
  });
});

const press = (page: Page, name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();
const status = (page: Page, text: string): Promise<void> =>
  page.getByRole("status").getByText(text, { exact: true }).waitFor();
/** The meter of that side has shown sound. Watched in the page: it may be short. */
const loud = async (at: Page | Frame, label: string): Promise<void> => {
  await at.waitForFunction(
    (of) => [...document.querySelectorAll("meter")].some((one) => one.labels[0]?.textContent === of && one.value > 0),
    label,
  );
};

async function control(story: Story, path: string, body: object = {}): Promise<Response> {
  return fetch(story.publicUrl + path, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** Somebody else's site, which shows the softphone of the gateway as that documents it, with a server that has a key. */
async function startHost(gateway: () => Story): Promise<{ readonly origin: string; readonly close: () => void }> {
  const server = createServer(async (request, response) => {
    const { publicUrl } = gateway();
    if (request.url === "/token") {
      const answer = await control(gateway(), "/v1/softphone/token", { identity: "embedded", incoming: true });
      return response.end(await answer.text());
    }
    return response.setHeader("content-type", "text/html").end(`<!doctype html><html lang="en"><title>A shop</title>
      <main><h1>A shop</h1><p id="state"></p><button>Remove</button><div id="phone"></div></main>
      <script type="module">
        import { durvaniSoftphone } from "${publicUrl}/embed.js";
        const phone = durvaniSoftphone({
          element: document.querySelector("#phone"),
          gateway: "${publicUrl}",
          token: async () => (await fetch("/token", { method: "POST" })).json(),
          onState: ({ state }) => { document.querySelector("#state").textContent = state; },
        });
        document.querySelector("button").onclick = () => phone.remove();
      </script></html>`);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  // Another site than 127.0.0.1, and not only another origin.
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
