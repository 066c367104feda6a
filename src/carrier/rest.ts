import { deadline } from "../kit/clock.ts";
import { ProviderError } from "../kit/provider-error.ts";

/** What our requests to carriers' REST APIs have in common. Their errors carry the request, and in it the credentials: none is passed on. */

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

/** Failures before a request has left the house. */
const NEVER_SENT: readonly string[] = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
];

export const neverSent = (code: string | undefined): boolean => code !== undefined && NEVER_SENT.includes(code);

/**
 * One request. `twice`: what asking again would do; where it might be done twice, only a request that never left may be tried
 * again. Rejects with `ProviderError` where there is no answer.
 */
export async function ask(
  provider: string,
  url: string,
  request: RequestInit,
  { timeoutMs, twice }: { readonly timeoutMs: number; readonly twice: "is-once" | "is-twice" },
): Promise<{ readonly status: number; readonly body: string }> {
  try {
    const response = await fetch(url, { ...request, redirect: "error", signal: deadline(timeoutMs) });
    return { status: response.status, body: await response.text() };
  } catch (error) {
    const why = error instanceof Error ? error.name : "no answer";
    throw new ProviderError(provider, why, twice === "is-once" || neverSent(codeOf(error)));
  }
}

const codeOf = (error: unknown): string | undefined => {
  const { cause } = error instanceof Error ? error : {};
  return cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
};

/** May an order that must not be carried out twice be given again after this answer? It says that nothing was done. */
export const wasNotDone = (status: number): boolean => status === 429 || status === 503;

/** May a question or an order that can be repeated be asked again after this answer? */
export const isPassing = (status: number): boolean => status >= 500 || status === 429;

/** What a carrier says of its refusal, without the numbers, ids and keys that it may quote. */
export const tellable = (words: string): string =>
  words
    .replace(/(?<![0-9A-Za-z])\+?\d[\d -]{4,}\d(?![0-9A-Za-z])/g, "…")
    .replace(/(?=[A-Za-z]*\d)[0-9A-Za-z]{16,}/g, "…")
    .slice(0, 200);
