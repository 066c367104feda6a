import { upgrade, withWrongTicket } from "./dial.ts";
import type { Line, LineEnd } from "./line.ts";
import { firstVerb, readVoiceAnswer, type TwilioStreamOrder } from "./twilio-answer.ts";
import { type Proof, signatureHeader, type TwilioCallFacts, twilioWebhooks } from "./twilio-webhooks.ts";
import { twilioWire } from "./twilio-wire.ts";
import { type StartedTwin, startTwin, type TwinCall, type TwinOptions, type TwinOutcome, twinCall } from "./twin.ts";

export type TwilioTwinOptions = TwinOptions & {
  readonly authToken: string;
  readonly accountSid?: string;
  readonly method?: "POST" | "GET";
  /** Twilio's inbound frames are 20 ms. */
  readonly frameMs?: number;
  /** How webhooks are signed. */
  readonly signWebhooks?: Proof;
  /** How the upgrade is signed; some accounts report that it never is. */
  readonly signUpgrade?: Proof;
  /** More top-level form fields of the voice webhook. */
  readonly fields?: Readonly<Record<string, string>>;
};

/** Marks return when playback reaches them; `clear` cuts in mid-word and returns every pending one. Ten minutes are buffered. */
const LINE = {
  format: { encoding: "mulaw", rate: 8000 },
  clearWay: { finishesChunk: false, returnsMarks: true },
  flood: { aheadMs: 600_000 },
} as const;

type Session = Omit<StartedTwin, "ids"> & {
  readonly options: TwilioTwinOptions;
  readonly ids: Pick<TwilioCallFacts, "callSid" | "accountSid" | "streamSid">;
  readonly phone: Line;
  readonly webhooks: ReturnType<typeof twilioWebhooks>;
  readonly startedMs: number;
  outcome: TwinOutcome;
};

/**
 * Places one call with the gateway as Twilio would: webhook, media socket, everything after the stream. Resolves as soon
 * as the stream is up or it is clear that it will not be; look at `outcome`.
 */
export async function dialTwilio(options: TwilioTwinOptions): Promise<TwinCall> {
  const session = begin(options);
  const { log, reach, webhooks } = session;
  log.add({ kind: "ringing" });
  const answer = await webhooks.voice(options.method ?? "POST");
  const order = readVoiceAnswer(answer, `${reach.publicUrl}/twilio/voice`);
  if (order.kind === "stream") return openStream(session, order);
  const rejected = order.kind === "reject";
  const why = rejected ? `<Reject reason="${order.reason}"/>` : `${order.code}: ${order.why}`;
  session.outcome = rejected ? { kind: "busy", why } : { kind: "webhook-failed", status: answer.status, why };
  log.add({ kind: "turned-away", why });
  session.phone.abandon(why);
  return handle(session, closeBooks(session, rejected ? "busy" : "failed"), noTicket);
}

function begin(options: TwilioTwinOptions): Session {
  const twin = startTwin(options);
  const hex = (): string => Buffer.from(twin.ids.secret()).toString("hex").slice(0, 32);
  const { accountSid = `AC${"0".repeat(31)}a`, from = "+919800000001", to = "+918000000002", fields = {} } = options;
  const ids = { callSid: `CA${hex()}`, accountSid, streamSid: `MZ${hex()}` };
  const auth = { authToken: options.authToken, proof: options.signWebhooks ?? "right" };
  return {
    ...twin,
    options,
    ids,
    phone: twin.line({ ...LINE, frameMs: options.frameMs ?? 20 }),
    webhooks: twilioWebhooks({ ...twin, auth, facts: { ...ids, from, to, fields } }),
    startedMs: twin.clock.now(),
    outcome: { kind: "streaming" },
  };
}

async function openStream(session: Session, order: TwilioStreamOrder): Promise<TwinCall> {
  const { log, reach, phone, ids, webhooks, options } = session;
  for (const { code, detail } of order.complaints) log.add({ kind: "warning", code, detail });
  const url = options.faults?.wrongTicket ? withWrongTicket(order.url) : order.url;
  const auth = { authToken: options.authToken, proof: options.signUpgrade ?? "right" };
  const headers = { "User-Agent": "Twilio.TmeWs/1.0", ...signatureHeader(auth, url, {}) };
  const redeemAgain = async (): Promise<number> => {
    const again = await upgrade(url, reach, headers, (socket) => socket.close(1000));
    return again.kind === "open" ? 101 : again.status;
  };
  const wire = twilioWire({ ...ids, customParameters: order.parameters });
  const upgraded = await upgrade(url, reach, headers, (socket) => {
    log.add({ kind: "upgraded" });
    phone.attach(socket, wire);
  });
  if (upgraded.kind === "refused") {
    log.add({ kind: "refused", status: upgraded.status, why: upgraded.why });
    log.add({ kind: "warning", code: "31920", detail: `the upgrade was answered with ${upgraded.status}` });
    session.outcome = { kind: "upgrade-refused", status: upgraded.status };
    phone.abandon("the media socket was refused");
    return handle(session, afterStream(session, order, "refused"), redeemAgain);
  }
  const noted = order.status ? webhooks.streamStatus(order.status, "stream-started") : Promise.resolve();
  const over = phone.ended.then(async (end) => {
    session.outcome = { kind: "closed", ...end };
    await noted;
    await afterStream(session, order, end);
  });
  return handle(session, over, redeemAgain);
}

async function afterStream(session: Session, order: TwilioStreamOrder, end: LineEnd | "refused"): Promise<void> {
  const { log, webhooks } = session;
  const error = end === "refused" ? "31920" : end.code === 1006 ? "31921" : undefined;
  if (order.status) await webhooks.streamStatus(order.status, error ? "stream-error" : "stream-stopped", error);
  // A caller who hung up ends the call: what would follow the stream is not run any more.
  if (end === "refused" || end.by !== "caller") {
    const { action } = order;
    const verb = action ? firstVerb(await webhooks.afterStream(action.url, action.method)) : order.nextVerb;
    log.add({ kind: "after-stream", verb });
  }
  await closeBooks(session, "completed");
}

async function closeBooks({ options, webhooks, clock, startedMs, log }: Session, callStatus: string): Promise<void> {
  if (!options.faults?.noStatusCallback) {
    await webhooks.status(callStatus, Math.round((clock.now() - startedMs) / 1000));
  }
  log.close();
}

const noTicket = (): Promise<number> => Promise.reject(new Error("no ticket was ever given out"));

function handle(session: Session, over: Promise<void>, redeemAgain: () => Promise<number>): TwinCall {
  const { callSid } = session.ids;
  const outcome = (): TwinOutcome => session.outcome;
  return twinCall(session.log, session.phone, { callSid, outcome, over, redeemAgain });
}
