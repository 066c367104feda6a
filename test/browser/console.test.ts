import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hangUp, type Story } from "../calls/story.ts";
import { expectAccessible } from "./accessible.ts";
import { expectNoFaults, inBrowser, type Visit, visit } from "./browser.ts";
import { ANSWER, finishedCall, GREETING, interruptedCall, KEYS, startClinic, storedCalls } from "./clinic.ts";

const NUMBER = "+919845012345";
const PAGE = 30;
const eventually = <T>(ask: () => T) => expect.poll(ask, { timeout: 20_000, interval: 30 });

inBrowser("the console's calls", () => {
  let story: Story;
  let at: Visit;
  let page: Page;
  /** A call that is over, recorded, with an answer that was cut short. */
  let done: string;
  beforeAll(async () => {
    story = await startClinic();
    await storedCalls(story, 45, "caller-hung-up");
    await storedCalls(story, 3, "failed");
    [done, at] = await Promise.all([finishedCall(story, NUMBER), visit()]);
    ({ page } = at);
  });
  afterAll(async () => {
    await at?.[Symbol.asyncDispose]();
    await story?.[Symbol.asyncDispose]();
  });

  const open = (path: string): Promise<unknown> => page.goto(story.publicUrl + path);
  const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
  const tab = (name: string): Promise<void> => page.getByRole("tab", { name }).click();
  const line = (key: string) => page.locator(`[data-line="${key}"]`);
  const rows = () => page.locator(".call-row");
  /** Browsers tell of a refusal that was meant. */
  const forgive = (status: number): void => {
    const others = at.faults.filter((fault) => !fault.includes(`status of ${status}`));
    at.faults.splice(0, at.faults.length, ...others);
  };
  const logIn = async (key: string): Promise<void> => {
    await page.getByLabel("API key").fill(key);
    await button("Log in").click();
  };

  test("a key is asked for; a wrong one is refused in words, a right one opens the page that was asked for", async () => {
    await open("/?show=failed");
    await expectAccessible(page);
    await logIn("no-such-key");
    await eventually(() => page.getByRole("alert").textContent()).not.toBe("");
    expect(await page.getByLabel("API key").inputValue()).toBe("");
    await logIn(KEYS.reader);
    await eventually(() => rows().count()).toBe(3);
    expect(await button("Failed").getAttribute("aria-pressed")).toBe("true");
    forgive(401);
    expectNoFaults(at);
  });

  test("a key that only reads sees what may not be done, and why", async () => {
    await open(`/calls/${done}`);
    await page.getByText("Replaying needs a key with the scope control").waitFor();
    expect(await button("Replay").isDisabled()).toBe(true);
    expect(await button("Make a fixture").isDisabled()).toBe(true);
    await button("Log out").click();
    await logIn(KEYS.admin);
    await button("Replay").waitFor();
    expect(await button("Make a fixture").isDisabled()).toBe(false);
    expectNoFaults(at);
  });

  test("calls are found by number, by words and by id, and read page by page", async () => {
    await open("/");
    await eventually(() => rows().count()).toBe(PAGE);
    await button("Older calls").click();
    await eventually(() => rows().count()).toBe(49);
    expect(await button("Older calls").count()).toBe(0);
    await expectAccessible(page);

    const search = page.getByLabel("Search calls");
    await search.fill("98450 00007");
    await eventually(() => rows().count()).toBe(1);
    expect(new URL(page.url()).searchParams.get("search")).toBe("98450 00007");
    await search.fill("शुक्रिया ");
    await eventually(() => rows().allTextContents()).toEqual([expect.stringContaining("98450 12345")]);
    // Another word may follow.
    expect(await search.inputValue()).toBe("शुक्रिया ");
    await page.getByText("looked for in the calls of the last 30 days").waitFor();
    await search.fill("nobody said this");
    await page.getByText("Nobody said or heard “nobody said this”").waitFor();
    await search.fill(done);
    await page.getByRole("heading", { level: 1, name: /98450 12345/ }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/calls/${done}`);

    await open("/");
    await rows().first().waitFor();
    await search.fill("no order");
    await button("Failed").click();
    await eventually(() => new URL(page.url()).search).toBe("?show=failed&search=no+order");
    expectNoFaults(at);
  });

  test("a call is opened by its row, and its heading faces the reader; the way back leads to the list as it was", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open("/?show=failed");
    await rows().first().click();
    const heading = page.getByRole("heading", { level: 1, name: /98450 00001/ });
    await eventually(() => heading.evaluate((it) => it === document.activeElement)).toBe(true);
    expect(await page.title()).toContain("98450 00001");
    await page.getByText("the voice did not answer in time").waitFor();
    expect(await page.getByLabel("Search calls").isVisible()).toBe(false);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await page.getByRole("link", { name: "All calls" }).click();
    await eventually(() => rows().count()).toBe(3);
    await page.goBack();
    await heading.waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
    expectNoFaults(at);
  });

  test("what was said, what was not heard, what was decided, and the recording that goes with it", async () => {
    await open(`/calls/${done}`);
    const [first, ...rest] = ANSWER;
    await eventually(() => line("agent-2").locator("del").textContent()).toBe(rest.join(" "));
    expect(await line("agent-2").locator(".words").textContent()).toBe(ANSWER.join(" "));
    expect(await line("agent-2").textContent()).toContain("interrupted");
    expect(await line("agent-2").locator(".words").getAttribute("lang")).toBe("hi-IN");
    await line("agent-2").getByText("Generated, sent, heard").click();
    expect(await line("agent-2").locator("dd").last().textContent()).toBe(first);
    await page.getByText("barge-in").click();
    await page.getByText("any sound of the caller stops the agent").first().waitFor();

    await page.setViewportSize({ width: 360, height: 740 });
    const tooWide = (boxes: Element[]) =>
      boxes.filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.className);
    expect(await page.locator("html, .card").evaluateAll(tooWide)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });

    const slider = page.getByRole("slider", { name: "Position in the recording" });
    const position = async () => Number(await slider.getAttribute("aria-valuenow"));
    await line("agent-2")
      .getByRole("button", { name: /Play from/ })
      .click();
    const asked = await position();
    expect(asked).toBeGreaterThan(1);
    expect(await line("agent-2").getAttribute("aria-current")).toBe("true");
    await slider.focus();
    await page.keyboard.press("ArrowLeft");
    expect(await position()).toBe(Math.max(0, asked - 5));
    await page.keyboard.press("Home");
    expect(await position()).toBe(0);
    await button("Play").click();
    await eventually(position).toBeGreaterThan(0);
    await button("Pause").click();
    expect(await page.evaluate(() => document.querySelector("audio")?.error)).toBeNull();
    await expectAccessible(page);
    expectNoFaults(at);
  });

  test("its latency, events and cost are a key away", async () => {
    await page.getByRole("tab", { name: "Conversation" }).focus();
    await page.keyboard.press("ArrowRight");
    const picture = page.getByRole("img", { name: /First sound .* after the caller stopped speaking/ });
    await picture.waitFor();
    for (const _ of ["once", "again"]) {
      await tab("Conversation");
      await line("agent-2")
        .getByRole("button", { name: /^Answered after/ })
        .click();
      await page.getByRole("heading", { name: /^Turn 2:/ }).waitFor();
      const latency = page.getByRole("tab", { name: "Latency", selected: true });
      expect(await latency.evaluate((it) => it === document.activeElement)).toBe(true);
    }
    await button("Show the reply of turn 2").click();
    await page.getByRole("heading", { name: /^Turn 2:/ }).waitFor();
    await expectAccessible(page);
    await tab("Events");
    const heard = page.locator(".log .badge.speech");
    await heard.first().waitFor();
    await button("speech").click();
    await eventually(() => heard.count()).toBe(0);
    await expectAccessible(page);
    await tab("Cost");
    await page.getByRole("row", { name: /Text to speech bulbul/ }).waitFor();
    await expectAccessible(page);
    expectNoFaults(at);
  });

  test("it is replayed, and a fixture is made of it", async () => {
    await tab("Conversation");
    await button("Replay").click();
    await page.getByText(/^The same: \d+ events/).waitFor();
    const [saved] = await Promise.all([page.waitForEvent("download"), button("Make a fixture").click()]);
    expect(saved.suggestedFilename()).toBe(`${done}.jsonl`);
    const lines = (await readFile(await saved.path(), "utf8")).trim().split("\n");
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.join("")).not.toContain(NUMBER);
    expectNoFaults(at);
  });

  test("a live call comes by itself, is followed word by word, and is written up when it is over", async () => {
    await open("/?show=live");
    await page.getByText("Nobody is on the line now.").waitFor();
    const calling = interruptedCall(story, "+919900155512");
    await page.getByRole("link", { name: /Live: .*99001 55512/ }).click();
    await page.getByText("1 live").waitFor();

    await line("agent-1").locator("i").waitFor();
    await line("agent-1").evaluate((element) => element.setAttribute("data-seen", "as a guess"));
    await eventually(() => line("agent-1").locator("i").count()).toBe(0);
    expect(await line("agent-1").locator(".words").textContent()).toBe(GREETING);
    expect(await line("agent-1").getAttribute("data-seen")).toBe("as a guess");
    await line("caller-2").locator("i").waitFor();
    await eventually(() => line("caller-2").locator(".words").textContent()).toBe("मेरा ऑर्डर कहाँ है?");
    await page.getByRole("status").filter({ hasText: "Speaking" }).waitFor();
    await eventually(() => line("agent-2").locator("del").textContent()).toBe(ANSWER.slice(1).join(" "));
    await eventually(() => page.getByRole("log").textContent()).toContain("मेरा ऑर्डर कहाँ है?");
    expect(await button("Hang up").isDisabled()).toBe(false);
    await expectAccessible(page);

    await hangUp(await calling);
    await page.getByRole("status").filter({ hasText: "Caller hung up" }).waitFor();
    await page.getByText("Nobody is on the line now.").waitFor();
    await page.getByRole("slider", { name: "Position in the recording" }).waitFor();
    expectNoFaults(at);
  });

  test("a call that there is none of is said so", async () => {
    await open("/calls/call_01a1f9684c25457dcc1cea");
    await page.getByText("There is no call with this id.").waitFor();
    forgive(404);
    expectNoFaults(at);
  });
});
