import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { systemClock } from "../../src/kit/clock.ts";
import { isLoopback } from "../../src/kit/loopback.ts";
import { isPublicAddress } from "../../src/kit/public-url.ts";
import { openSocket } from "../../src/kit/socket.ts";
import { networkTrouble } from "../phone/refusal.ts";
import type { Tell } from "./finding.ts";
import { type Listening, whoAnswers } from "./gateway.ts";

/** Does what carriers are told lead to what listens here? */
export async function checkPublicUrl(
  publicUrl: string | undefined,
  here: Listening | undefined,
  tell: Tell,
): Promise<void> {
  if (publicUrl === undefined) return tell.warn("is not set: no carrier can reach the gateway", tunnel(here));
  const addresses = await resolved(new URL(publicUrl).hostname, tell);
  if (!addresses) return;
  const wrong = addresses.filter((address) => !isLoopback(address) && !isPublicAddress(address));
  if (wrong.length > 0) {
    return tell.fail(
      `${publicUrl} leads to ${wrong.join(", ")}, which the internet does not reach`,
      `Carriers come from the internet: use a public name. ${tunnel(here)}`,
    );
  }
  if (addresses.every(isLoopback))
    tell.warn(`${publicUrl} is this machine only: no carrier can reach it`, tunnel(here));
  if (!here) return tell.warn(`${publicUrl} was not tried: nothing of ours listens for it here`, "Mend that first.");
  if (await reaches(publicUrl, here, tell)) await passesSockets(publicUrl, tell);
}

async function resolved(host: string, tell: Tell): Promise<readonly string[] | undefined> {
  const bare = host.replace(/^\[|\]$/g, "");
  try {
    return isIP(bare) ? [bare] : (await lookup(bare, { all: true })).map(({ address }) => address);
  } catch (error) {
    const { found } = networkTrouble(error);
    tell.fail(
      `${host} cannot be found: ${found}`,
      "Correct PUBLIC_URL, or make a DNS record for it; a new record takes some minutes, and a tunnel's name lives as long as the tunnel.",
    );
    return undefined;
  }
}

async function reaches(publicUrl: string, here: Listening, tell: Tell): Promise<boolean> {
  try {
    const who = await whoAnswers(publicUrl);
    if ("status" in who) {
      tell.fail(
        `${publicUrl}/healthz is answered with HTTP ${who.status}, and not by this gateway`,
        strangerTodo(who.status, here),
      );
      return false;
    }
    if (who.instance === here.instance) {
      tell.ok(`${publicUrl} leads here, to ${here.origin}`);
      return true;
    }
    tell.warn(
      `${publicUrl} leads to a gateway, but not to the one at ${here.origin}`,
      "Right if several share the address; otherwise let tunnel or proxy lead here.",
    );
    return true;
  } catch (error) {
    const { found, todo } = networkTrouble(error);
    tell.fail(
      `${publicUrl} cannot be reached: ${found}`,
      `${todo} If it is a tunnel, see that it runs and leads to ${here.origin}.`,
    );
    return false;
  }
}

function strangerTodo(status: number, here: Listening): string {
  if (status === 502 || status === 503 || status === 504 || status === 530)
    return `The tunnel or proxy is up, but finds nothing behind it: let it lead to ${here.origin}.`;
  if (status >= 300 && status < 400)
    return "It redirects: set PUBLIC_URL to where it redirects to, for carriers' signatures are made over the exact address.";
  if (status === 401 || status === 403)
    return "A login or a firewall stands before it: carriers cannot log in there, so let requests through to the gateway.";
  return `Another program has this name: let tunnel or proxy lead to ${here.origin}.`;
}

/** A gateway refuses a media socket without a ticket with 401; a proxy that knows no WebSockets says something else, or nothing. */
async function passesSockets(publicUrl: string, tell: Tell): Promise<void> {
  const url = `${publicUrl.replace(/^http/, "ws")}/twilio/media/doctor`;
  const status = await new Promise<number | undefined>((resolve) => {
    openSocket(url, {}, { onText: () => undefined, onEnd: (end) => resolve(end.status) }, systemClock);
  });
  if (status === 401) return tell.ok("WebSockets pass through it");
  tell.fail(
    `WebSockets do not pass through it (${status === undefined ? "no answer" : `HTTP ${status}`})`,
    "Let the proxy pass the headers Upgrade and Connection (nginx: proxy_http_version 1.1 and proxy_set_header): audio comes over WebSockets.",
  );
}

const tunnel = (here: Listening | undefined): string =>
  `In development a tunnel gives a public address: cloudflared tunnel --url ${here?.origin ?? "http://127.0.0.1:3000"} (or ngrok http); put the https address it prints into PUBLIC_URL.`;
