import type { HttpAnswer } from "./dial.ts";
import { parseTwiml, type XmlElement } from "./twiml.ts";

export type TwilioStreamOrder = {
  readonly kind: "stream";
  /** As written in the TwiML: what the upgrade is signed over. */
  readonly url: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly status?: { readonly url: string; readonly method: string; readonly name: string };
  readonly action?: { readonly url: string; readonly method: string };
  /** The verb behind `</Connect>`, or `Hangup`, which is what the end of the document means. */
  readonly nextVerb: string;
  /** What Twilio's debugger would say of it. */
  readonly complaints: readonly { readonly code: string; readonly detail: string }[];
};

export type TwilioOrder =
  | TwilioStreamOrder
  | { readonly kind: "reject"; readonly reason: string }
  | { readonly kind: "nothing"; readonly code: string; readonly why: string };

/** Reads the answer to `/twilio/voice` as Twilio would; `voiceUrl` resolves relative addresses. */
export function readVoiceAnswer(answer: HttpAnswer, voiceUrl: string): TwilioOrder {
  const document = readTwiml(answer);
  if ("why" in document) return { kind: "nothing", ...document };
  const [verb, next] = document.children;
  if (verb?.name === "Reject") return { kind: "reject", reason: verb.attributes["reason"] ?? "rejected" };
  const stream = verb?.name === "Connect" ? verb.children.find(({ name }) => name === "Stream") : undefined;
  if (!verb || !stream?.attributes["url"]) {
    return { kind: "nothing", code: "12200", why: `no <Connect><Stream url> but <${verb?.name}>` };
  }
  return streamOrder(verb, stream, next?.name ?? "Hangup", voiceUrl);
}

/** The document of an answer, or what Twilio's debugger would say of it. */
export function readTwiml(answer: HttpAnswer): XmlElement | { readonly code: string; readonly why: string } {
  if (answer.status !== 200) return { code: "11200", why: `HTTP ${answer.status}` };
  if (!/^(text|application)\/xml\b/.test(answer.contentType)) {
    return { code: "12300", why: `content type ${answer.contentType}` };
  }
  const document = parsed(answer.body);
  return "why" in document ? { code: "12100", why: document.why } : document;
}

/** The verb with which an answer begins; an empty answer hangs up. */
export function firstVerb(answer: HttpAnswer): string {
  if (answer.status !== 200) return `HTTP ${answer.status}`;
  const document = parsed(answer.body);
  return "why" in document ? document.why : (document.children[0]?.name ?? "Hangup");
}

function parsed(xml: string): XmlElement | { readonly why: string } {
  try {
    return parseTwiml(xml);
  } catch (error) {
    // Bad XML is the gateway's fault and a finding, not a failure of the twin.
    return { why: String(error) };
  }
}

/** `<Connect><Stream>`, in a document that came from `voiceUrl`. */
export function streamOrder(
  connect: XmlElement,
  stream: XmlElement,
  nextVerb: string,
  voiceUrl: string,
): TwilioStreamOrder {
  const { action, method = "POST" } = connect.attributes;
  const { url = "", statusCallback, statusCallbackMethod = "POST", name = "" } = stream.attributes;
  const absolute = (link: string): string => (/^\w+:/.test(link) ? link : new URL(link, voiceUrl).href);
  const complaints: { code: string; detail: string }[] = [];
  const secure = url.startsWith("wss://") || (url.startsWith("ws://") && voiceUrl.startsWith("http://"));
  if (!secure) complaints.push({ code: "31922", detail: `${url} is not wss` });
  if (url.includes("?")) complaints.push({ code: "31920", detail: "the query string is dropped" });
  const parameters = stream.children.filter((child) => child.name === "Parameter");
  return {
    kind: "stream",
    url: url.split("?")[0] ?? url,
    parameters: Object.fromEntries(parameters.map(({ attributes: a }) => [a["name"] ?? "", a["value"] ?? ""])),
    ...(statusCallback && { status: { url: absolute(statusCallback), method: statusCallbackMethod, name } }),
    ...(action && { action: { url: absolute(action), method } }),
    nextVerb,
    complaints,
  };
}
