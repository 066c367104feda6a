import library from "twilio";
import type { Answer } from "./carrier.ts";

/** The few instructions that we give Twilio, as TwiML documents. */

const document = (response: { toString(): string }): Answer => ({ contentType: "text/xml", body: response.toString() });

/** `<Connect><Stream>` with its parameters, and what is said where the stream cannot be opened. */
export function streamTwiml(stream: {
  readonly url: string;
  readonly statusCallback: string;
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
  readonly fallbackText: string;
}): Answer {
  const response = new library.twiml.VoiceResponse();
  const verb = response
    .connect({ action: stream.action, method: "POST" })
    .stream({ url: stream.url, statusCallback: stream.statusCallback });
  for (const parameter of fitting(stream.params)) verb.parameter(parameter);
  response.say(legal(stream.fallbackText));
  return document(response);
}

export function rejectTwiml(): Answer {
  const response = new library.twiml.VoiceResponse();
  response.reject({ reason: "busy" });
  return document(response);
}

/** `text` is said before. */
export function hangUpTwiml(text?: string): Answer {
  const response = new library.twiml.VoiceResponse();
  if (text !== undefined) response.say(legal(text));
  response.hangup();
  return document(response);
}

/** Without what XML 1.0 cannot hold: control characters and halves of surrogate pairs. The library only escapes. */
const legal = (text: string): string =>
  text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "");

const LONGEST_PARAMETER = 499;

/** Name and value together must stay under 500 characters: values are cut, parameters with a name too long are left out. */
function fitting(
  params: Readonly<Record<string, string>>,
): readonly { readonly name: string; readonly value: string }[] {
  return Object.entries(params)
    .map(([name, value]) => ({ name: legal(name), value: legal(value) }))
    .filter(({ name }) => name !== "" && name.length < LONGEST_PARAMETER)
    .map(({ name, value }) => ({ name, value: legal(value.slice(0, LONGEST_PARAMETER - name.length)) }));
}
