import type { DialogAgent } from "./dialog.ts";
import { splitSentences } from "./sentences.ts";

/** Says back what the caller said last: shows a line, its ear and its mouth without deciding anything. Never hangs up. */
export const echoAgent: DialogAgent = {
  async *reply(history, signal) {
    const last = history.findLast((said) => said.by !== "agent");
    for (const text of splitSentences(last?.text ?? "")) {
      signal.throwIfAborted();
      yield { kind: "text", text };
    }
  },
};
