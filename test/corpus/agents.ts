import type { AgentEntry } from "../calls/stage.ts";

/** Says the same to whatever it is told. `last`: and then hangs up. */
export function clerk(
  language: string,
  greeting: string,
  answer: string,
  { last = false, ...more }: Partial<AgentEntry> & { readonly last?: boolean } = {},
): AgentEntry {
  const rules = [{ when: ["*"], say: answer, ...(last ? { hangUp: true } : {}) }];
  return { greeting, language, dialog: { kind: "rules", rules, otherwise: answer }, ...more };
}

/** A shop that knows about orders, and when a caller says goodbye. */
export const SHOP: AgentEntry = {
  greeting: "नमस्ते।",
  language: "hi-IN",
  dialog: {
    kind: "rules",
    rules: [
      { when: ["अलविदा"], say: "धन्यवाद, आपका दिन शुभ हो।", hangUp: true },
      { when: ["रुको"], say: "जी, बताइए।" },
      { when: ["ऑर्डर"], say: "आपका ऑर्डर कल हमारे गोदाम से निकल चुका है। वह शाम तक पहुँच जाएगा।" },
    ],
    otherwise: "जी, मैं देखती हूँ।",
  },
};

/** The same in English. */
export const DESK: AgentEntry = {
  greeting: "Hello.",
  language: "en-IN",
  dialog: {
    kind: "rules",
    rules: [
      { when: ["goodbye"], say: "Thank you for calling, goodbye.", hangUp: true },
      { when: ["opening hours"], say: "We are open from nine in the morning. On Sundays we open a little later." },
    ],
    otherwise: "Yes, please go ahead.",
  },
};
