import type { FastifyRequest } from "fastify";
import { isLoopback } from "../kit/loopback.ts";

/** What a page needs beyond its own origin; others get nothing. */
export type PageNeeds = {
  /** Whose pages may show it in a frame. */
  readonly shownBy?: readonly string[];
  /** What it shows in frames. */
  readonly frames?: readonly string[];
  /** What it connects to. */
  readonly connects?: readonly string[];
};

/**
 * What browsers are told to hold a page to: nothing inline, nothing evaluated, and nothing from elsewhere but what it needs. The
 * console has the microphone for the telephone that it frames.
 */
export function pageHeaders(
  { shownBy = [], frames = [], connects = [] }: PageNeeds,
  request: FastifyRequest,
  publicUrl: string,
): Readonly<Record<string, string>> {
  const policy = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "media-src": ["'self'"],
    "worker-src": ["'self'"],
    "connect-src": ["'self'", ...ownSockets(request, publicUrl), ...connects],
    "frame-src": frames,
    "base-uri": [],
    "form-action": [],
    "frame-ancestors": shownBy,
  };
  return {
    "content-security-policy": Object.entries(policy)
      .map(([name, sources]) => `${name} ${sources.join(" ") || "'none'"}`)
      .join("; "),
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
  };
}

/** Not every browser's `'self'` has the sockets in it. A person at this machine may use any of its names. */
function ownSockets({ protocol, headers }: FastifyRequest, publicUrl: string): readonly string[] {
  const here = `${protocol}://${headers.host}`;
  const isHere = URL.canParse(here) && isLoopback(new URL(here).hostname);
  const origins = [publicUrl, isHere ? new URL(here).origin : ""].filter((origin) => origin !== "");
  return [...new Set(origins)].map((origin) => origin.replace(/^http/, "ws"));
}
