import { backoffMs } from "../../kit/retry.ts";
import type { SocketEnd } from "../../kit/socket.ts";
import type { SttComplaint } from "./stt-wire.ts";

/**
 * What the end of a connection means. `again`: worth another try, at what pace; `refused`: not at this socket, whatever we
 * do; `hopeless`: at none of them.
 */
export type Verdict =
  | { readonly kind: "again"; readonly pace: "at-once" | "soon" | "slow"; readonly why: string }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "hopeless"; readonly why: string };

const QUOTA = /quota|credits?\b|insufficient.(balance|funds)/i;
const KEY = /api.?key|subscription|unauthor|forbidden|authentic/i;
const REFUSALS = new Set(["invalid_config", "invalid_subscription_key", "model_unavailable"]);

/** `told`: what the server complained of just before. */
export function judgeEnd(end: SocketEnd, told?: SttComplaint): Verdict {
  const why = [
    end.status === undefined ? `closed with ${end.code}` : `refused with HTTP ${end.status}`,
    end.status === undefined ? end.reason : "",
    told ? `${told.code} ${told.message}`.trim() : "",
  ]
    .filter((part) => part !== "")
    .join(": ");
  const complained = told && judgeComplaint(told);
  if (complained && complained.kind !== "again") return { ...complained, why };
  if (end.status !== undefined) return judgeStatus(end.status, why);
  return judgeClose(end, why);
}

/** A complaint that settles the matter by itself, before the server closes; `undefined` if it may go on. */
export function judgeComplaint(complaint: SttComplaint): Verdict | undefined {
  const { code, message, fatal, status } = complaint;
  const why = `${code} ${message}`.trim();
  if (QUOTA.test(why)) return { kind: "hopeless", why };
  if (REFUSALS.has(code) && fatal) return { kind: "refused", why };
  if (!fatal) return undefined;
  if (status !== undefined) return judgeStatus(status, why);
  return KEY.test(why) ? { kind: "refused", why } : { kind: "again", pace: "soon", why };
}

function judgeStatus(status: number, why: string): Verdict {
  // 429 and 408 pass by themselves; so do a server's own troubles. Any other 4xx is about what we asked for.
  const passes = status === 429 || status === 408 || status < 400 || status >= 500;
  return passes ? { kind: "again", pace: "soon", why } : { kind: "refused", why };
}

function judgeClose({ code, reason }: SocketEnd, why: string): Verdict {
  if (code >= 4000) return QUOTA.test(reason) ? { kind: "hopeless", why } : { kind: "refused", why };
  if (code === 1013) return { kind: "again", pace: "soon", why };
  if (code !== 1003) return { kind: "again", pace: "at-once", why };
  if (QUOTA.test(reason)) return { kind: "hopeless", why };
  return KEY.test(reason) ? { kind: "refused", why } : { kind: "again", pace: "slow", why };
}

const CAP_MS = 4000;

/** How long to wait before the next try, after `failures` (from 1) in a row: jittered, so that many calls do not come back as one. */
export function pauseMs(pace: "at-once" | "soon" | "slow", failures: number, chance: () => number): number {
  switch (pace) {
    case "at-once":
      if (failures === 1) return chance() * 100;
      return backoffMs(failures - 2, chance, { firstMs: 250, capMs: CAP_MS });
    case "soon":
      return backoffMs(failures - 1, chance, { firstMs: 250, capMs: CAP_MS });
    case "slow":
      // Never under a second: coming back faster is what this server complained of.
      return backoffMs(failures - 1, chance, { firstMs: 2000, capMs: CAP_MS });
    default:
      return pace satisfies never;
  }
}
