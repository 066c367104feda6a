import { defineConfig } from "vitest/config";

/** What takes seconds, or modules of its own: whole calls in real time, servers, child processes, hours of sound. */
const STORIES = ["test/{calls,stores,commands}/**/*.test.ts", "test/**/*.story.test.ts"];

/** Pages in a real Chromium. */
const PAGES = ["test/browser/**/*.test.ts"];

/**
 * Three projects: `unit` needs no socket server of others and is quick; `stories` runs whatever
 * takes longer; `browser` looks at the built pages. All run with `npm test`; `npm run check` runs the first.
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
          // A machine that is busy with something else is no bug; nothing here takes a second by itself.
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
          include: ["test/**/*.test.ts"],
          exclude: [...STORIES, ...PAGES],
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
      {
        test: {
          name: "browser",
          sequence: { groupOrder: 2 },
          include: PAGES,
          globalSetup: ["test/template.ts", "test/browser/build.ts"],
          retry: process.env["CI"] === "true" ? 1 : 0,
          testTimeout: 90_000,
          hookTimeout: 90_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
