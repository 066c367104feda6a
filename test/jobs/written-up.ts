import type { CallId, Turn, WriteUp } from "../../src/record/record.ts";
import type { CallStore, JobKind, StoredCall } from "../../src/store/store.ts";
import { Memory } from "../gateway/memory.ts";

export const id = "call_1" as CallId;
export const ENDED_AT = 1_760_000_060_000;

export const said = (seq: number, userText: string, agentHeard: string): Turn => ({
  seq,
  userText,
  agentGenerated: agentHeard,
  agentSent: agentHeard,
  agentHeard,
  interrupted: false,
  startedMs: seq * 1000,
  metrics: {},
});

/** The books with one call that is over, which take what jobs write as those in a database do. */
export function books(
  turns: readonly Turn[],
  afterCall: WriteUp,
  more: Partial<StoredCall> = {},
  kinds: readonly JobKind[] = ["summary", "translation", "retranscription"],
) {
  const state: { call: StoredCall | undefined; owed: readonly JobKind[]; down: boolean } = {
    call: {
      id,
      carrier: "twilio",
      carrierCallId: "CA1",
      from: "+911",
      to: "+912",
      agent: "demo",
      language: "hi-IN",
      openedAt: ENDED_AT - 60_000,
      answeredAt: ENDED_AT - 50_000,
      status: "ended",
      endedAt: ENDED_AT,
      end: { how: "caller-hung-up", detail: "" },
      turns,
      decisions: [],
      afterCall,
      ...more,
    },
    owed: kinds,
    down: false,
  };
  const write = (found: Partial<StoredCall>, done?: JobKind): void => {
    if (state.down) throw new Error("the database is down");
    if (state.call) state.call = { ...state.call, ...found };
    state.owed = state.owed.filter((kind) => kind !== done);
  };
  const store: CallStore = {
    ...new Memory().parts().store,
    call: async () => state.call,
    owedBy: async () => state.owed,
    finishSummary: async (summary) => write({ summary }, "summary"),
    writeTranslation: async (translation) => write({ translation }, translation.complete ? "translation" : undefined),
    writeRetranscription: async (retranscription) =>
      write({ retranscription }, retranscription.kind === "asked" ? undefined : "retranscription"),
  };
  return { state, store };
}
