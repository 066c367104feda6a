import twilio from "twilio";
import { deadline } from "../../src/kit/clock.ts";
import { networkTrouble } from "./refusal.ts";

const TIMEOUT_MS = 10_000;

/** What a gateway makes of a carrier's request: `why` reads after "the gateway". */
export type Admission = { readonly ok: boolean; readonly why: string; readonly todo: string };

export type Door = {
  /** Where the request is sent. */
  readonly origin: string;
  /** The gateway's PUBLIC_URL, which Twilio's signatures are made over. */
  readonly publicUrl: string;
};

/** A request signed as Twilio would, but about no call: admitted, it is answered 400 and leaves nothing behind. */
export function askAsTwilio({ origin, publicUrl }: Door, authToken: string): Promise<Admission> {
  const path = "/twilio/voice";
  const signature = twilio.getExpectedTwilioSignature(authToken, `${publicUrl}${path}`, {});
  return ask(`${origin}${path}`, "POST", { "x-twilio-signature": signature }, "TWILIO_AUTH_TOKEN");
}

/** A request with the pair that Exotel would send, but about no call. */
export function askAsExotel({ origin }: Pick<Door, "origin">, user: string, password: string): Promise<Admission> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return ask(`${origin}/exotel/voicebot`, "GET", { authorization }, "EXOTEL_STREAM_USER and EXOTEL_STREAM_PASSWORD");
}

async function ask(
  url: string,
  method: "GET" | "POST",
  headers: Readonly<Record<string, string>>,
  variables: string,
): Promise<Admission> {
  const form = method === "POST" ? { body: new URLSearchParams() } : {};
  try {
    const response = await fetch(url, { method, headers, redirect: "manual", signal: deadline(TIMEOUT_MS), ...form });
    await response.body?.cancel();
    return verdict(response.status, variables);
  } catch (error) {
    const { found, todo } = networkTrouble(error);
    return { ok: false, why: `cannot be asked: ${found}`, todo };
  }
}

function verdict(status: number, variables: string): Admission {
  if (status === 400) return { ok: true, why: "takes requests with these credentials", todo: "" };
  const restart = `Start the gateway again with the same .env: it was started with another ${variables} or PUBLIC_URL.`;
  if (status === 401) return { ok: false, why: "refuses these credentials (HTTP 401)", todo: restart };
  if (status === 503) return { ok: false, why: "has no credentials for this carrier (HTTP 503)", todo: restart };
  return {
    ok: false,
    why: `answers HTTP ${status}`,
    todo: "Something else answers there: look where PUBLIC_URL leads.",
  };
}
