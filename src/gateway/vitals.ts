import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CARRIERS } from "../record/record.ts";
import type { Carrier } from "./carriers.ts";
import { LoopDelay } from "./loop-delay.ts";
import { type Operation, operation } from "./operation.ts";
import { REACHES, type Reachable } from "./reach.ts";
import type { Site } from "./site.ts";
import { Troubles } from "./troubles.ts";
import { warningsOf } from "./warnings.ts";

export const READINESSES = ["ready", "draining", "backlogged"] as const;
export type Readiness = (typeof READINESSES)[number];

const sockets = z.number().describe("Open now").optional();

const health = z
  .object({
    status: z.enum(READINESSES),
    instance: z.string().describe("This process's own, as in `/healthz`"),
    startedAt: z.number().describe("When it began; ms since 1970"),
    uptimeMs: z.number(),
    version: z.string().optional(),
    memoryBytes: z.number().describe("What the process holds of the machine's memory"),
    loopDelayMs: z
      .object({ p50: z.number(), p99: z.number() })
      .describe("How late it comes to things, since somebody asked; absent at first")
      .optional(),
    liveCalls: z.number(),
    maxCalls: z.number().describe("0: no limit"),
    draining: z.boolean(),
    database: z.object({
      kind: z.enum(["postgres", "pglite"]),
      reach: z.enum(REACHES),
      backlog: z.number().describe("What waits for it"),
    }),
    queue: z.object({
      kind: z.enum(["redis", "postgres"]),
      reach: z.enum(REACHES),
      counts: z
        .object({ waiting: z.number(), active: z.number(), delayed: z.number(), failed: z.number() })
        .describe("Jobs, when it answered last")
        .optional(),
    }),
    sockets: z.object({
      stt: sockets,
      tts: sockets,
      media: z.number().describe("Calls that have their line"),
      followers: z.number().describe("Of `/v1/events`"),
    }),
    providers: z
      .array(
        z.object({
          name: z.string(),
          errors: z.array(z.object({ kind: z.string(), count: z.number() })),
          lastErrorAt: z.number().describe("ms since 1970").optional(),
        }),
      )
      .describe("Since the process began"),
    carriers: z.array(
      z.object({
        name: z.enum(CARRIERS),
        setUp: z.boolean().describe("Its credentials are here"),
        calls: z.number().describe("Since the process began"),
      }),
    ),
    warnings: z.array(z.string()).describe("What to look at, in sentences, the gravest first"),
  })
  .meta({ id: "Health", description: "How the process that answers is. What it does not know is absent." });

/** `GET /v1/health`: how this process is, for a person who looks at it. */
export function vitalOperations(site: Site, { instance, reachable, readiness }: Known): readonly Operation[] {
  const { parts, calls } = site;
  const troubles = new Troubles(parts.clock);
  parts.meter.watch(troubles);
  const delay = new LoopDelay(parts.clock);
  const startedAt = parts.clock.wall();
  const beganAt = parts.clock.now();
  const version = ownVersion();
  return [
    operation({
      id: "getHealth",
      method: "GET",
      path: "/v1/health",
      scope: "read",
      summary: "How this process is, and what to look at",
      answer: { description: "What it knows of itself", schema: health },
      run: async () => {
        reachable.look();
        const loopDelayMs = delay.read();
        const providers = troubles.providers();
        const carriers = CARRIERS.map((name) => ({
          name,
          setUp: isSetUp(site.carrier(name)),
          calls: troubles.counted("calls_opened", name)?.count ?? 0,
        }));
        const rings = carriers.some(({ name, setUp }) => name !== "web" && setUp);
        const [stt, tts] = [troubles.gauged("stt_sockets_open"), troubles.gauged("tts_sockets_open")];
        return {
          status: readiness(),
          ...{ instance, startedAt, uptimeMs: Math.round(parts.clock.now() - beganAt) },
          ...(version !== undefined && { version }),
          memoryBytes: process.memoryUsage.rss(),
          ...(loopDelayMs && { loopDelayMs }),
          ...{ liveCalls: calls.size, maxCalls: parts.maxCalls, draining: calls.draining },
          database: { kind: parts.database.kind, reach: reachable.database, backlog: parts.books.backlog },
          queue: {
            ...{ kind: parts.place.kind, reach: reachable.queue },
            ...(reachable.counts && { counts: reachable.counts }),
          },
          sockets: {
            ...(stt !== undefined && { stt }),
            ...(tts !== undefined && { tts }),
            media: calls.all().filter(({ connected }) => connected).length,
            followers: calls.feed.followers,
          },
          ...{ providers, carriers },
          warnings: warningsOf(site, { reachable, troubles, providers, loopDelayMs, rings }),
        };
      },
    }),
  ];
}

type Known = {
  readonly instance: string;
  readonly reachable: Reachable;
  readonly readiness: () => Readiness;
};

/** One without credentials refuses everybody with 503; the web line needs none. */
function isSetUp(carrier: Carrier | undefined): boolean {
  const nothing = { method: "POST", url: "", headers: {}, params: {}, form: "", remoteAddress: "" };
  const verdict = carrier?.dialect.admitWebhook(nothing);
  return verdict !== undefined && (verdict.ok || verdict.status !== 503);
}

const packageSchema = z.object({ version: z.string() });

/** As `package.json` has it, which stands beside `src` and `dist`. */
function ownVersion(): string | undefined {
  try {
    const text = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
    return packageSchema.safeParse(JSON.parse(text)).data?.version;
  } catch {
    return undefined; // Somebody copied less of us elsewhere.
  }
}
