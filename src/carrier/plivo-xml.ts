import type { AfterCall, Answer } from "./carrier.ts";
import { legalXml, newResponse, SORRY, xmlAnswer } from "./xml.ts";

/** What Plivo is told to do: XML of its own vocabulary. */

const xml = (response: { toString(): string }): Answer => xmlAnswer(response, "application/xml");

/**
 * `keepCallAlive`: the stream runs alone, and what follows it comes when it is over (Plivo's docs: Stream). µ-law is asked for: for
 * its other codec Plivo does not say the byte order.
 */
export function streamXml(mediaUrl: string, params: Readonly<Record<string, string>>, origin: string): Answer {
  const response = newResponse();
  const headers = withinLimits(params);
  response
    .addChild("Stream", {
      bidirectional: "true",
      keepCallAlive: "true",
      audioTrack: "inbound",
      contentType: "audio/x-mulaw;rate=8000",
      statusCallbackUrl: `${origin}/plivo/stream-status`,
      statusCallbackMethod: "POST",
      ...(headers !== "" && { extraHeaders: headers }),
    })
    .addText(mediaUrl);
  response.addChild("Redirect", { method: "POST" }).addText(`${origin}/plivo/after-stream`);
  return xml(response);
}

/** Letters and digits only, 512 bytes together (Plivo's docs); what does not fit is left out. */
function withinLimits(params: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(params)
    .map(([name, value]) => `${name}=${value}`)
    .filter((pair) => /^[A-Za-z0-9]+=[A-Za-z0-9]+$/.test(pair));
  return pairs.reduce((text, pair) => {
    const longer = text === "" ? pair : `${text},${pair}`;
    return longer.length <= 512 ? longer : text;
  }, "");
}

export function busyXml(): Answer {
  const response = newResponse();
  response.addChild("Hangup", { reason: "busy" });
  return xml(response);
}

/** A room is an element of its own here, and numbers stand without their plus. No language is named: an unknown one is refused. */
export function afterStreamXml(next: AfterCall): Answer {
  const response = newResponse();
  const apologises = next.kind === "apologise" || next.kind === "client";
  const words = apologises ? SORRY : "words" in next ? next.words?.text : undefined;
  if (words !== undefined) response.addChild("Speak", {}).addText(legalXml(words));
  if (next.kind === "dial") {
    const { number, callerId, ringSeconds } = next;
    const dial = response.addChild("Dial", {
      ...(callerId !== undefined && { callerId: bare(callerId) }),
      ...(ringSeconds !== undefined && { timeout: String(ringSeconds) }),
      ...asking(next),
    });
    dial.addChild("Number", {}).addText(bare(number));
  }
  if (next.kind === "conference") {
    const { room, startsOnEnter, endsOnExit } = next;
    const manners = { startConferenceOnEnter: String(startsOnEnter), endConferenceOnExit: String(endsOnExit) };
    response.addChild("Conference", { ...manners, ...asking(next) }).addText(legalXml(room));
  }
  response.addChild("Hangup", {});
  return xml(response);
}

const bare = (number: string): string => legalXml(number).replace(/^\+/, "");

const asking = ({ nextUrl }: { readonly nextUrl?: string }): Readonly<Record<string, string>> =>
  nextUrl === undefined ? {} : { action: nextUrl, method: "POST" };
