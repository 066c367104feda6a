import { z } from "zod";
import { basic, fetchWebhook, type HttpAnswer, type Upgrade, upgrade, withWrongTicket } from "./dial.ts";
import { exotelWire } from "./exotel-wire.ts";
import type { Line, LineEnd } from "./line.ts";
import type { Proof } from "./twilio-webhooks.ts";
import { type StartedTwin, startTwin, type TwinCall, type TwinOptions, type TwinOutcome, twinCall } from "./twin.ts";
import { jsonOf } from "./wire.ts";

type Rate = 8000 | 16000 | 24000;

export type ExotelTwinOptions = TwinOptions & {
  readonly user: string;
  readonly password: string;
  /** `dynamic`: the applet asks `/exotel/voicebot` for a URL. `fixed`: it holds `wss://user:password@…/exotel/media`. */
  readonly endpoint?: "dynamic" | "fixed";
  /** The line's rate. Otherwise what `sample-rate` in the socket's URL says, or 8000. */
  readonly rate?: Rate;
  /** Inbound frames: 20 ms were measured, 100 ms are documented. 20 by default. */
  readonly frameMs?: 20 | 100;
  readonly casing?: "snake" | "camel";
  readonly numbers?: "strings" | "numbers";
  readonly webhookProof?: Proof;
  /** What goes with the upgrade: the URL's own userinfo by default, or the right pair, a wrong one, or none. */
  readonly upgradeProof?: Proof;
  /** Whether `clear` sends back the marks of what it dropped; Exotel does not say. */
  readonly clearReturnsMarks?: boolean;
  /** More audio ahead than this is noted as a flood; `hangUpAfterMs` later the carrier hangs up. 5000 and never. */
  readonly flood?: { readonly aheadMs: number; readonly hangUpAfterMs?: number };
  /** At most 3 and 256 characters; added to those in the socket's URL. */
  readonly customParameters?: Readonly<Record<string, string>>;
};

type Session = StartedTwin & {
  readonly options: ExotelTwinOptions;
  readonly callSid: string;
  readonly startedMs: number;
  outcome: TwinOutcome;
};

const ACCOUNT = "durvani-twin1";
const dynamicAnswer = z.strictObject({ url: z.string().startsWith("ws") });

/**
 * Places one call with the gateway as Exotel's Voicebot applet would: dynamic URL, media socket, status callback.
 * Resolves as soon as the stream is up or it is clear that it will not be; look at `outcome`.
 */
export async function dialExotel(options: ExotelTwinOptions): Promise<TwinCall> {
  const twin = startTwin(options);
  const callSid = Buffer.from(twin.ids.secret()).toString("hex").slice(0, 32);
  const session: Session = { ...twin, options, callSid, startedMs: twin.clock.now(), outcome: { kind: "streaming" } };
  twin.log.add({ kind: "ringing" });
  if (options.endpoint === "fixed") {
    const pair = `${encodeURIComponent(options.user)}:${encodeURIComponent(options.password)}`;
    return openStream(session, `${twin.reach.publicUrl.replace(/^http(s?):\/\//, `ws$1://${pair}@`)}/exotel/media`);
  }
  const answer = await askForUrl(session);
  const parsed = dynamicAnswer.safeParse(jsonOf(answer.body));
  if (answer.status === 200 && parsed.success) return openStream(session, parsed.data.url);
  const why = `HTTP ${answer.status} ${answer.body}`;
  const busy = answer.status === 200 || answer.status === 503;
  session.outcome = busy ? { kind: "busy", why } : { kind: "webhook-failed", status: answer.status, why };
  twin.log.add({ kind: "turned-away", why });
  const line = lineFor(session, options.rate ?? 8000);
  line.abandon(why);
  return handle(session, line, postStatus(session, "failed"), () =>
    Promise.reject(new Error("no ticket was ever given out")),
  );
}

async function askForUrl(session: Session): Promise<HttpAnswer> {
  const { options, callSid, clock, reach, log } = session;
  const at = new Date(clock.wall()).toISOString().slice(0, 19).replace("T", " ");
  const { from = "09800000001", to = "08000000002" } = options;
  const query = new URLSearchParams({
    CallSid: callSid,
    CallFrom: from,
    CallTo: to,
    Direction: "incoming",
    CallStatus: "ringing",
    Created: at,
    DialCallDuration: "0",
    StartTime: at,
    EndTime: "1970-01-01 05:30:00",
    CallType: "call-attempt",
    DialWhomNumber: "",
    flow_id: "123456",
    tenant_id: "654321",
    From: from,
    To: to,
    CurrentTime: at,
    digits: "null",
  });
  const headers = authorization(options, options.webhookProof ?? "right");
  const url = `${reach.publicUrl}/exotel/voicebot?${query}`;
  const answer = await fetchWebhook(url, reach, clock, { method: "GET", headers });
  log.add({ kind: "webhook-answered", name: "voicebot", status: answer.status, body: answer.body });
  return answer;
}

function authorization({ user, password }: ExotelTwinOptions, proof: Proof): Record<string, string> {
  if (proof === "none") return {};
  return { Authorization: basic(user, proof === "right" ? password : `${password}-wrong`) };
}

async function openStream(session: Session, given: string): Promise<TwinCall> {
  const { options, log, reach, callSid, ids } = session;
  const { url, headers } = splitUserinfo(options.faults?.wrongTicket ? withWrongTicket(given) : given);
  if (options.upgradeProof) Object.assign(headers, authorization(options, options.upgradeProof));
  if (options.upgradeProof === "none") delete headers["Authorization"];
  const { searchParams } = new URL(url);
  const rate = options.rate ?? rateOf(searchParams.get("sample-rate"));
  searchParams.delete("sample-rate");
  const customParameters = { ...Object.fromEntries(searchParams), ...options.customParameters };
  const line = lineFor(session, rate);
  const { from = "09800000001", to = "08000000002", casing = "snake", numbers = "strings" } = options;
  const call = { callSid, accountSid: ACCOUNT, streamSid: ids.id("es"), from, to, rate, customParameters };
  const wire = exotelWire({ ...call, casing, numbers });
  const open = async (): Promise<Upgrade> =>
    upgrade(url, reach, headers, (socket) => {
      log.add({ kind: "upgraded" });
      line.attach(socket, wire);
    });
  const redeemAgain = async (): Promise<number> => {
    const again = await upgrade(url, reach, headers, (socket) => socket.close(1000));
    return again.kind === "open" ? 101 : again.status;
  };
  let upgraded = await open();
  // Exotel tries once more where no HTTP answer came at all.
  if (upgraded.kind === "refused" && upgraded.status === 0) upgraded = await open();
  if (upgraded.kind === "refused") {
    log.add({ kind: "refused", status: upgraded.status, why: upgraded.why });
    session.outcome = { kind: "upgrade-refused", status: upgraded.status };
    line.abandon("the media socket was refused");
    return handle(session, line, postStatus(session, "failed"), redeemAgain);
  }
  return handle(session, line, afterStream(session, line), redeemAgain);
}

async function afterStream(session: Session, line: Line): Promise<void> {
  const end: LineEnd = await line.ended;
  session.outcome = { kind: "closed", ...end };
  // The flow goes on with its next applet, which in this flow is Hangup.
  if (end.by !== "caller") session.log.add({ kind: "after-stream", verb: "Hangup" });
  await postStatus(session, "completed");
}

/** Userinfo in a URL is how an applet is told its Basic pair; it is sent as a header and not as part of the URL. */
function splitUserinfo(given: string): { readonly url: string; readonly headers: Record<string, string> } {
  const [, scheme, user, password, rest] = /^(wss?:\/\/)([^:@/]+):([^@/]*)@(.*)$/.exec(given) ?? [];
  if (!scheme || !user) return { url: given, headers: {} };
  const pair = basic(decodeURIComponent(user), decodeURIComponent(password ?? ""));
  return { url: `${scheme}${rest}`, headers: { Authorization: pair } };
}

function rateOf(text: string | null): Rate {
  return text === "16000" ? 16000 : text === "24000" ? 24000 : 8000;
}

function lineFor({ line, options }: Session, rate: Rate): Line {
  return line({
    format: { encoding: "linear16", rate },
    frameMs: options.frameMs ?? 20,
    clearWay: { finishesChunk: true, returnsMarks: options.clearReturnsMarks ?? false },
    flood: options.flood ?? { aheadMs: 5000 },
  });
}

/** Multipart, as Exotel posts it in practice, and last of all: afterwards nothing is added to the log. */
async function postStatus(session: Session, status: "completed" | "failed"): Promise<void> {
  const { options, callSid, clock, reach, log, startedMs } = session;
  if (!options.faults?.noStatusCallback) {
    const at = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
    const durationMs = clock.now() - startedMs;
    const fields: Readonly<Record<string, string>> = {
      CallSid: callSid,
      EventType: "terminal",
      Status: status,
      DateCreated: at(clock.wall() - durationMs),
      DateUpdated: at(clock.wall()),
      StartTime: at(clock.wall() - durationMs),
      EndTime: at(clock.wall()),
      To: options.to ?? "08000000002",
      From: options.from ?? "09800000001",
      PhoneNumberSid: options.to ?? "08000000002",
      Direction: "inbound",
      ConversationDuration: String(Math.round(durationMs / 1000)),
      RecordingUrl: "null",
      "Legs[0][OnCallDuration]": String(Math.round(durationMs / 1000)),
      "Legs[0][Status]": status,
    };
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    const headers = authorization(options, options.webhookProof ?? "right");
    const answer = await fetchWebhook(`${reach.publicUrl}/exotel/status`, reach, clock, {
      method: "POST",
      headers,
      body,
    });
    log.add({ kind: "webhook-answered", name: "status", status: answer.status, body: answer.body });
  }
  log.close();
}

function handle(session: Session, line: Line, over: Promise<void>, redeemAgain: () => Promise<number>): TwinCall {
  const { callSid, log } = session;
  const outcome = (): TwinOutcome => session.outcome;
  return twinCall(log, line, { callSid, outcome, over, redeemAgain });
}
