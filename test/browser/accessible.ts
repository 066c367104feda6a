import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const THEMES = ["light", "dark"] as const;

/** What axe finds of WCAG 2.2 AA and its best practices, on the page as it stands, in both themes. Must be nothing. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme });
    // Evaluated by the debugger, which no Content-Security-Policy binds.
    await page.evaluate(source);
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { readonly axe: { run(): Promise<AxeResults> } }).axe.run(),
    );
    const told = violations.flatMap(({ id, help, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) => `${colorScheme}: ${id} (${help}) at ${target.join(" ")}: ${failureSummary}`,
      ),
    );
    expect(told).toEqual([]);
  }
}
