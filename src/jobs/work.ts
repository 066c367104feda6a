import type { Ids } from "../kit/ids.ts";
import type { UrlRules } from "../kit/public-url.ts";
import type { WebhookOutbox } from "../store/store.ts";
import { RETENTION_EVERY_MS, type RetentionParts, sweepRetention } from "./retention.ts";
import { type SweepParts, startSweep, sweepAgain } from "./sweep.ts";
import { webhookPost } from "./webhook-post.ts";
import { customerWebhooks } from "./webhooks.ts";
import { startWorker, type WorkerParts } from "./worker.ts";

export type WorkParts = Omit<WorkerParts, "webhooks"> &
  SweepParts &
  RetentionParts & {
    readonly outbox: WebhookOutbox;
    readonly ids: Ids;
    /** None: customers are told nothing. */
    readonly secrets: readonly string[];
    readonly rules: UrlRules;
  };

/** How long an event may wait before somebody looks for it: they are told of calls while these go on. */
const WEBHOOKS_MS = 1000;

/** Works off the queue's jobs, and looks for what is owed and not queued. `stop` ends the looking; the queue's own `close` the work. */
export function startWork(parts: WorkParts): { stop(): Promise<void> } {
  const { clock, secrets, rules, queue } = parts;
  const over = new AbortController();
  const webhooks =
    secrets.length > 0 ? customerWebhooks({ ...parts, post: webhookPost(clock, rules) }, over.signal) : undefined;
  startWorker({ ...parts, webhooks });
  const sweeps = [startSweep(parts, over.signal)];
  if (webhooks) sweeps.push(sweepAgain(() => webhooks.sweep(queue), { ...parts, everyMs: WEBHOOKS_MS }, over.signal));
  sweeps.push(
    sweepAgain(() => sweepRetention(parts, over.signal), { ...parts, everyMs: RETENTION_EVERY_MS }, over.signal),
  );
  return {
    async stop() {
      over.abort(new Error("the work is over"));
      await Promise.all(sweeps);
    },
  };
}
