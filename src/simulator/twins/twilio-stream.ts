import { upgrade, withWrongTicket } from "./dial.ts";
import type { Line, LineEnd } from "./line.ts";
import type { TwilioStreamOrder } from "./twilio-answer.ts";
import { type Proof, signatureHeader, type TwilioCallFacts, type twilioWebhooks } from "./twilio-webhooks.ts";
import { twilioWire } from "./twilio-wire.ts";
import type { StartedTwin } from "./twin.ts";

/** Marks return when playback reaches them; `clear` cuts in mid-word and returns every pending one. Ten minutes are buffered. */
export const TWILIO_LINE = {
  format: { encoding: "mulaw", rate: 8000 },
  clearWay: { finishesChunk: false, returnsMarks: true },
  flood: { aheadMs: 600_000 },
} as const;

export type TwilioStreamParts = Pick<StartedTwin, "log" | "reach"> & {
  readonly phone: Line;
  readonly ids: Pick<TwilioCallFacts, "callSid" | "accountSid" | "streamSid">;
  readonly webhooks: ReturnType<typeof twilioWebhooks>;
  readonly authToken: string;
  readonly signUpgrade: Proof;
  readonly wrongTicket: boolean;
};

export type TwilioStream = {
  /** The HTTP status of a refused upgrade. */
  readonly refused?: number;
  /** The stream is over, and its status callback knows. */
  readonly ended: Promise<LineEnd | "refused">;
  /** Tries the same ticket again; answers the HTTP status, 101 if let in. */
  readonly redeemAgain: () => Promise<number>;
};

/** Opens the media socket that the TwiML ordered, on this phone. Resolves once it is up or refused. */
export async function openTwilioStream(parts: TwilioStreamParts, order: TwilioStreamOrder): Promise<TwilioStream> {
  const { log, reach, phone, ids, authToken } = parts;
  for (const { code, detail } of order.complaints) log.add({ kind: "warning", code, detail });
  const url = parts.wrongTicket ? withWrongTicket(order.url) : order.url;
  const headers = {
    "User-Agent": "Twilio.TmeWs/1.0",
    ...signatureHeader({ authToken, proof: parts.signUpgrade }, url, {}),
  };
  const redeemAgain = async (): Promise<number> => {
    const again = await upgrade(url, reach, headers, (socket) => socket.close(1000));
    return again.kind === "open" ? 101 : again.status;
  };
  const wire = twilioWire({ ...ids, customParameters: order.parameters });
  const upgraded = await upgrade(url, reach, headers, (socket) => {
    log.add({ kind: "upgraded" });
    phone.attach(socket, wire);
  });
  if (upgraded.kind === "open") return { ended: untilEnd(parts, order), redeemAgain };
  log.add({ kind: "refused", status: upgraded.status, why: upgraded.why });
  log.add({ kind: "warning", code: "31920", detail: `the upgrade was answered with ${upgraded.status}` });
  phone.abandon("the media socket was refused");
  return { refused: upgraded.status, ended: tellEnd(parts, order, "refused"), redeemAgain };
}

async function untilEnd(parts: TwilioStreamParts, order: TwilioStreamOrder): Promise<LineEnd | "refused"> {
  const noted = order.status ? parts.webhooks.streamStatus(order.status, "stream-started") : Promise.resolve();
  const end = await parts.phone.ended;
  await noted;
  return tellEnd(parts, order, end);
}

async function tellEnd(
  { webhooks }: TwilioStreamParts,
  order: TwilioStreamOrder,
  end: LineEnd | "refused",
): Promise<LineEnd | "refused"> {
  const error = end === "refused" ? "31920" : end.code === 1006 ? "31921" : undefined;
  if (order.status) await webhooks.streamStatus(order.status, error ? "stream-error" : "stream-stopped", error);
  return end;
}
