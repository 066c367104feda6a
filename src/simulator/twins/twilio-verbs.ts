import type { Clock } from "../../kit/clock.ts";
import type { CallLog } from "./call-log.ts";
import type { HttpAnswer } from "./dial.ts";
import type { LineEnd } from "./line.ts";
import { readTwiml, streamOrder, type TwilioStreamOrder } from "./twilio-answer.ts";
import type { TwilioStatus } from "./twilio-rest-wire.ts";
import type { XmlElement } from "./twiml.ts";

/** A document on its way through its verbs; `url`: where it came from, against which its addresses are read. */
export type Script = { readonly verbs: readonly XmlElement[]; readonly url: string };

/** What verbs can do with a call. */
export interface Actor {
  readonly log: CallLog;
  readonly clock: Clock;
  fetch(url: string, method: string, more?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** Resolves when the stream is over, or the call does something else. */
  connect(order: TwilioStreamOrder, signal: AbortSignal): Promise<LineEnd | "refused">;
  /** Calls somebody and connects the two; resolves when they have parted, or never met. */
  dial(
    number: string,
    how: { readonly callerId: string | undefined; readonly timeoutS: number; readonly signal: AbortSignal },
  ): Promise<{ readonly status: TwilioStatus; readonly callSid: string; readonly durationS: number }>;
  join(
    room: string,
    manners: { readonly startsOnEnter: boolean; readonly endsOnExit: boolean },
    signal: AbortSignal,
  ): Promise<void>;
  end(status: TwilioStatus): void;
}

/** As fast as somebody reads aloud. */
const SAY_MS_PER_CHARACTER = 60;
/** How long a file plays that nobody fetches here. */
const PLAY_MS = 2000;

/** Obeys a document and those that follow from it, until the end of the last or `signal`. The end of a document is a hang-up. */
export async function obey(actor: Actor, first: Script, signal: AbortSignal): Promise<void> {
  let script: Script | undefined = first;
  while (script && !signal.aborted) script = await throughVerbs(actor, script, signal);
  if (!signal.aborted) actor.end("completed");
}

/** Fetches a document; what is none ends the call, as Twilio does after saying that an application error has occurred. */
export async function fetchScript(
  actor: Actor,
  url: string,
  method: string,
  more?: Readonly<Record<string, string>>,
): Promise<Script | undefined> {
  const document = readTwiml(await actor.fetch(url, method, more));
  if (!("code" in document)) return { verbs: document.children, url };
  actor.log.add({ kind: "warning", code: document.code, detail: document.why });
  return undefined;
}

async function throughVerbs(actor: Actor, script: Script, signal: AbortSignal): Promise<Script | undefined> {
  for (const [at, verb] of script.verbs.entries()) {
    const next = await perform(actor, verb, script.verbs[at + 1]?.name ?? "Hangup", script.url, signal);
    if (signal.aborted || next === "gone") return undefined;
    if (next) return next;
  }
  return undefined;
}

/** A document to go on with, `undefined` for the next verb, or `gone` where there is nothing to go on with. */
type Next = Script | "gone" | undefined;

async function perform(
  actor: Actor,
  verb: XmlElement,
  nextVerb: string,
  url: string,
  signal: AbortSignal,
): Promise<Next> {
  const { log } = actor;
  switch (verb.name) {
    case "Say":
      log.add({ kind: "said", words: verb.text });
      return pause(actor, verb.text.length * SAY_MS_PER_CHARACTER, signal);
    case "Play":
      log.add({ kind: "sounded", what: verb.attributes["digits"] ?? verb.text });
      return pause(actor, PLAY_MS, signal);
    case "Pause":
      return pause(actor, Number(verb.attributes["length"] ?? "1") * 1000, signal);
    case "Redirect":
      return (await fetchScript(actor, absolute(verb.text, url), verb.attributes["method"] ?? "POST")) ?? "gone";
    case "Connect":
      return connect(actor, verb, nextVerb, url, signal);
    case "Dial":
      return dial(actor, verb, url, signal);
    case "Reject":
      actor.end(verb.attributes["reason"] === "busy" ? "busy" : "no-answer");
      return "gone";
    case "Hangup":
      return "gone";
    default:
      log.add({ kind: "warning", code: "12200", detail: `<${verb.name}> is not imitated` });
      return undefined;
  }
}

async function pause({ clock }: Actor, ms: number, signal: AbortSignal): Promise<undefined> {
  // Whatever ends the pause early, the caller of this looks at the signal.
  await clock.sleep(ms, signal).catch(() => undefined);
}

async function connect(
  actor: Actor,
  verb: XmlElement,
  nextVerb: string,
  url: string,
  signal: AbortSignal,
): Promise<Next> {
  const stream = verb.children.find(({ name }) => name === "Stream");
  if (!stream?.attributes["url"]) {
    actor.log.add({ kind: "warning", code: "12200", detail: "<Connect> without a <Stream url>" });
    return undefined;
  }
  const order = streamOrder(verb, stream, nextVerb, url);
  const end = await actor.connect(order, signal);
  if (signal.aborted) return "gone";
  // The person has hung up, and no document is obeyed any more.
  if (end !== "refused" && end.by === "caller") return "gone";
  const next = order.action && (await fetchScript(actor, order.action.url, order.action.method));
  actor.log.add({ kind: "after-stream", verb: order.action ? (next?.verbs[0]?.name ?? "Hangup") : nextVerb });
  return order.action ? (next ?? "gone") : undefined;
}

async function dial(actor: Actor, verb: XmlElement, url: string, signal: AbortSignal): Promise<Next> {
  const { action, method = "POST", callerId, timeout = "30" } = verb.attributes;
  const conference = verb.children.find(({ name }) => name === "Conference");
  const how = { callerId, timeoutS: Number(timeout), signal };
  let outcome: Readonly<Record<string, string>> = { DialCallStatus: "completed" };
  if (conference) {
    const { startConferenceOnEnter = "true", endConferenceOnExit = "false" } = conference.attributes;
    const manners = { startsOnEnter: startConferenceOnEnter === "true", endsOnExit: endConferenceOnExit === "true" };
    await actor.join(conference.text, manners, signal);
  } else {
    const { status, callSid, durationS } = await actor.dial(dialled(verb), how);
    outcome = { DialCallStatus: status, DialCallSid: callSid, DialCallDuration: String(durationS) };
  }
  if (signal.aborted) return "gone";
  return action === undefined
    ? undefined
    : ((await fetchScript(actor, absolute(action, url), method, outcome)) ?? "gone");
}

/** A number, or `client:` and the identity of a browser. */
function dialled({ children, text }: XmlElement): string {
  const client = children.find(({ name }) => name === "Client");
  if (client) return `client:${client.children.find(({ name }) => name === "Identity")?.text ?? client.text}`;
  return children.find(({ name }) => name === "Number")?.text ?? text;
}

const absolute = (link: string, url: string): string => new URL(link, url).href;
