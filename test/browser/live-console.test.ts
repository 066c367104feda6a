import { createHash } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { greeted, type Story } from "../calls/story.ts";
import { until } from "../rig.ts";
import { expectAccessible } from "./accessible.ts";
import { inBrowser, type Visit, visit } from "./browser.ts";
import { startPages } from "./gateway.ts";

const KEYS = { desk: "a-key-that-may-all", guest: "a-key-that-only-reads" };
const CALLER = "+919845012345";

/** What Chromium writes down of every answer that is a refusal: pausing what is not recorded, and what is not there yet of a call that just ended. */
const REFUSED = /^console: Failed to load resource: .* (404|409) /;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const CLINIC = {
  name: "clinic",
  greeting: "Hello, this is the Sanjivani clinic.",
  language: "en-IN",
  dialog: { kind: "echo" },
  limits: { silenceSeconds: 60 },
} as const;
const BILLS = {
  ...CLINIC,
  name: "bills",
  greeting: "வணக்கம்! உங்களுக்கு என்ன உதவி வேண்டும்?",
  language: "ta-IN",
  dialog: { kind: "chat", systemPrompt: "You are Meena. Never read out a whole account number." },
};

inBrowser("the live console", () => {
  let story: Story;
  let at: Visit;
  beforeAll(async () => {
    story = await startPages({
      agents: { default: CLINIC, "+914428881200": BILLS },
      env: { API_KEYS: `desk:read+control+admin:${sha256(KEYS.desk)},guest:read:${sha256(KEYS.guest)}` },
    });
    at = await visit();
  });
  afterAll(async () => {
    await at?.[Symbol.asyncDispose]();
    await story?.[Symbol.asyncDispose]();
  });

  async function opened(path: string, key = KEYS.desk): Promise<Page> {
    await at.context.request.post(`${story.publicUrl}/v1/login`, { data: { key } });
    const page = await at.context.newPage();
    await page.goto(story.publicUrl + path);
    return page;
  }

  /** Somebody telephones, and has been greeted. */
  async function calling(): Promise<{ readonly call: TwinCall; readonly id: string }> {
    const call = await story.dialTwilio({ from: CALLER });
    await greeted(call);
    const [row] = await story.sql<{ readonly id: string }>("select id from calls where carrier_call_id = $1", [
      call.callSid,
    ]);
    if (!row) throw new Error("the call is not in the books");
    return { call, id: row.id };
  }

  const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
  /** The page's own meter of that side has shown sound. Watched in the page: it may be short. */
  const loud = (page: Page, name: string) =>
    page.waitForFunction(
      (of) =>
        [...document.querySelectorAll("meter")].some(
          (meter) => meter.labels[0]?.textContent === of && meter.value > 20,
        ),
      name,
    );
  /** Everything the caller was sent until now. */
  const bytesTo = (call: TwinCall): number => call.received.reduce((sum, { length }) => sum + length, 0);

  test("both sides of a call are heard, words are put in, keys pressed, and the call is hung up on", async () => {
    const { call, id } = await calling();
    const page = await opened(`/calls/${id}`);

    await press(page, "Listen in");
    await page.getByText("You hear both sides.").waitFor();
    const { audio, text } = voice("en-question");
    await Promise.all([loud(page, "Caller"), loud(page, "Agent"), call.say(audio, text)]);
    await expectAccessible(page);

    await page.getByLabel("Let the agent say").fill("The doctor is on her way to you now.");
    await press(page, "Say");
    await page.getByText("The agent says it next.").waitFor();
    await page.locator("[data-line^=agent]").getByText("The doctor is on her way to you now.").waitFor();

    await page.locator("summary").getByText("Keypad").click();
    const beforeKeys = bytesTo(call);
    await press(page, "5");
    await press(page, "star"); // while the first is still on its way
    await page.getByText("* was pressed.").waitFor();
    await until("the tones", () => bytesTo(call) > beforeKeys);

    await page.getByText("Recording", { exact: true }).click();
    await press(page, "Pause");
    await page.getByText("Not done: calls are not recorded here: see RECORD_CALLS.").waitFor();

    await press(page, "Hang up");
    expect(
      await page.getByRole("button", { name: "No", exact: true }).evaluate((no) => no === document.activeElement),
    ).toBe(true);
    await press(page, "No");
    expect(call.outcome.kind).toBe("streaming");
    await press(page, "Hang up");
    await press(page, "Yes, hang up");
    expect(await story.ended(call)).toMatchObject({ end_how: "ended-by-request" });
    await page.getByRole("button", { name: "Listen in" }).waitFor({ state: "detached" });
    await page.close();
  });

  test("what is wrong with a transfer is said at its field; a right one moves the caller", async () => {
    const { call, id } = await calling();
    const page = await opened(`/calls/${id}`);
    await page.getByText("Transfer", { exact: true }).click();
    await page.getByLabel("Number").fill("the office");
    await press(page, "Transfer the call");
    await page.getByText("Write the number with its country code").waitFor();
    expect(await page.getByLabel("Number").getAttribute("aria-invalid")).toBe("true");
    await page.getByLabel("Number").fill("+91 98450 00001");
    await press(page, "Transfer the call");
    expect(await story.ended(call)).toMatchObject({ end_how: "transferred" });
    await page.close();
  });

  test("a call is taken over by the softphone in the page, which says so from its own frame only", async () => {
    const { call, id } = await calling();
    const page = await opened(`/calls/${id}`);
    await page.route("**/softphone?takeover=1", (route) =>
      route.fulfill({ contentType: "text/html", body: "<title>Softphone</title>" }),
    );
    await press(page, "Take over");
    const frame = await (await page.waitForSelector("iframe[title=Softphone]")).contentFrame();
    const online = { type: "durvani:online", identity: "asha" };
    await page.evaluate((said) => window.postMessage({ ...said, identity: "somebody-else" }, location.origin), online);
    await page.getByText("The softphone goes online.").waitFor();
    await frame?.evaluate((said) => parent.postMessage(said, location.origin), online);
    await page.getByText("The caller is on the way to you.").waitFor();
    expect(await story.ended(call)).toMatchObject({ end_how: "transferred" });
    // The call is over for its page, and the telephone stays.
    await page.getByRole("button", { name: "Listen in" }).waitFor({ state: "detached" });
    expect(await page.locator("iframe[title=Softphone]").count()).toBe(1);
    await expectAccessible(page);
    // Nor does it go when a login ends: somebody may be talking to the caller.
    await press(page, "Log out");
    await page.getByLabel("API key").waitFor();
    expect(await page.locator("iframe[title=Softphone]").count()).toBe(1);
    await press(page, "Close the softphone");
    expect(await page.locator("iframe").count()).toBe(0);
    await page.close();
  });

  test("who may only read may listen, and is told what it takes to do more", async () => {
    const { call, id } = await calling();
    const page = await opened(`/calls/${id}`, KEYS.guest);
    await page.getByText("log in with a key that has the scope control").waitFor();
    for (const name of ["Take over", "Hang up", "Say"])
      expect(await page.getByRole("button", { name, exact: true }).isDisabled()).toBe(true);
    await press(page, "Listen in");
    await page.getByText("You hear both sides.").waitFor();
    await expectAccessible(page);
    call.hangUp();
    await page.getByRole("button", { name: "Stop listening" }).waitFor({ state: "detached" });
    await page.close();
  });

  test("agents can be read and tried", async () => {
    const page = await opened("/agents");
    const bills = page.getByRole("article", { name: "bills" });
    await bills.getByText("All settings").click();
    await bills.getByText("You are Meena.").waitFor();
    expect(await bills.getByText("வணக்கம்!").getAttribute("lang")).toBe("ta-IN");
    await bills.getByText("+914428881200").waitFor();
    expect(await bills.getByRole("link", { name: "Try bills" }).getAttribute("href")).toBe("/call?agent=bills");
    await bills.getByText("By the API").click();
    await bills.getByText(`${story.publicUrl}/v1/voice/sessions`).waitFor();
    await page.getByRole("article", { name: "clinic" }).getByText("default", { exact: true }).waitFor();
    await expectAccessible(page);
    await page.close();
  });

  test("the gateway's health is told in words, and events that were given up are sent again", async () => {
    const { call, id } = await calling();
    await story.sql("update calls set webhook_url = 'http://127.0.0.1:1/hook' where id = $1", [id]);
    await story.sql(
      `insert into webhook_events (call_id, kind, attempts, last_error, dead_at)
       values ($1, 'call.started', 7, 'webhook connection refused', now())`,
      [id],
    );
    const page = await opened("/health");
    await page.getByText("The gateway takes calls.").waitFor();
    await page.getByRole("img", { name: /^Live calls since this page was opened: [1-9]/ }).waitFor();
    await page.getByText("speech to text").first().waitFor();
    await page.getByText("webhook connection refused").waitFor();
    await expectAccessible(page);
    await press(page, `Send again call.started.${id}`);
    await page.getByText(`call.started.${id} is sent again.`).waitFor();
    await page.getByText("None: every event was delivered").waitFor();
    call.hangUp();
    await page.close();
  });

  test("nothing went wrong in any of these pages but what was refused", () => {
    expect(at.faults.filter((fault) => !REFUSED.test(fault))).toEqual([]);
  });
});
