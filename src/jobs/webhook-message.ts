import { createHmac } from "node:crypto";
import type { StoredCall, WebhookEvent } from "../store/store.ts";
import { transcriptOf } from "./transcript.ts";

/**
 * What a customer is told: JSON. Pure: made of facts that no longer change, so that the same event always reads the same. Throws
 * when the books do not hold yet what the event is about.
 */
export function webhookBody(event: WebhookEvent, call: StoredCall): string {
  const { id, kind, createdAt: created } = event;
  return JSON.stringify({ id, kind, created, data: { call: about(call), ...details(event, call) } });
}

function about({ id, carrier, carrierCallId, from, to, agent, language, openedAt }: StoredCall) {
  return { id, carrier, carrierCallId, from, to, agent, language, openedAt };
}

function details({ kind }: WebhookEvent, call: StoredCall): object {
  switch (kind) {
    case "call.started":
      return {};
    case "call.ended":
      return ending(call);
    case "transcript.ready":
      if (!call.transcript) throw new Error("the transcript is not in the books");
      return { transcript: call.transcript };
    case "summary.ready":
      if (!call.summary) throw new Error("the summary is not in the books");
      return { summary: call.summary };
    default: {
      const never: never = kind;
      throw new Error(`unknown kind of event ${JSON.stringify(never)}`);
    }
  }
}

function ending(call: StoredCall): object {
  const { answeredAt, endedAt, end, usage } = call;
  if (endedAt === undefined || !end || !usage) throw new Error("the call is not closed in the books");
  const { durationMs, metrics } = transcriptOf(call);
  return {
    how: end.how,
    detail: end.detail,
    ...(answeredAt === undefined ? {} : { answeredAt }),
    endedAt,
    durationMs,
    turns: metrics.turns,
    interruptions: metrics.interruptions,
    usage: {
      audioInSeconds: usage.streamSeconds,
      audioOutSeconds: usage.spokenMs / 1000,
      charactersSpoken: usage.voices.reduce((sum, { characters }) => sum + characters, 0),
    },
  };
}

/** `t=…,v1=…`: when it was signed, and for each secret the HMAC-SHA256 of time and body, as hex. */
export function webhookHeaders(
  { id }: WebhookEvent,
  body: string,
  secrets: readonly string[],
  wallMs: number,
): Readonly<Record<string, string>> {
  const t = String(Math.floor(wallMs / 1000));
  const signed = secrets.map((secret) => `v1=${createHmac("sha256", secret).update(`${t}.${body}`).digest("hex")}`);
  return {
    "durvani-event-id": id,
    "durvani-timestamp": t,
    "durvani-signature": [`t=${t}`, ...signed].join(","),
  };
}
