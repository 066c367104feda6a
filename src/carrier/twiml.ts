import type { Answer } from "./carrier.ts";
import { legalXml, newResponse, xmlAnswer } from "./xml.ts";

/** The few instructions that we give Twilio and those who read its TwiML, as documents. */

/**
 * What comes after the stream. `action`: Twilio asks there whenever the stream is over; where it could not be opened, `sorry` is
 * said. `redirect`: for carriers whose `<Connect>` has no action; the next instruction is to ask there, however the stream went.
 */
export type AfterStream =
  | { readonly by: "action"; readonly url: string; readonly sorry: string }
  | { readonly by: "redirect"; readonly url: string };

/** `<Connect><Stream>` with its parameters. `attributes`: those of the stream, its `url` among them. */
export function streamTwiml(stream: {
  readonly attributes: { readonly url: string; readonly [name: string]: string };
  readonly params: Readonly<Record<string, string>>;
  readonly after: AfterStream;
}): Answer {
  const { after } = stream;
  const response = newResponse();
  const connect = response.connect(after.by === "action" ? { action: after.url, method: "POST" } : {});
  const verb = connect.addChild("Stream", stream.attributes);
  for (const parameter of fitting(stream.params)) verb.addChild("Parameter", parameter);
  if (after.by === "action") response.say(legalXml(after.sorry));
  else response.redirect({ method: "POST" }, after.url);
  return xmlAnswer(response);
}

export function rejectTwiml(): Answer {
  const response = newResponse();
  response.reject({ reason: "busy" });
  return xmlAnswer(response);
}

/** `text` is said before. */
export function hangUpTwiml(text?: string): Answer {
  const response = newResponse();
  if (text !== undefined) response.say(legalXml(text));
  response.hangup();
  return xmlAnswer(response);
}

const LONGEST_PARAMETER = 499;

/** Name and value together must stay under 500 characters: values are cut, parameters with a name too long are left out. */
function fitting(
  params: Readonly<Record<string, string>>,
): readonly { readonly name: string; readonly value: string }[] {
  return Object.entries(params)
    .map(([name, value]) => ({ name: legalXml(name), value: legalXml(value) }))
    .filter(({ name }) => name !== "" && name.length < LONGEST_PARAMETER)
    .map(({ name, value }) => ({ name, value: legalXml(value.slice(0, LONGEST_PARAMETER - name.length)) }));
}
