import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { describe, expect } from "vitest";

/** A real Chromium, for tests that look at pages as people do. */

const executable = findChromium();

/** Tests that need a browser: skipped, and loudly, where there is none; failing there if CI=true. */
export const inBrowser = executable === undefined ? describe.skip : describe;

function findChromium(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const given = process.env["CHROMIUM"] || undefined;
  const found = [...(given ? [given] : []), ...folders.flatMap((folder) => names.map((name) => join(folder, name)))];
  const there = found.find((path) => existsSync(path));
  if (there !== undefined) return there;
  if (process.env["CI"] === "true") throw new Error("CI needs Chromium: install it, or set CHROMIUM to where it is");
  const line = " No Chromium is found: the tests of the pages are SKIPPED. Install it, or set CHROMIUM. ";
  const edge = "═".repeat(line.length);
  process.stderr.write(`\n╔${edge}╗\n║${line}║\n╚${edge}╝\n`);
  return undefined;
}

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Without an interface but `lo`, calls have no other way.
  "--allow-loopback-in-peer-connection",
  "--use-fake-device-for-media-stream",
];

export type Visit = AsyncDisposable & {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What went wrong in the page so far: console errors, uncaught exceptions, requests to other hosts. */
  readonly faults: string[];
};

export type VisitOptions = BrowserContextOptions & {
  /** May the page use the microphone? Yes, unless said. */
  readonly microphone?: boolean;
  readonly flags?: readonly string[];
};

/**
 * A browser with one empty page, as a person who has never been here. `faults` must be empty at the end of a test, but for what it
 * provoked: `expect(visit.faults).toEqual([])`.
 */
export async function visit({ microphone = true, flags = [], ...options }: VisitOptions = {}): Promise<Visit> {
  if (executable === undefined) throw new Error("there is no Chromium");
  const profile = await mkdtemp(join(tmpdir(), "durvani-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    headless: true,
    args: [...FLAGS, ...flags],
    permissions: microphone ? ["microphone"] : [],
    viewport: { width: 1280, height: 800 },
    ...options,
  });
  const faults: string[] = [];
  context.on("weberror", (error) => faults.push(`uncaught: ${error.error().message}`));
  context.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  context.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith("http") && !["127.0.0.1", "localhost"].includes(hostname))
      faults.push(`foreign: ${request.url()}`);
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(20_000);
  return {
    page,
    context,
    faults,
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Nothing went wrong in the page. */
export function expectNoFaults({ faults }: Visit): void {
  expect(faults).toEqual([]);
}
