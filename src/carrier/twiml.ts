import type { AfterCall, Answer, CarrierWords, HandOver } from "./carrier.ts";
import { legalXml, newResponse, xmlAnswer } from "./xml.ts";

/** The few instructions that we give Twilio and those who read its TwiML, as documents. */

/**
 * What comes after the stream. `action`: Twilio asks there whenever the stream is over; where it could not be opened, `sorry` is
 * said. `redirect`: for carriers whose `<Connect>` has no action; the next instruction is to ask there, however the stream went.
 */
export type AfterStream =
  | { readonly by: "action"; readonly url: string; readonly sorry: string }
  | { readonly by: "redirect"; readonly url: string };

type Response = ReturnType<typeof newResponse>;

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

/** `sorry` is said to whom nobody else has spoken. A hand-over that comes to an end is the end, unless somebody is asked then. */
export function afterStreamTwiml(
  wanted: AfterCall,
  { sorry, handsOver }: { readonly sorry: string; readonly handsOver: readonly HandOver[] },
): Answer {
  const known: readonly AfterCall["kind"][] = ["hang-up", "apologise", ...handsOver];
  const next: AfterCall = known.includes(wanted.kind) ? wanted : { kind: "apologise" };
  const response = newResponse();
  switch (next.kind) {
    case "hang-up":
      break;
    case "apologise":
      say(response, { text: sorry });
      break;
    case "dial":
      dialled(response, next).number(legalXml(next.number));
      break;
    case "client":
      dialled(response, next).client({}, legalXml(next.identity));
      break;
    case "conference": {
      const { room, startsOnEnter, endsOnExit } = next;
      if (next.words) say(response, next.words);
      response
        .dial(asking(next))
        .conference(
          { startConferenceOnEnter: startsOnEnter, endConferenceOnExit: endsOnExit, beep: "false" },
          legalXml(room),
        );
      break;
    }
    default:
      next satisfies never;
  }
  response.hangup();
  return xmlAnswer(response);
}

/** `<Dial>`, for whom to dial to be put in. */
function dialled(response: Response, next: Extract<AfterCall, { kind: "dial" | "client" }>) {
  const { callerId, ringSeconds, words } = next;
  if (words) say(response, words);
  return response.dial({
    ...(callerId !== undefined && { callerId: legalXml(callerId) }),
    ...(ringSeconds !== undefined && { timeout: ringSeconds }),
    ...asking(next),
  });
}

const asking = ({ nextUrl }: { readonly nextUrl?: string }): { readonly action?: string; readonly method?: string } =>
  nextUrl === undefined ? {} : { action: nextUrl, method: "POST" };

function say(response: Response, { text, language }: CarrierWords): void {
  response.addChild("Say", language === undefined ? {} : { language }).addText(legalXml(text));
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
