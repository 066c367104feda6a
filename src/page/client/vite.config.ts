import { join } from "node:path";
import { defineConfig } from "vite";

const here = import.meta.dirname;

/**
 * The client library as one file, beside the two worklets that run in the browser's audio thread. Built after the pages, into their
 * folder: the gateway serves it from `/client/`, and packages take it from there.
 */
export default defineConfig({
  root: here,
  publicDir: false,
  logLevel: "warn",
  build: {
    outDir: join(here, "../../../dist/page/client"),
    emptyOutDir: true,
    target: "es2022",
    rolldownOptions: {
      input: {
        client: join(here, "client.ts"),
        "capture.worklet": join(here, "capture.worklet.ts"),
        "playback.worklet": join(here, "playback.worklet.ts"),
      },
      preserveEntrySignatures: "strict",
      output: { entryFileNames: "[name].js", format: "es" },
    },
  },
});
