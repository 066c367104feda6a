import { defineConfig } from "vitest/config";

/**
 * Two projects: `unit` needs no socket server of others and is quick; `stories` runs whole calls, real stores and
 * child processes. Both run with `npm test`; `npm run check` runs the first.
 */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    projects: [
      {
        test: {
          name: "unit",
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          include: ["test/**/*.test.ts"],
          exclude: ["test/calls/**", "test/stores/**", "test/commands/**"],
        },
      },
      {
        test: {
          name: "stories",
          sequence: { groupOrder: 1 },
          include: ["test/{calls,stores,commands}/**/*.test.ts"],
          globalSetup: ["test/template.ts"],
          // Whole calls in real time: a machine that stalls under one is no bug. A retry is told in the report.
          retry: process.env["CI"] === "true" ? 1 : 0,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
