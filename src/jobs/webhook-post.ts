import http from "node:http";
import https from "node:https";
import type { Clock } from "../kit/clock.ts";
import { ProviderError } from "../kit/provider-error.ts";
import { publicLookup, type UrlRules, urlComplaint } from "../kit/public-url.ts";

/** What a receiver said: its body is not read. */
export type WebhookAnswer = { readonly status: number; readonly retryAfter?: string };

/**
 * Posts JSON to a customer's URL. Rejects when there was no answer, or the URL leads to where it may not: with a message that says
 * why, and with `ProviderError` that is not retryable where another try would be refused the same.
 */
export type PostWebhook = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<WebhookAnswer>;

const TIMEOUT_MS = 10_000;
/** A receiver that has answered may finish its sentence, up to this. */
const BODY_LIMIT_BYTES = 64 * 1024;

/** `lookup`: for tests. Redirects are answers like any other: they are not followed. */
export function webhookPost(clock: Clock, rules: UrlRules, lookup = publicLookup(rules)): PostWebhook {
  return async (url, headers, body) => {
    const complaint = urlComplaint(url, rules);
    if (complaint !== undefined) throw new ProviderError("webhook", `the URL ${complaint}`, false);
    const target = new URL(url);
    const request = (target.protocol === "https:" ? https : http).request(target, {
      method: "POST",
      lookup,
      // A shared agent could hand over a connection that another lookup let through.
      agent: false,
      headers: {
        ...headers,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "user-agent": "Durvani",
      },
    });
    return new Promise((resolve, reject) => {
      const giveUp = clock.after(TIMEOUT_MS, () => request.destroy(new Error("no answer within 10 s")));
      request.on("close", giveUp);
      request.on("error", (error) =>
        reject(error.message === "" ? new Error(reasonOf(error), { cause: error }) : error),
      );
      request.on("response", (response) => {
        const retryAfter = response.headers["retry-after"];
        resolve({ status: response.statusCode ?? 0, ...(retryAfter === undefined ? {} : { retryAfter }) });
        let bytes = 0;
        // The answer is known: how its body ends is of no interest.
        response.on("error", () => {});
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > BODY_LIMIT_BYTES) request.destroy();
        });
      });
      request.end(body);
    });
  };
}

/** A name with several addresses, none of which answers, fails with all their errors and no word of its own. */
function reasonOf(error: NodeJS.ErrnoException): string {
  const [first] = error instanceof AggregateError ? error.errors : [];
  return first instanceof Error && first.message !== "" ? first.message : (error.code ?? "the connection failed");
}
