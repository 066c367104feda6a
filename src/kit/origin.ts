import { isLoopback } from "./loopback.ts";

/** Does a page of this origin come from the server at `own`? This machine has several names, and a person at it may use any of them. */
export function isPageOf(origin: string, own: string): boolean {
  if (!URL.canParse(origin) || !URL.canParse(own)) return false;
  const [page, server] = [new URL(origin), new URL(own)];
  const sameHost = page.hostname === server.hostname || (isLoopback(page.hostname) && isLoopback(server.hostname));
  return sameHost && page.protocol === server.protocol && page.port === server.port;
}
