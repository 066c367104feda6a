import type { FastifyInstance } from "fastify";
import { requireScope } from "./access.ts";
import type { Site } from "./site.ts";

/** A database that is down is survived by journal and backlog, until the backlog holds this many entries. */
const BACKLOG_LIMIT = 10_000;
const PING_EVERY_MS = 2_000;

/**
 * `/healthz`: the process lives. `/readyz`: it takes new calls: 503 while draining, or when too much waits for the database;
 * a database that is merely down is said, and calls go on. `/metrics`: for Prometheus.
 */
export function healthRoutes(app: FastifyInstance, site: Site): void {
  const { parts, calls } = site;
  let pingedAt: number | undefined;
  let database: "unknown" | "up" | "down" = "unknown";

  /** Looked at in the background, at most every two seconds: a health check must not wait, nor be a way to load the database. */
  const look = (): void => {
    const now = parts.clock.now();
    if (pingedAt !== undefined && now - pingedAt < PING_EVERY_MS) return;
    pingedAt = now;
    parts.store.ping().then(
      () => {
        database = "up";
      },
      () => {
        database = "down";
      },
    );
  };

  app.get("/healthz", async () => ({ status: "ok" }));

  app.get("/readyz", async (_request, reply) => {
    look();
    const backlog = parts.books.backlog;
    const status = calls.draining ? "draining" : backlog > BACKLOG_LIMIT ? "backlogged" : "ready";
    if (status !== "ready") reply.code(503).header("retry-after", "30");
    return { status, database, backlog, liveCalls: calls.size };
  });

  app.get("/metrics", { onRequest: requireScope(parts, "read") }, async (_request, reply) => {
    parts.meter.gauge("live_calls", calls.size);
    parts.meter.gauge("books_backlog", parts.books.backlog);
    const { contentType, body } = await parts.meter.read();
    return reply.header("content-type", contentType).send(body);
  });
}
