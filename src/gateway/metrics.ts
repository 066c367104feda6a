import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";

/** A meter whose counts can be read in Prometheus' text format. */
export interface Metrics extends Meter {
  read(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** From now on told of everything that is counted and set. Must not throw. */
  watch(watcher: Watcher): void;
}

export type Watcher = Pick<Meter, "count" | "gauge">;

/** From a barge-in under a millisecond to an answer that took ten seconds. */
const BUCKETS_MS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 400, 800, 1500, 3000, 6000, 10_000, 60_000, 600_000];

type Labels = Readonly<Record<string, string>>;

/**
 * Metrics are made on first use; the labels of the first use are its labels for ever. A use that contradicts that is our own
 * mistake: it is logged and counted, and hurts nobody.
 */
export function createMetrics(log: Log): Metrics {
  const registry = new Registry();
  // The event loop's delay, memory and garbage collection come with these.
  collectDefaultMetrics({ register: registry, prefix: "durvani_" });
  const mistakes = new Counter({
    name: "durvani_meter_mistakes",
    help: "Uses of a metric that fit not",
    registers: [],
  });
  registry.registerMetric(mistakes);

  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();

  const settings = (name: string, labels: Labels) => ({
    name: `durvani_${name}`,
    help: name.replaceAll("_", " "),
    labelNames: Object.keys(labels),
    registers: [registry],
  });
  const watchers: Watcher[] = [];
  const guarded = (name: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      mistakes.inc();
      log.error({ metric: name, err: error }, "a metric was used wrongly");
    }
  };

  return {
    count(name, labels = {}, by = 1) {
      guarded(name, () => entry(counters, name, () => new Counter(settings(name, labels))).inc(labels, by));
      for (const watcher of watchers) watcher.count(name, labels, by);
    },
    observe(name, ms, labels = {}) {
      guarded(name, () =>
        entry(histograms, name, () => new Histogram({ ...settings(name, labels), buckets: BUCKETS_MS })).observe(
          labels,
          ms,
        ),
      );
    },
    gauge(name, value, labels = {}) {
      guarded(name, () => entry(gauges, name, () => new Gauge(settings(name, labels))).set(labels, value));
      for (const watcher of watchers) watcher.gauge(name, value, labels);
    },
    watch: (watcher) => void watchers.push(watcher),
    async read() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

function entry<T>(made: Map<string, T>, name: string, make: () => T): T {
  const found = made.get(name) ?? make();
  made.set(name, found);
  return found;
}
