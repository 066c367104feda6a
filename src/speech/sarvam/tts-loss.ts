import { ProviderError } from "../../kit/provider-error.ts";
import { backoffMs } from "../../kit/retry.ts";
import type { SocketEnd } from "../../kit/socket.ts";
import { SOCKETS_MS } from "./tts-patience.ts";

/**
 * What losing a socket means for what is tried next.
 * - `fatal`: the key, the credit, the configuration or a text was refused, and would be again. `lasting`: not the text alone,
 *   so that no other text is worth a try.
 * - `refused`: the socket was not granted; the HTTP stream may be.
 * - `broken`: try again, after at least `leastMs`.
 */
export type Loss =
  | { readonly kind: "fatal"; readonly lasting: boolean; readonly error: ProviderError }
  | { readonly kind: "refused"; readonly error: ProviderError }
  | { readonly kind: "broken"; readonly leastMs: number; readonly error: ProviderError };

export const PROVIDER = "sarvam-tts";

const fatal = (why: string, lasting = true): Loss => ({
  kind: "fatal",
  lasting,
  error: new ProviderError(PROVIDER, why, !lasting),
});
export const broken = (why: string, leastMs = 0): Loss => ({
  kind: "broken",
  leastMs,
  error: new ProviderError(PROVIDER, why, true),
});

/** A provider's words as errors and logs may hold them: without our key, and short, for they may quote what was being spoken. */
export const quoted = (words: string, apiKey: string): string => words.replaceAll(apiKey, "[key]").slice(0, 80);

/** Sarvam writes the reason of 1003 for people: credit gone or key refused on one side, too many at once on the other. */
const HOPELESS = /quota|credit|balance|subscription|invalid.*key/i;
const RATE_WAIT_MS = 1000;

/** The close-code policy. An ordinary close (1000, 1001) is a loss only if audio was awaited; the waiting side decides. */
export function lossOfEnd({ code, reason, status }: SocketEnd, apiKey: string): Loss {
  if (status === 403 || status === 401) return fatal(`the speech socket was refused: HTTP ${status}`);
  if (status !== undefined) {
    return {
      kind: "refused",
      error: new ProviderError(PROVIDER, `the speech socket was refused: HTTP ${status}`, true),
    };
  }
  const why = `the speech socket closed with ${code}${reason && `: ${quoted(reason, apiKey)}`}`;
  if (code >= 4000) return fatal(why);
  if (code === 1003) return HOPELESS.test(reason) ? fatal(why) : broken(why, RATE_WAIT_MS);
  return broken(why);
}

/**
 * An `error` message: 4xx says our request is wrong and stays wrong, but for 408 and 429, which say not now. `proven`: this
 * configuration has spoken before, so it is good and it is this text that was refused.
 */
export function lossOfError(code: number | undefined, message: string, proven: boolean, apiKey: string): Loss {
  const why = `the speech socket answered with error ${code ?? "without code"}: ${quoted(message, apiKey)}`;
  if (code === 429) return HOPELESS.test(message) ? fatal(why) : broken(why, RATE_WAIT_MS);
  if (code === 408 || code === undefined || code < 400 || code > 499) return broken(why);
  return fatal(why, !proven);
}

const MOST_LOSSES = 5;
/** A text that broke off so often after it had begun to sound is not begun again on a socket. */
const MOST_BREAKS = 2;
const PAUSE = { firstMs: 250, capMs: 4000 };

/**
 * What a reply does after losing its socket: wait that many ms and speak on through another one, or give sockets up for this
 * reply. `losses` in a row, this one included; `breaks` of the text that was sounding; `warm`: another socket stands open;
 * `silentMs`: how long nothing has sounded.
 */
export function nextTry(
  loss: Exclude<Loss, { kind: "fatal" }>,
  { losses, breaks, warm, silentMs }: Record<"losses" | "breaks" | "silentMs", number> & { readonly warm: boolean },
  chance: () => number,
): number | "no-more-sockets" {
  if (loss.kind === "refused" && !warm) return "no-more-sockets";
  if (losses > MOST_LOSSES || breaks >= MOST_BREAKS) return "no-more-sockets";
  const leastMs = loss.kind === "broken" ? loss.leastMs : 0;
  const waitMs = Math.max(leastMs, losses === 1 ? 0 : backoffMs(losses - 2, chance, PAUSE));
  return silentMs + waitMs < SOCKETS_MS ? waitMs : "no-more-sockets";
}
