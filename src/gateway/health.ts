import { z } from "zod";
import { type Operation, operation } from "./operation.ts";
import type { Site } from "./site.ts";

/** A database that is down is survived by journal and backlog, until the backlog holds this many entries. */
const BACKLOG_LIMIT = 10_000;
const PING_EVERY_MS = 2_000;

const reached = z.enum(["unknown", "up", "down"]);
type Reach = z.infer<typeof reached>;

const readinesses = z.enum(["ready", "draining", "backlogged"]);
type Readiness = z.infer<typeof readinesses>;
const life = z.object({ status: z.literal("ok"), instance: z.string().describe("This process's own") });
const readiness = z.object({
  status: readinesses,
  database: reached,
  queue: reached,
  backlog: z.number().describe("What waits for the database"),
  liveCalls: z.number(),
});

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
export function healthOperations(site: Site): readonly Operation[] {
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

  return [
    operation({
      id: "isAlive",
      method: "GET",
      path: "/healthz",
      scope: undefined,
      summary: "The process lives",
      answer: { description: "It does", schema: life },
      run: async () => ({ status: "ok" as const, instance }),
    }),
    operation({
      id: "isReady",
      method: "GET",
      path: "/readyz",
      scope: undefined,
      summary: "Whether new calls are taken",
      answer: { description: "They are", schema: readiness },
      more: { 503: { description: "They are not, and why", schema: readiness } },
      run: async ({ reply }) => {
        look();
        const backlog = parts.books.backlog;
        const status: Readiness = calls.draining ? "draining" : backlog > BACKLOG_LIMIT ? "backlogged" : "ready";
        if (status !== "ready") reply.code(503).header("retry-after", "30");
        return { status, database, queue, backlog, liveCalls: calls.size };
      },
    }),
    operation({
      id: "readMetrics",
      method: "GET",
      path: "/metrics",
      scope: "read",
      summary: "What is counted and measured, for Prometheus",
      answer: { description: "Prometheus' text format", schema: z.string(), contentType: "text/plain" },
      run: async ({ reply }) => {
        parts.meter.gauge("live_calls", calls.size);
        parts.meter.gauge("books_backlog", parts.books.backlog);
        const { contentType, body } = await parts.meter.read();
        return reply.header("content-type", contentType).send(body);
      },
    }),
  ];
}
