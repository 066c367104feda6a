import { type Clock, deadline } from "../../src/kit/clock.ts";
import { place } from "../phone/secrets.ts";
import type { Tell } from "./finding.ts";

/** Beyond this, signed requests with a time in them are refused on one side or the other. */
const TOLERABLE_MS = 5000;
/** A Date header counts whole seconds: on average it is half of one behind. */
const HALF_A_SECOND_MS = 500;
const PATIENCE_MS = 5000;

/** Compares this machine's clock with the first of these servers that answers, whatever it answers. */
export async function checkClock(servers: readonly string[], clock: Clock, tell: Tell): Promise<void> {
  if (servers.length === 0)
    return tell.warn("not compared: no server outside is configured", "Set SARVAM_API_KEY first.");
  for (const server of servers) {
    const offsetMs = await offsetTo(server, clock).catch(() => undefined); // The next one may answer.
    if (offsetMs === undefined) continue;
    const seconds = (Math.abs(offsetMs) / 1000).toFixed(1);
    if (Math.abs(offsetMs) <= TOLERABLE_MS) return tell.ok(`${seconds} s from that of ${place(server)}`);
    const found = `this machine's clock is ${seconds} s ${offsetMs > 0 ? "behind" : "ahead of"} that of ${place(server)}`;
    return tell.warn(
      found,
      "Let it be kept right (timedatectl set-ntp true): signatures and tokens hold a time, and are refused otherwise.",
    );
  }
  tell.warn("not compared: no server outside answers", "Check this machine's way out to the internet.");
}

/** How far that server's clock is ahead of ours, in ms, to about half a second. `undefined`: it does not tell. */
async function offsetTo(server: string, clock: Clock): Promise<number | undefined> {
  const askedMs = clock.wall();
  const response = await fetch(server, { method: "HEAD", redirect: "manual", signal: deadline(PATIENCE_MS) });
  const answeredMs = clock.wall();
  const theirs = Date.parse(response.headers.get("date") ?? "");
  return Number.isNaN(theirs) ? undefined : theirs + HALF_A_SECOND_MS - (askedMs + answeredMs) / 2;
}
