import type { Reachable } from "./reach.ts";
import type { Site } from "./site.ts";
import type { ProviderTroubles, Troubles } from "./troubles.ts";

/** What went wrong longer ago than this is history. */
const RECENT_MS = 5 * 60_000;
/** What waits for the books in ordinary times is less. */
const MANY_WAITING = 100;
/** A frame of sound is due every 20 ms; twice this late, and a caller may hear it. */
const LATE_MS = 50;

export type Signs = {
  readonly reachable: Pick<Reachable, "database" | "queue">;
  readonly troubles: Troubles;
  readonly providers: readonly ProviderTroubles[];
  readonly loopDelayMs: { readonly p99: number } | undefined;
  /** A carrier can ring here. */
  readonly rings: boolean;
};

/** What an operator should look at, one sentence each, the gravest first. */
export function warningsOf({ parts, calls }: Site, signs: Signs): readonly string[] {
  const { reachable, troubles, providers, loopDelayMs, rings } = signs;
  const { backlog } = parts.books;
  const isRecent = (at = Number.NEGATIVE_INFINITY): boolean => parts.clock.wall() - at < RECENT_MS;
  const failing = troubles.gauged("jobs_failing") ?? 0;
  const hangUps = troubles.counted("hang_up_failures");
  const told: readonly (readonly [boolean, string])[] = [
    [calls.draining, "The gateway is stopping: it takes no new calls."],
    [isRecent(troubles.counted("journal_errors")?.lastAt), "Journals could not be written or read: is the disk full?"],
    [
      reachable.database === "down",
      "The database does not answer: calls go on, and are written down once it does. Their lists cannot be read until then.",
    ],
    [backlog >= MANY_WAITING, `${backlog} entries wait for the database.`],
    [reachable.queue === "down", "The job queue does not answer: what is owed after calls is done once it does."],
    [failing > 0, `${failing} jobs after calls fail again and again: the log says why.`],
    [
      parts.maxCalls > 0 && calls.size >= parts.maxCalls,
      `All ${parts.maxCalls} places are taken: new calls are turned away (MAX_CALLS).`,
    ],
    [
      (loopDelayMs?.p99 ?? 0) >= LATE_MS,
      `The process comes to things ${loopDelayMs?.p99} ms late: the machine has too much to do.`,
    ],
    ...providers.map((one) => [isRecent(one.lastErrorAt), troubleOf(one)] as const),
    [isRecent(hangUps?.lastAt), "A carrier could not be told to hang up."],
    [!rings, "No carrier is set up: only calls from web pages can come."],
  ];
  return told.filter(([holds]) => holds).map(([, sentence]) => sentence);
}

function troubleOf({ name, errors }: ProviderTroubles): string {
  const kinds = errors.map(({ kind, count }) => `${kind} ${count}`).join(", ");
  return `${name} had errors in the last five minutes; since the gateway began: ${kinds}.`;
}
