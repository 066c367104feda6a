import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FORMATS } from "../../src/page/call/choices.ts";
import type { Story } from "../calls/story.ts";
import { until } from "../rig.ts";
import { freePort } from "../servers.ts";
import { expectAccessible } from "./accessible.ts";
import { type BreakableNetwork, breakableNetwork } from "./breakable-network.ts";
import { expectNoFaults, inBrowser, type Visit, visit } from "./browser.ts";
import { startPages } from "./gateway.ts";
import { audibleFrom, listenTo, silentFrom } from "./listening.ts";
import { say, scriptMicrophone } from "./scripted-microphone.ts";

const KEYS = { desk: "a-key-that-reads-and-calls", guest: "a-key-that-only-reads" };
const GREETING = "Hello! How may I help you today?";
const APP = "https://app.example.test/card";
/** What a caller who cuts in may still hear of the agent. */
const BARGE_IN_MS = 700;

declare const asked: MediaStreamConstraints[];
declare const contexts: { readonly by: string | undefined; readonly context: AudioContext }[];

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const agent = (name: string, more: object = {}) => ({
  name,
  greeting: GREETING,
  language: "en-IN",
  dialog: { kind: "chat", systemPrompt: `You are ${name}. Until now: {{conversation}}.` },
  limits: { silenceSeconds: 60 },
  ...more,
});

inBrowser("the web call", () => {
  let story: Story;
  let network: BreakableNetwork;
  let at: Visit;
  beforeAll(async () => {
    const [near, far] = [await freePort(), await freePort()];
    story = await startPages({
      agents: { default: agent("shop"), "+918040000001": agent("bank", { greeting: "नमस्ते!", language: "hi-IN" }) },
      env: {
        PORT: String(far),
        PUBLIC_URL: `http://127.0.0.1:${near}`,
        SARVAM_STT_API: "realtime",
        API_KEYS: `desk:read+control:${sha256(KEYS.desk)},guest:read:${sha256(KEYS.guest)}`,
      },
      simulator: { voiceMsPerChar: 40 },
    });
    network = await breakableNetwork(near, far);
    at = await visit();
  });
  afterAll(async () => {
    await at?.[Symbol.asyncDispose]();
    await network?.[Symbol.asyncDispose]();
    await story?.[Symbol.asyncDispose]();
  });

  /** A page for who has the key. */
  async function opened(path = "/call", { in: { context } = at, key = KEYS.desk, microphone = scriptMicrophone } = {}) {
    await context.request.post(`${story.publicUrl}/v1/login`, { data: { key } });
    const page = await context.newPage();
    await microphone(page);
    await watchOver(page);
    await listenTo(page);
    await page.goto(story.publicUrl + path);
    return page;
  }

  async function api<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${KEYS.desk}`, ...(body && { "content-type": "application/json" }) };
    const answer = await fetch(`${story.publicUrl}/v1/${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as T;
  }
  type Session = { readonly id: string; readonly agent: string; readonly language: string; readonly voice?: string };
  const newest = async (): Promise<Session> => {
    const { sessions } = await api<{ readonly sessions: readonly Session[] }>("GET", "voice/sessions");
    if (!sessions[0]) throw new Error("there is no session");
    return sessions[0];
  };

  test("S0.1, S0.2, S0.3, S0.29, S0.30, S0.31, I40: a click calls: the greeting is heard, a question answered, and who cuts in has silence", async ({
    annotate,
  }) => {
    const page = await opened();
    await call(page);
    await phase(page, "Speaking");
    await audibleFrom(page);
    expect(await page.evaluate(() => contexts.map(({ by, context }) => [by, context.state]))).toEqual(
      Array.from({ length: 3 }, () => ["click", "running"]),
    );
    expect(await page.evaluate(() => asked)).toEqual([
      { audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true } },
    ]);
    await turn(page, "bot", GREETING);
    await phase(page, "Listening…");

    const heardMs = [await cutIn(page)];
    await turn(page, "user", "What are your opening hours?");
    // A machine that stalls once is not what is measured.
    if (Math.min(...heardMs) > BARGE_IN_MS) {
      await phase(page, "Listening…");
      heardMs.push(await cutIn(page));
    }
    await annotate(`speech start → speaker silent: ${heardMs.map(Math.round).join(", ")} ms`);
    expect(Math.min(...heardMs)).toBeGreaterThan(50);
    expect(Math.min(...heardMs)).toBeLessThanOrEqual(BARGE_IN_MS);
    await page.locator("li.bot", { hasText: "interrupted" }).locator("del").first().waitFor();

    await page.getByRole("button", { name: "End call" }).click();
    await phase(page, "The call has ended");
    const first = (await page.getByText("The agent was first heard").textContent()) ?? "";
    await annotate(first);
    expect(first).toMatch(/first heard \d.* after the click/);
    await expectAccessible(page);
    await page.close();
    expectNoFaults(at);
  });

  test("S0.4, S0.27, I41: sound goes out in frames of 20 ms; who is muted is silence to the gateway, and none is missing", async () => {
    const page = await opened();
    const frames = sentBy(page);
    await call(page);
    await turn(page, "bot", GREETING);
    await page.getByRole("button", { name: "Mute" }).click();
    const muted = page.getByRole("button", { name: "Muted", pressed: true });
    await muted.waitFor();
    const ear = story.sockets("stt", true).at(-1);
    const before = ear?.audioIn.length ?? 0;
    await say(page, "en-question");
    const heard = Buffer.concat(ear?.audioIn.slice(before + 5) ?? []);
    expect(heard.length).toBeGreaterThan(32 * 1000);
    expect(heard.equals(Buffer.alloc(heard.length))).toBe(true);
    await muted.click();
    await say(page, "en-question");
    await turn(page, "user", "What are your opening hours?");
    expect(await page.locator("li.user").count()).toBe(1);
    await page.close();

    const media = frames.flatMap(({ media }) => (media ? [media] : []));
    expect(frames.find(({ event }) => event === "start")?.start?.mediaFormat).toEqual({
      encoding: "audio/l16",
      sampleRate: 16_000,
      channels: 1,
    });
    expect(new Set(media.map(({ payload }) => Buffer.from(payload, "base64").length))).toEqual(new Set([640]));
    expect(media.map(({ timestamp }) => timestamp - (media[0]?.timestamp ?? 0))).toEqual(media.map((_, n) => n * 20));
    expectNoFaults(at);
  });

  test("S3.18: who writes is answered in the same conversation; the customer's events are listed, and an app is shown in a frame of its own", async () => {
    const page = await opened();
    await page.route(APP, (route) => route.fulfill({ contentType: "text/html", body: APP_PAGE }));
    await call(page);
    await turn(page, "bot", GREETING);
    await page.getByLabel("Write to the agent").fill("Where is my order?");
    await page.keyboard.press("Enter");
    await turn(page, "user", "Where is my order?");
    await turn(page, "bot", "on its way");

    const { id } = await newest();
    await api("POST", `calls/${id}/events`, { name: "cart", data: { items: [2] } });
    await api("POST", `calls/${id}/events`, { name: "show", data: `mcp::${APP}::{"order":17}` });
    const app = page.frameLocator("iframe[sandbox='allow-scripts allow-forms']");
    await app.getByText('ui/initialize {"order":17} in null').waitFor();
    await app.getByText('ui/notifications/tool-result {"order":17} in null').waitFor();
    await page.getByText(/^Events/).click();
    await page.locator("li", { hasText: "cart" }).getByText('{"items":[2]}').waitFor();
    await expectAccessible(page);
    await page.close();
    expect(at.faults.splice(0)).toEqual([`foreign: ${APP}`]);
  });

  test("a connection that breaks is made again: the conversation goes on, and what was said stays", async () => {
    const page = await opened();
    await call(page);
    await turn(page, "bot", GREETING);
    await phase(page, "Listening…");
    const before = await newest();
    network.breakOff();
    await page.getByText("Connection lost, taking the conversation up again…").waitFor();
    await phase(page, "Listening…");
    expect((await newest()).id).not.toBe(before.id);
    await say(page, "en-question");
    await turn(page, "bot", "nine in the morning");
    expect(await page.locator("li.bot", { hasText: GREETING }).count()).toBe(1);
    const prompts = story.simulator.wire.http.map(({ body }) => JSON.stringify(body));
    expect(prompts.filter((text) => text.includes(`Until now: Agent: ${GREETING}.`))).toHaveLength(1);
    await page.close();
    // The browser's own words for it.
    expect(at.faults.splice(0).filter((fault) => !fault.includes("WebSocket") && !fault.includes("net::ERR"))).toEqual(
      [],
    );
  });

  test("who presses a key to call stays where the buttons are; who logs out has left the call", async () => {
    const page = await opened();
    await page.getByRole("button", { name: "Call", exact: true }).press("Enter");
    await phase(page, "Listening…");
    const buttons = page.getByRole("group", { name: "Call" });
    expect(await buttons.evaluate((it) => it === document.activeElement)).toBe(true);
    const { id } = await newest();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("API key").waitFor();
    await until("the end of the call", async () => {
      const { status } = await api<{ readonly status: string }>("GET", `calls/${id}`);
      return status === "ended";
    });
    await page.close();
    expectNoFaults(at);
  });

  test("S0.28: agent, language, voice and sound are what the page says, and stay so during the call", async () => {
    const page = await opened("/call?agent=bank");
    const frames = sentBy(page);
    const voices = page.getByLabel("Voice").locator("option");
    await voices.getByText("Its own (Shubh)").waitFor({ state: "attached" });
    expect(await page.getByRole("combobox", { name: "Agent" }).inputValue()).toBe("bank");
    await page.getByLabel("Language").selectOption("Tamil");
    await page.getByLabel("Voice").selectOption("priya");
    await page.getByLabel("Sound").selectOption(FORMATS.mulaw.text);
    await call(page);
    await phase(page, "Listening…");
    expect(await newest()).toMatchObject({ agent: "bank", language: "ta-IN", voice: "priya" });
    expect(await page.getByLabel("Language").isDisabled()).toBe(true);
    expect(frames.find(({ event }) => event === "start")?.start?.mediaFormat).toMatchObject({
      encoding: "audio/x-mulaw",
    });
    await page.close();
    expectNoFaults(at);
  });

  test("S0.27: what is said in Opus is understood, and answered", async () => {
    const page = await opened();
    const frames = sentBy(page);
    await page.getByLabel("Sound").selectOption(FORMATS.opus.text);
    await call(page);
    await phase(page, "Listening…");
    await say(page, "en-question");
    await turn(page, "user", "What are your opening hours?");
    await audibleFrom(page);
    expect(frames.find(({ event }) => event === "start")?.start?.mediaFormat).toMatchObject({ encoding: "audio/opus" });
    await page.close();
    expectNoFaults(at);
  });

  test("S0.2: who may not use the microphone, or has none, reads what to do; and may write", async () => {
    await using denied = await visit({ microphone: false });
    const page = await opened("/call", { in: denied, microphone: async () => {} });
    await call(page);
    await page.getByRole("alert").getByText("This page may not use the microphone.").waitFor();
    await phase(page, "The call failed");
    await page.addInitScript(() => {
      MediaDevices.prototype.getUserMedia = async () => {
        throw new DOMException("Requested device not found", "NotFoundError");
      };
    });
    await page.reload();
    await call(page);
    await page.getByRole("alert").getByText("No microphone is found.").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Write instead" }).click();
    await turn(page, "bot", GREETING);
    await page.getByLabel("Write to the agent").fill("Where is my order?");
    await page.getByRole("button", { name: "Send" }).click();
    await turn(page, "bot", "on its way");
    expectNoFaults(denied);
  });

  test("who may only look is told so", async () => {
    const page = await opened("/call", { key: KEYS.guest });
    await page.getByText("Your key may look, but not call.").waitFor();
    expect(await page.getByRole("button", { name: "Call", exact: true }).isDisabled()).toBe(true);
    await page.close();
    expectNoFaults(at);
  });

  test("the example page calls with the client library alone", async () => {
    const page = await opened("/example");
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByText(`bot: ${GREETING}`).waitFor();
    await audibleFrom(page);
    await expectAccessible(page);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Start" }).waitFor();
    await page.close();
    expectNoFaults(at);
  });

  test("S0.5: nothing that browsers load holds a key, or knows where Sarvam is", () => {
    const folder = join(import.meta.dirname, "../../dist/page");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
      /\.(js|html|css)$/.test(file),
    );
    expect(files.length).toBeGreaterThan(5);
    const secrets = [...Object.values(story.secrets), ...Object.values(KEYS), "api.sarvam.ai", "api-subscription-key"];
    const told = files.filter((file) => {
      const text = readFileSync(join(folder, file), "utf8");
      return secrets.some((secret) => secret !== "stream" && text.includes(secret));
    });
    expect(told).toEqual([]);
  });
});

const call = (page: Page): Promise<void> => page.getByRole("button", { name: "Call", exact: true }).click();
const phase = (page: Page, words: string): Promise<void> => page.getByRole("status").getByText(words).waitFor();
/** Asks, and cuts the answer short: for how long it was still heard then. */
async function cutIn(page: Page): Promise<number> {
  await say(page, "en-question");
  await phase(page, "Speaking");
  await audibleFrom(page, await page.evaluate(() => performance.now()));
  const beganAt = await say(page, "en-interrupt");
  return (await silentFrom(page, beganAt)) - beganAt;
}

/** It counts, and is no guess any more. */
const turn = async (page: Page, by: "user" | "bot", text: string): Promise<void> => {
  await until(
    `the ${by}'s "${text}"`,
    async () => {
      const counted = await page.locator(`li.${by} p:last-child`).evaluateAll((all) =>
        all.map((each) => {
          const copy = each.cloneNode(true) as HTMLElement;
          for (const rest of copy.querySelectorAll("del, span")) rest.remove();
          return copy.textContent ?? "";
        }),
      );
      return counted.some((each) => each.includes(text));
    },
    20_000,
  );
};

/** What the page asks of the browser. */
async function watchOver(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const opened: MediaStreamConstraints[] = [];
    const made: (typeof contexts)[number][] = [];
    Object.assign(globalThis, { asked: opened, contexts: made });
    const open = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = function (wanted = {}) {
      opened.push(wanted);
      return open.call(this, wanted);
    };
    const Context = AudioContext;
    globalThis.AudioContext = class extends Context {
      constructor(...options: ConstructorParameters<typeof Context>) {
        super(...options);
        made.push({ by: globalThis.event?.type, context: this });
      }
    };
  });
}

type Sent = {
  readonly event: string;
  readonly start?: { readonly mediaFormat: object };
  readonly media?: { readonly timestamp: number; readonly payload: string };
};

function sentBy(page: Page): readonly Sent[] {
  const sent: Sent[] = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(JSON.parse(String(payload)))));
  return sent;
}

/** An app that shows what it is told, and asks as MCP Apps do. */
const APP_PAGE = `<!doctype html><title>Card</title><body><script>
  addEventListener("message", ({ data }) => {
    if (data.id === 1) return parent.postMessage({ jsonrpc: "2.0", method: "ui/notifications/initialized" }, "*");
    const line = document.createElement("p");
    const params = data.params.structuredContent ?? data.params;
    line.textContent = data.method + " " + JSON.stringify(params) + " in " + self.origin;
    document.body.append(line);
  });
  parent.postMessage({ jsonrpc: "2.0", id: 1, method: "ui/initialize", params: {} }, "*");
</script>`;
