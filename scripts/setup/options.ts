import { parseArgs } from "node:util";

/** The words of both set-up commands. Throws, as Node words it, for one that neither knows. */
export const setupWords = () =>
  parseArgs({
    options: {
      number: { type: "string" },
      flow: { type: "string" },
      call: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      undo: { type: "boolean", default: false },
      force: { type: "boolean", default: false },
      "env-file": { type: "string" },
    },
  }).values;
