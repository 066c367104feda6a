import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import type { Clock } from "../../kit/clock.ts";
import { ProviderError } from "../../kit/provider-error.ts";
import { publicLookup, type UrlRules, urlComplaint } from "../../kit/public-url.ts";

export type CustomerRequest = {
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From the first byte sent to the last one read. */
  readonly timeoutMs: number;
  readonly limitBytes: number;
};

export type CustomerAnswer = {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly location: string | undefined;
  readonly body: Buffer;
};

/** `lookup`: for tests. */
export type Reach = { readonly clock: Clock; readonly rules: UrlRules; readonly lookup?: LookupFunction };

const failed = (message: string, retryable: boolean, cause?: unknown): ProviderError =>
  new ProviderError("relay", message, retryable, cause);

/**
 * Asks a server that a customer named. Redirects are answers like any other. Rejects with `ProviderError` when there is no whole
 * answer in time, when it is too long, and when the URL leads to where it may not; with the signal's reason when it aborts.
 */
export function askCustomer(
  { clock, rules, lookup = publicLookup(rules) }: Reach,
  url: string,
  { method, headers = {}, body, timeoutMs, limitBytes }: CustomerRequest,
  signal: AbortSignal,
): Promise<CustomerAnswer> {
  const complaint = urlComplaint(url, rules);
  if (complaint !== undefined) return Promise.reject(failed(`the URL ${complaint}`, false));
  const target = new URL(url);
  return new Promise((resolve, reject) => {
    // A shared agent could hand over a connection that another lookup let through.
    const request = (target.protocol === "https:" ? https : http).request(target, {
      ...{ method, lookup, agent: false, signal },
      headers: { ...headers, "user-agent": "Durvani" },
    });
    // What the request itself makes of being given up says nothing of why.
    const giveUp = (why: ProviderError): void => {
      reject(why);
      request.destroy();
    };
    const late = failed(`no whole answer within ${timeoutMs} ms`, true);
    request.on(
      "close",
      clock.after(timeoutMs, () => giveUp(late)),
    );
    const fail = (error: Error): void =>
      reject(signal.aborted ? signal.reason : failed(`the connection failed: ${error.message}`, true, error));
    request.on("error", fail);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("error", fail);
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > limitBytes) giveUp(failed(`the answer is longer than ${limitBytes} bytes`, false));
      });
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers["content-type"],
          location: response.headers.location,
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.end(body);
  });
}
