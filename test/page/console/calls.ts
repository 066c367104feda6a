import type { CallSummary, Turn } from "../../../src/page/ui/told.ts";

/** What the gateway tells of calls, for tests of what the console makes of it. */
export const CALL: CallSummary = {
  id: "call_1",
  carrier: "twilio",
  carrierCallId: "CA1",
  from: "+919845012345",
  to: "+918047182200",
  agent: "clinic",
  language: "hi-IN",
  openedAt: 1_000,
  status: "open",
};

export const turn = (seq: number, more: Partial<Turn> = {}): Turn => ({
  seq,
  userText: "",
  agentGenerated: "",
  agentSent: "",
  agentHeard: "",
  interrupted: false,
  startedMs: seq * 10_000,
  metrics: {},
  ...more,
});
