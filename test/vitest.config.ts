import { defineConfig } from "vitest/config";

/** What takes seconds, or modules of its own: whole calls in real time, servers, child processes, hours of sound. */
const STORIES = ["test/{calls,stores,commands}/**/*.test.ts", "test/**/*.story.test.ts"];

/**
 * Two projects: `unit` needs no socket server of others and is quick; `stories` runs whatever
 * takes longer. Both run with `npm test`; `npm run check` runs the first.
 */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    projects: [
      {
        test: {
          name: "unit",
          maxWorkers: 2,
          // Half the time went to loading the same modules for each file. A test that puts its own in their place is a story.
          isolate: false,
          sequence: { groupOrder: 0 },
          include: ["test/**/*.test.ts"],
          exclude: STORIES,
        },
      },
      {
        test: {
          name: "stories",
          sequence: { groupOrder: 1 },
          include: STORIES,
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
