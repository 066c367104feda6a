import type { Line, LineEnd } from "./line.ts";
import { firstVerb, readVoiceAnswer, type TwilioStreamOrder } from "./twilio-answer.ts";
import { openTwilioStream, TWILIO_LINE } from "./twilio-stream.ts";
import { type Proof, type TwilioCallFacts, twilioWebhooks } from "./twilio-webhooks.ts";
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
    phone: twin.line({ ...TWILIO_LINE, frameMs: options.frameMs ?? 20 }),
    webhooks: twilioWebhooks({ ...twin, auth, facts: { ...ids, from, to, fields } }),
    startedMs: twin.clock.now(),
    outcome: { kind: "streaming" },
  };
}

async function openStream(session: Session, order: TwilioStreamOrder): Promise<TwinCall> {
  const { options } = session;
  const { refused, ended, redeemAgain } = await openTwilioStream(
    {
      ...session,
      authToken: options.authToken,
      signUpgrade: options.signUpgrade ?? "right",
      wrongTicket: options.faults?.wrongTicket ?? false,
    },
    order,
  );
  if (refused !== undefined) session.outcome = { kind: "upgrade-refused", status: refused };
  void session.phone.ended.then((end) => {
    session.outcome = { kind: "closed", ...end };
  });
  const over = ended.then((end) => afterStream(session, order, end));
  return handle(session, over, redeemAgain);
}

async function afterStream(session: Session, order: TwilioStreamOrder, end: LineEnd | "refused"): Promise<void> {
  const { log, webhooks } = session;
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
