import { WebSocket } from "ws";
import type { Clock } from "../../kit/clock.ts";

/** Where the gateway really listens, and what it calls itself. Carriers know the second; twins reach the first. */
export type Reach = { readonly baseUrl: string; readonly publicUrl: string };

export type HttpAnswer = { readonly status: number; readonly contentType: string; readonly body: string };

/** Twilio's patience with a webhook. */
const WEBHOOK_MS = 15_000;
/** Exotel's patience with an upgrade; Twilio's is not published. */
const UPGRADE_MS = 10_000;

/** The same path on the address where the gateway listens; an address of somebody else's is left alone. */
export function reachable(url: string, { baseUrl, publicUrl }: Reach): string {
  for (const own of [publicUrl, publicUrl.replace(/^http/, "ws")]) {
    const base = own.startsWith("ws") ? baseUrl.replace(/^http/, "ws") : baseUrl;
    if (url === own || url.startsWith(`${own}/`)) return base + url.slice(own.length);
  }
  return url;
}

/** One webhook. Status 0 with the reason as body if the gateway could not be reached at all. */
export async function fetchWebhook(
  url: string,
  reach: Reach,
  clock: Clock,
  init: { readonly method: string; readonly headers: Record<string, string>; readonly body?: string | FormData },
): Promise<HttpAnswer> {
  const patience = new AbortController();
  const cancel = clock.after(WEBHOOK_MS, () => patience.abort(new Error(`no answer in ${WEBHOOK_MS} ms`)));
  try {
    const answer = await fetch(reachable(url, reach), { ...init, redirect: "manual", signal: patience.signal });
    const contentType = answer.headers.get("content-type") ?? "";
    return { status: answer.status, contentType, body: await answer.text() };
  } catch (error) {
    // An unreachable gateway is something a telephone company lives with: it is an answer, not an exception.
    return { status: 0, contentType: "", body: String(error) };
  } finally {
    cancel();
  }
}

export type Upgrade =
  | { readonly kind: "open" }
  | { readonly kind: "refused"; readonly status: number; readonly why: string };

/**
 * Opens a media socket. `onOpen` runs before anything the gateway sends can be missed. `url` is as the gateway gave it.
 * A refusal has its HTTP status, or 0 where there was none.
 */
export function upgrade(
  url: string,
  reach: Reach,
  headers: Readonly<Record<string, string>>,
  onOpen: (socket: WebSocket) => void,
): Promise<Upgrade> {
  const options = { headers, perMessageDeflate: false, handshakeTimeout: UPGRADE_MS, closeTimeout: 1000 };
  const socket = new WebSocket(reachable(url, reach), options);
  return new Promise((resolve) => {
    socket.on("open", () => {
      onOpen(socket);
      resolve({ kind: "open" });
    });
    socket.on("unexpected-response", (request, response) => {
      response.resume();
      request.destroy();
      resolve({ kind: "refused", status: response.statusCode ?? 0, why: response.statusMessage ?? "" });
    });
    // After `open`, the close event tells what there is to tell.
    socket.on("error", (error) => resolve({ kind: "refused", status: 0, why: error.message }));
  });
}

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

/** A media URL whose last path segment is a ticket that nobody gave out. */
export const withWrongTicket = (url: string): string =>
  url.replace(/[^/?]+(?=$|\?)/, (ticket) => [...ticket].reverse().join("x"));

/** The clock of a twin that lives `speed` times as fast as the clock it was given. */
export function spedUp(clock: Clock, speed: number): Clock {
  if (speed === 1) return clock;
  return {
    now: () => clock.now() * speed,
    wall: () => clock.wall(),
    after: (ms, then) => clock.after(ms / speed, then),
    sleep: (ms, signal) => clock.sleep(ms / speed, signal),
  };
}
