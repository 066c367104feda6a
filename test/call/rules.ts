import { POLICY, type Rules } from "../../src/call/rules.ts";
import type { AgentProfile } from "../../src/dialog/dialog.ts";

export const RULES: Rules = {
  greeting: "Namaste, how can I help?",
  phrases: {
    stillThere: ["Are you there?", "Can you hear me?"],
    goodbye: "Goodbye then.",
    tooLong: "Our time is up.",
    sayAgain: "Please say that again.",
    oneMoment: "One moment.",
  },
  limits: { maxDurationMs: 600_000, silenceMs: 8000 },
  policy: POLICY,
};

export const agentWith = (dialog: AgentProfile["dialog"], more: Partial<AgentProfile> = {}): AgentProfile => ({
  ...RULES,
  name: "test",
  language: "en-IN",
  listensFor: "unknown",
  voice: { language: "en-IN", model: "bulbul:v3", speaker: "shubh" },
  dialog,
  ...more,
});
