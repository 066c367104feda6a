import { z } from "zod";
import { basic, fetchWebhook, type HttpAnswer, type Upgrade, upgrade, withWrongTicket } from "./dial.ts";
import { authorization, type ExotelRate, type ExotelSession, type ExotelTwinOptions } from "./exotel-session.ts";
import { postExotelStatus } from "./exotel-status.ts";
import { exotelWire } from "./exotel-wire.ts";
import type { Line, LineEnd } from "./line.ts";
import { startTwin, type TwinCall, type TwinOutcome, twinCall } from "./twin.ts";
import { jsonOf } from "./wire.ts";

export type { ExotelTwinOptions } from "./exotel-session.ts";

const ACCOUNT = "durvani-twin1";
const dynamicAnswer = z.strictObject({ url: z.string().startsWith("ws") });

/**
 * Places one call with the gateway as Exotel's Voicebot applet would: dynamic URL, media socket, status callback.
 * Resolves as soon as the stream is up or it is clear that it will not be; look at `outcome`.
 */
export async function dialExotel(options: ExotelTwinOptions): Promise<TwinCall> {
  const session = begin(options);
  const { log, reach } = session;
  log.add({ kind: "ringing" });
  if (options.endpoint === "fixed") {
    const pair = `${encodeURIComponent(options.user)}:${encodeURIComponent(options.password)}`;
    return openStream(session, `${reach.publicUrl.replace(/^http(s?):\/\//, `ws$1://${pair}@`)}/exotel/media`);
  }
  const answer = await askForUrl(session);
  const parsed = dynamicAnswer.safeParse(jsonOf(answer.body));
  if (answer.status === 200 && parsed.success) return openStream(session, parsed.data.url);
  const why = `HTTP ${answer.status} ${answer.body}`;
  const busy = answer.status === 200 || answer.status === 503;
  session.outcome = busy ? { kind: "busy", why } : { kind: "webhook-failed", status: answer.status, why };
  log.add({ kind: "turned-away", why });
  const line = lineFor(session, options.rate ?? 8000);
  line.abandon(why);
  return handle(session, line, postStatus(session, "failed"), () =>
    Promise.reject(new Error("no ticket was ever given out")),
  );
}

/** The callee of a call that Exotel was told to place has answered: its stream is opened at `streamUrl`. */
export function streamExotel(options: ExotelTwinOptions, callSid: string, streamUrl: string): Promise<TwinCall> {
  return openStream(begin(options, callSid), streamUrl);
}

function begin(options: ExotelTwinOptions, callSid?: string): ExotelSession {
  const twin = startTwin(options);
  const own = Buffer.from(twin.ids.secret()).toString("hex").slice(0, 32);
  return {
    ...twin,
    options,
    callSid: callSid ?? own,
    startedMs: twin.clock.now(),
    outcome: { kind: "streaming" },
  };
}

async function askForUrl(session: ExotelSession): Promise<HttpAnswer> {
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

async function openStream(session: ExotelSession, given: string): Promise<TwinCall> {
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

async function afterStream(session: ExotelSession, line: Line): Promise<void> {
  const end: LineEnd = await line.ended;
  session.outcome = { kind: "closed", ...end };
  // The flow goes on with its next applet.
  if (end.by !== "caller") await nextApplet(session);
  await postStatus(session, "completed");
}

const destinations = z.object({
  destination: z.object({ numbers: z.array(z.string().min(1)) }),
  outgoing_phone_number: z.string().optional(),
});

/** A Connect applet asks whom to dial; whoever that is answers and hangs up at once. Without one the flow ends. */
async function nextApplet({ options, callSid, reach, clock, log }: ExotelSession): Promise<void> {
  const { connectAppletUrl, from = "09800000001", to = "08000000002" } = options;
  log.add({ kind: "after-stream", verb: connectAppletUrl === undefined ? "Hangup" : "Connect" });
  if (connectAppletUrl === undefined) return;
  const query = new URLSearchParams({ CallSid: callSid, CallFrom: from, CallTo: to, Direction: "incoming" });
  const headers = { "Exotel-Version": "1.0", ...authorization(options, options.webhookProof ?? "right") };
  const url = `${connectAppletUrl}${connectAppletUrl.includes("?") ? "&" : "?"}${query}`;
  const answer = await fetchWebhook(url, reach, clock, { method: "GET", headers });
  log.add({ kind: "webhook-answered", name: "connect-applet", status: answer.status, body: answer.body });
  const parsed = destinations.safeParse(jsonOf(answer.body));
  if (answer.status !== 200 || !parsed.success) {
    return log.add({ kind: "warning", code: "connect-applet", detail: `HTTP ${answer.status}, nobody to dial` });
  }
  for (const number of parsed.data.destination.numbers) {
    log.add({ kind: "dialled", number, callerId: parsed.data.outgoing_phone_number ?? to });
    log.add({ kind: "dial-ended", number, status: "completed" });
  }
}

/** Userinfo in a URL is how an applet is told its Basic pair; it is sent as a header and not as part of the URL. */
function splitUserinfo(given: string): { readonly url: string; readonly headers: Record<string, string> } {
  const [, scheme, user, password, rest] = /^(wss?:\/\/)([^:@/]+):([^@/]*)@(.*)$/.exec(given) ?? [];
  if (!scheme || !user) return { url: given, headers: {} };
  const pair = basic(decodeURIComponent(user), decodeURIComponent(password ?? ""));
  return { url: `${scheme}${rest}`, headers: { Authorization: pair } };
}

function rateOf(text: string | null): ExotelRate {
  return text === "16000" ? 16000 : text === "24000" ? 24000 : 8000;
}

function lineFor({ line, options }: ExotelSession, rate: ExotelRate): Line {
  return line({
    format: { encoding: "linear16", rate },
    frameMs: options.frameMs ?? 20,
    clearWay: { finishesChunk: true, returnsMarks: options.clearReturnsMarks ?? false },
    flood: options.flood ?? { aheadMs: 5000 },
  });
}

/** Last of all: afterwards nothing is added to the log. */
async function postStatus(session: ExotelSession, status: "completed" | "failed"): Promise<void> {
  if (!session.options.faults?.noStatusCallback) await postExotelStatus(session, status);
  session.log.close();
}

function handle(session: ExotelSession, line: Line, over: Promise<void>, redeemAgain: () => Promise<number>): TwinCall {
  const { callSid, log } = session;
  const outcome = (): TwinOutcome => session.outcome;
  return twinCall(log, line, { callSid, outcome, over, redeemAgain });
}
