import { Refusal } from "../ui/api.ts";
import type { Trouble } from "./line.ts";

/** What went wrong, and what to do about it, for people. */
export type Complaint = { readonly what: string; readonly advice: string };

const AGAIN = "Go online again.";

export const OFFLINE: Complaint = {
  what: "This device is offline.",
  advice: "Connect it to a network: the softphone comes back by itself.",
};
export const UNREACHABLE: Complaint = {
  what: "Twilio cannot be reached.",
  advice:
    "The softphone keeps trying. If it stays like this, see whether your network lets WebSockets and UDP through.",
};
const TOKEN: Complaint = {
  what: "Twilio does not take the token.",
  advice:
    "TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET must be of the account TWILIO_ACCOUNT_SID, and the clocks must be right.",
};

/** The numbers are Twilio's. */
const KNOWN: Readonly<Record<number, Complaint>> = {
  20101: TOKEN,
  20151: TOKEN,
  20104: { what: "The token has run out.", advice: AGAIN },
  31401: {
    what: "This page may not use the microphone.",
    advice: "Allow it at the left end of the address bar, then call again.",
  },
  31402: {
    what: "The microphone cannot be opened.",
    advice: "Plug one in, choose another one, or close the program that uses it, then call again.",
  },
  31404: { what: "Nobody is there to take this call.", advice: "See that TWILIO_TWIML_APP_SID is right." },
  31480: { what: "The gateway did not take the call.", advice: "Try again in a moment." },
  31486: { what: "The gateway is busy.", advice: "Try again in a moment." },
  31603: { what: "The call was turned down.", advice: "Try again in a moment." },
  53405: {
    what: "The sound found no way to Twilio.",
    advice: "See whether your network lets UDP through, then call again.",
  },
};

/** What the SDK says when its socket breaks or none can be opened. */
const isNetwork = (code: number): boolean => [31000, 31005, 31009].includes(code) || (code >= 53000 && code < 53100);

/** Of the line itself; `undefined` where it tries again by itself, which is told otherwise. */
export function lineComplaint({ code, message }: Trouble): Complaint | undefined {
  if (isNetwork(code)) return undefined;
  return KNOWN[code] ?? { what: `The line failed: ${message} (${code}).`, advice: AGAIN };
}

/** `error`: with Twilio's number, if it has one. */
export function callComplaint(error: unknown): Complaint {
  const { code = 0 } = error as Partial<Trouble>;
  const known = KNOWN[code];
  if (known) return known;
  if (isNetwork(code)) return { what: "The call was cut off.", advice: "Look at your network, then call again." };
  return { what: `The call failed: ${messageOf(error)}`, advice: "Try again in a moment." };
}

/** Of what stands in the way of going online. */
export function openingComplaint(error: unknown): Complaint {
  const message = messageOf(error);
  const status = error instanceof Refusal ? error.status : undefined;
  if (status === 0)
    return { what: "The gateway cannot be reached.", advice: "It may be restarting. Try again in a moment." };
  if (status === 401) return { what: "You are not logged in any more.", advice: "Reload the page and log in." };
  if (status === 403)
    return {
      what: "Your key may not make calls.",
      advice: "Log out, and in again with a key that has the scope control.",
    };
  if (status === 503)
    return {
      what: "The gateway is not set up for softphones.",
      advice: `It says: ${message}. Set these and start it again, or try it without Twilio: npm run demo:softphone.`,
    };
  return { what: `Going online failed: ${message}`, advice: "Try again in a moment." };
}

/** Errors of the SDK's are not all of them `Error`s. */
const messageOf = (error: unknown): string => (error as Partial<Trouble>).message ?? String(error);
