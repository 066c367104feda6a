import type { FastifyInstance } from "fastify";
import { requireScope } from "./access.ts";
import type { Site } from "./site.ts";

/** A database that is down is survived by journal and backlog, until the backlog holds this many entries. */
const BACKLOG_LIMIT = 10_000;
const PING_EVERY_MS = 2_000;

type Reach = "unknown" | "up" | "down";

const reach = (asked: Promise<unknown>): Promise<Reach> =>
  asked.then(
    () => "up",
    () => "down",
  );

/**
 * `/healthz`: the process lives; `instance` is its own, so that who asks through a tunnel can tell which process answers.
 * `/readyz`: it takes new calls: 503 while draining, or when too much waits for the database; a database or a job queue that
 * is merely down is said, and calls go on. `/metrics`: for Prometheus.
 */
export function healthRoutes(app: FastifyInstance, site: Site): void {
  const { parts, calls } = site;
  let pingedAt: number | undefined;
  let database: Reach = "unknown";
  let queue: Reach = "unknown";
  const instance = parts.ids.id("gateway");

  /** Looked at in the background, at most every two seconds: a health check must not wait, nor be a way to load the database. */
  const look = (): void => {
    const now = parts.clock.now();
    if (pingedAt !== undefined && now - pingedAt < PING_EVERY_MS) return;
    pingedAt = now;
    void reach(parts.store.ping()).then((found) => {
      database = found;
    });
    void reach(parts.jobs.counts()).then((found) => {
      queue = found;
    });
  };

  app.get("/healthz", async () => ({ status: "ok", instance }));

  app.get("/readyz", async (_request, reply) => {
    look();
    const backlog = parts.books.backlog;
    const status = calls.draining ? "draining" : backlog > BACKLOG_LIMIT ? "backlogged" : "ready";
    if (status !== "ready") reply.code(503).header("retry-after", "30");
    return { status, database, queue, backlog, liveCalls: calls.size };
  });

  app.get("/metrics", { onRequest: requireScope(parts, "read") }, async (_request, reply) => {
    parts.meter.gauge("live_calls", calls.size);
    parts.meter.gauge("books_backlog", parts.books.backlog);
    const { contentType, body } = await parts.meter.read();
    return reply.header("content-type", contentType).send(body);
  });
}
