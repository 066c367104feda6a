import { z } from "zod";
import { type Operation, operation } from "./operation.ts";
import { REACHES, Reachable } from "./reach.ts";
import type { Site } from "./site.ts";
import { READINESSES, type Readiness, vitalOperations } from "./vitals.ts";

/** A database that is down is survived by journal and backlog, until the backlog holds this many entries. */
const BACKLOG_LIMIT = 10_000;

const reached = z.enum(REACHES);
const life = z.object({ status: z.literal("ok"), instance: z.string().describe("This process's own") });
const readiness = z.object({
  status: z.enum(READINESSES),
  database: reached,
  queue: reached,
  backlog: z.number().describe("What waits for the database"),
  liveCalls: z.number(),
});

/**
 * `/healthz`: the process lives; `instance` is its own, so that who asks through a tunnel can tell which process answers.
 * `/readyz`: it takes new calls: 503 while draining, or when too much waits for the database; a database or a job queue that
 * is merely down is said, and calls go on. `/metrics`: for Prometheus. `/v1/health`: for people.
 */
export function healthOperations(site: Site): readonly Operation[] {
  const { parts, calls } = site;
  const instance = parts.ids.id("gateway");

  const reachable = new Reachable(parts);
  const readinessNow = (): Readiness => {
    if (calls.draining) return "draining";
    return parts.books.backlog > BACKLOG_LIMIT ? "backlogged" : "ready";
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
        reachable.look();
        const status = readinessNow();
        if (status !== "ready") reply.code(503).header("retry-after", "30");
        const { database, queue } = reachable;
        return { status, database, queue, backlog: parts.books.backlog, liveCalls: calls.size };
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
    ...vitalOperations(site, { instance, reachable, readiness: readinessNow }),
  ];
}
