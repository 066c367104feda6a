import type { SDKError } from "../client/client.ts";

/** What went wrong, and what to do about it, for people. */
export type Complaint = { readonly what: string; readonly advice: string };

const AGAIN = "Try again in a moment.";
const NO_WAY_IN: Complaint = {
  what: "The gateway cannot be reached.",
  advice: "It may be restarting, or something on the way stops it. Try again in a moment.",
};

const KNOWN: Readonly<Record<string, Complaint>> = {
  microphone_denied: {
    what: "This page may not use the microphone.",
    advice: "Allow it at the left end of the address bar, then call again. Or write instead.",
  },
  microphone_missing: {
    what: "No microphone is found.",
    advice: "Plug one in, or choose another one in the settings, then call again. Or write instead.",
  },
  microphone_busy: {
    what: "The microphone does not answer.",
    advice: "Another program may be using it: close that, or choose another microphone, then call again.",
  },
  microphone_failed: {
    what: "The microphone cannot be opened.",
    advice: "Choose another one in the settings, then call again. Or write instead.",
  },
  speaker_missing: {
    what: "The chosen speaker is not there any more.",
    advice: "Plug it in, or choose another one in the settings, then call again.",
  },
  insecure_page: {
    what: "Browsers give the microphone to https pages only.",
    advice: "Open this page by its https address, or at 127.0.0.1 on the gateway's own machine.",
  },
  encoder_failed: {
    what: "This browser cannot encode the sound any more.",
    advice: "Choose another sound in the settings, then call again.",
  },
  unreachable: NO_WAY_IN,
  connection_failed: NO_WAY_IN,
  connection_lost: {
    what: "The connection was lost, and could not be made again.",
    advice: "Look at your network, then call again.",
  },
  rate_limited: { what: "There were too many calls at once.", advice: "Wait a minute, then call again." },
  unauthorized: { what: "You are not logged in any more.", advice: "Reload the page and log in." },
  forbidden: {
    what: "Your key may not make calls.",
    advice: "Log out, and in again with a key that has the scope control.",
  },
};

const OFFLINE: Complaint = { what: "This device is offline.", advice: "Connect it to a network, then call again." };
const NETWORK = ["unreachable", "connection_failed", "connection_lost"];

/** `online`: as the browser knows it. What has no words of ours is told in the gateway's. */
export function complaintOf({ code, message }: Pick<SDKError, "code" | "message">, online: boolean): Complaint {
  if (!online && NETWORK.includes(code)) return OFFLINE;
  const known = KNOWN[code];
  if (known) return known;
  if (code === "server_error") return { what: `The gateway cannot take this call: ${message}.`, advice: AGAIN };
  return { what: `The call failed: ${message}.`, advice: AGAIN };
}
