import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Story } from "../calls/story.ts";
import { expectNoFaults, inBrowser, visit } from "./browser.ts";
import { startPages } from "./gateway.ts";

const PAGES = ["/", "/agents", "/health", "/call", "/softphone", "/example"];
const BUILT = join(import.meta.dirname, "../../dist/page");
const LIMIT_BYTES = 60_000;

inBrowser("every page as it first comes", () => {
  let story: Story;
  beforeAll(async () => {
    story = await startPages();
  });
  afterAll(() => story[Symbol.asyncDispose]());

  test.each(PAGES)("%s is at most 60 kB on the wire, and its policy holds without any unsafe word", async (path) => {
    await using seen = await visit();
    const bodies: Promise<number>[] = [];
    seen.context.on("requestfinished", (request) => {
      bodies.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    const answer = await seen.page.goto(story.running.url + path, { waitUntil: "networkidle" });
    const policy = answer?.headers()["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    const bytes = (await Promise.all(bodies)).reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(500);
    expect(bytes).toBeLessThan(LIMIT_BYTES);
    expectNoFaults(seen);
  });

  test("S0.5: no key is in anything that a browser is given", () => {
    const { sarvamKey, authToken, password } = story.secrets;
    const files = readdirSync(BUILT, { recursive: true, encoding: "utf8" }).filter((file) =>
      /\.(js|html|css)$/.test(file),
    );
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const text = readFileSync(join(BUILT, file), "utf8");
      for (const secret of [sarvamKey, authToken, password, story.keys.reader, story.keys.controller])
        expect(text).not.toContain(secret);
      expect(text).not.toMatch(/api[-_]subscription[-_]key|api\.sarvam\.ai/i);
    }
  });
});
