import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import { ProviderError } from "../kit/provider-error.ts";
import { backoffMs } from "../kit/retry.ts";
import type { CallId } from "../record/record.ts";
import type { CallStore, StoredCall, WebhookEvent, WebhookOutbox } from "../store/store.ts";
import type { JobQueue } from "./jobs.ts";
import { webhookBody, webhookHeaders } from "./webhook-message.ts";
import type { PostWebhook, WebhookAnswer } from "./webhook-post.ts";

export type WebhookParts = {
  readonly store: Pick<CallStore, "call">;
  readonly outbox: WebhookOutbox;
  readonly post: PostWebhook;
  /** Each signs; while one takes another's place there are two. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
};

export interface Webhooks {
  /**
   * Tells the customer what is due of this call, in order, until there is no more (`delivered`), the receiver did not take it
   * (`waiting`: what becomes of it is in the books), or at once when as many are told already as may be (`busy`). Rejects when the
   * books do not answer.
   */
  deliver(callId: CallId): Promise<"delivered" | "waiting" | "busy">;
  /** Puts calls of which something is due in line; how many. Rejects when books or queue do not answer. */
  sweep(queue: Pick<JobQueue, "add">): Promise<number>;
}

/** From one to two seconds, doubled each time, up to ten minutes. */
const AGAIN = { firstMs: 2000, capMs: 600_000 };
const GIVE_UP_MS = 24 * 3_600_000;
const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** Of somebody who took an event and was not heard of since, such as a process that died. Longer than a receiver may take. */
const LEASE_MS = 30_000;
/** A worker has eight hands: receivers that do not answer must not tie all of them. */
const AT_ONCE = 4;
const BATCH = 50;

/** Once `signal` aborts, no further event is begun. */
export function customerWebhooks(parts: WebhookParts, signal: AbortSignal): Webhooks {
  const { outbox, clock, meter } = parts;
  let underWay = 0;
  return {
    async deliver(callId) {
      if (underWay >= AT_ONCE) return "busy";
      underWay += 1;
      try {
        while (!signal.aborted) {
          const event = await outbox.claim(callId, clock.wall(), LEASE_MS);
          if (!event) return "delivered";
          if (!(await deliverOne(parts, event))) return "waiting";
        }
        return "waiting";
      } finally {
        underWay -= 1;
      }
    },
    async sweep(queue) {
      if (underWay >= AT_ONCE) return 0;
      const due = await outbox.due(clock.wall(), BATCH);
      meter.gauge("webhook_calls_due", due.length);
      for (const callId of due) await queue.add({ kind: "webhook", callId });
      return due.length;
    },
  };
}

/** Whether what follows in the call may be told: this is delivered, or never will be. */
async function deliverOne(parts: WebhookParts, event: WebhookEvent): Promise<boolean> {
  const { store, outbox, clock, log, meter } = parts;
  const call = await store.call(event.callId);
  if (!call) throw new Error("the books know no such call");
  if (call.erasedAt !== undefined) return true; // Its events are gone with it, this one only was taken before.
  const answer = await send(parts, event, call);
  const about = { event: event.id, attempt: event.attempts };
  if (answer.status >= 200 && answer.status < 300) {
    await outbox.delivered(event, clock.wall());
    meter.count("webhooks_total", { kind: event.kind, outcome: "delivered" });
    return true;
  }
  const waitMs = waitAfter(parts, event, answer);
  if (waitMs === undefined) {
    await outbox.bury(event, clock.wall(), answer.why);
    meter.count("webhooks_total", { kind: event.kind, outcome: "dead" });
    log.error({ ...about, why: answer.why }, "an event was not delivered, and is a dead letter now");
    return true;
  }
  await outbox.retry(event, clock.wall() + waitMs, answer.why);
  meter.count("webhooks_total", { kind: event.kind, outcome: "failed" });
  log.warn({ ...about, why: answer.why, waitMs: Math.round(waitMs) }, "an event was not delivered: it comes again");
  return false;
}

/** `why` it is no delivery, should it be none; `final`: no other try would be one either. */
type Sent = WebhookAnswer & { readonly why: string; readonly final: boolean };

async function send({ post, secrets, clock }: WebhookParts, event: WebhookEvent, call: StoredCall): Promise<Sent> {
  const body = webhookBody(event, call);
  try {
    const answer = await post(event.url, webhookHeaders(event, body, secrets, clock.wall()), body);
    return { ...answer, why: `the receiver answered ${answer.status}`, final: answer.status === 410 };
  } catch (error) {
    const final = error instanceof ProviderError && !error.retryable;
    return { status: 0, why: error instanceof Error ? error.message : String(error), final };
  }
}

/** In ms; `undefined`: it is given up. */
function waitAfter(
  { clock, ids }: WebhookParts,
  { attempts, triedSince }: WebhookEvent,
  { status, retryAfter, final }: Sent,
): number | undefined {
  if (final) return undefined;
  const backoff = backoffMs(attempts - 1, () => ids.chance(), AGAIN);
  const asked = status === 429 || status === 503 ? retryAfterMs(retryAfter, clock.wall()) : 0;
  const waitMs = Math.max(backoff, Math.min(asked, LONGEST_RETRY_AFTER_MS));
  return clock.wall() + waitMs - triedSince > GIVE_UP_MS ? undefined : waitMs;
}

/** Seconds, or a date; 0 for what is neither. */
function retryAfterMs(header: string | undefined, wallMs: number): number {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? 0 : Math.max(date - wallMs, 0);
}
