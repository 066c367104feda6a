import type { BookEntry, CallId, Turn } from "../../src/record/record.ts";

export const T0 = 1_760_000_000_000;

export function callId(name: string): CallId {
  return name as CallId;
}

export function opened(id: CallId): BookEntry {
  return {
    kind: "open",
    opening: {
      id,
      carrier: "twilio",
      carrierCallId: `CA-${id}`,
      from: "+911234567890",
      to: "+918000000001",
      agent: "demo",
      language: "hi-IN",
      openedAt: T0,
    },
  };
}

export function turn(seq: number, more: Partial<Turn> = {}): BookEntry {
  return {
    kind: "turn",
    turn: {
      seq,
      userText: `सवाल ${seq}`,
      agentGenerated: `जवाब ${seq}, पूरा`,
      agentSent: `जवाब ${seq}, पूरा`,
      agentHeard: `जवाब ${seq}`,
      interrupted: true,
      startedMs: seq * 1000.25,
      endedMs: seq * 1000.25 + 700,
      metrics: { sttMs: 120.5, dialogMs: 3, ttsMs: 90, firstAudioMs: 93, userAudioMs: 1400, agentAudioMs: 2100 },
      ...more,
    },
  };
}

export function decision(seq: number, what = "barge-in"): BookEntry {
  return {
    kind: "decision",
    seq,
    decision: {
      atMs: seq * 10,
      what,
      why: "speech began",
      inputs: { spoken: true, ms: 4.5 },
      limits: { "bargeIn.minMs": 200 },
      otherwise: "less than 200 ms of speech",
    },
  };
}

export function closed(detail = "said goodbye"): BookEntry {
  return { kind: "close", closing: { end: { how: "caller-hung-up", detail }, endedAt: T0 + 60_000 } };
}
