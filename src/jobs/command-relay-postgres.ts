import pg from "pg";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import { Letters, pieces } from "./command-relay-pieces.ts";
import type { OpenPost, Post } from "./command-relay-post.ts";

const ALL = "durvani_calls";
const AGAIN_MS = 500;
/** A server that takes longer is lost, and its connection with it. */
const ANSWER_MS = 2000;

export type PostgresPostKit = { readonly clock: Clock; readonly log: Log };

/**
 * Letters by PostgreSQL's NOTIFY and LISTEN, on one connection of its own. Not through PgBouncer unless it pools whole sessions:
 * LISTEN belongs to one.
 */
export function postgresPost(poolConfig: pg.PoolConfig, kit: PostgresPostKit): OpenPost {
  return (me, deliver) => new PostgresPost(poolConfig, kit, channelOf(me), deliver);
}

const channelOf = (process: string): string => `durvani_${process}`;

class PostgresPost implements Post {
  readonly #config: pg.ClientConfig;
  readonly #kit: PostgresPostKit;
  readonly #own: string;
  readonly #deliver: (letter: string) => void;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;
  /** While it listens. */
  #client: pg.Client | undefined;
  #sending: Promise<void> = Promise.resolve();
  /** Ends the wait for its end. */
  #leave = (): void => {};

  constructor(config: pg.ClientConfig, kit: PostgresPostKit, own: string, deliver: (letter: string) => void) {
    this.#config = {
      ...config,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
      // The kernel looks whether a silent server is still there; we need not.
      keepAliveInitialDelayMillis: 10_000,
      application_name: "durvani command relay",
    };
    this.#kit = kit;
    this.#own = own;
    this.#deliver = deliver;
    this.#done = this.#keep();
  }

  toAll(letter: string): Promise<void> {
    return this.#notify(ALL, letter);
  }

  to(process: string, letter: string): Promise<void> {
    return this.#notify(channelOf(process), letter);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#leave();
    await this.#done;
  }

  /** One after the other: pg will refuse a second query while one runs. */
  #notify(channel: string, letter: string): Promise<void> {
    const sent = this.#sending.then(() => this.#send(channel, letter));
    this.#sending = sent.catch(() => undefined); // Whoever sent it learns of it.
    return sent;
  }

  async #send(channel: string, letter: string): Promise<void> {
    const client = this.#client;
    if (!client) throw new Error("PostgreSQL is not connected");
    try {
      await client.query("select pg_notify($1, piece) from unnest($2::text[]) as piece", [channel, pieces(letter)]);
    } catch (error) {
      this.#drop(client);
      throw error;
    }
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#listen(signal);
      } catch (error) {
        this.#kit.log.debug({ err: error }, "commands from other processes cannot be heard");
      }
      // Rejects only when we close, which is looked for next.
      await this.#kit.clock.sleep(AGAIN_MS, signal).catch(() => undefined);
    }
  }

  /** Until the connection is lost, or we close. */
  async #listen(signal: AbortSignal): Promise<void> {
    const client = new pg.Client(this.#config);
    const over = new Promise<void>((resolve) => {
      client.on("end", () => resolve());
      this.#leave = resolve;
    });
    client.on("error", (error) => this.#kit.log.debug({ err: error }, "the connection of the command relay was lost"));
    const letters = new Letters(this.#deliver);
    client.on("notification", ({ payload = "" }) => letters.take(payload));
    try {
      await client.connect();
      await client.query(`listen ${client.escapeIdentifier(ALL)}; listen ${client.escapeIdentifier(this.#own)}`);
      if (signal.aborted) return;
      this.#client = client;
      await over;
    } finally {
      this.#drop(client);
    }
  }

  /** Not awaited: a server that is frozen would never say goodbye. */
  #drop(client: pg.Client | undefined): void {
    if (this.#client === client) this.#client = undefined;
    client
      ?.end()
      .catch((error: unknown) => this.#kit.log.debug({ err: error }, "a lost connection could not be ended"));
  }
}
