import type { PGlite } from "@electric-sql/pglite";

const TYPE = { query: 0x51, sync: 0x53, terminate: 0x58, startup: 0x00 } as const;
const SYNC = Uint8Array.of(TYPE.sync, 0, 0, 0, 4);

type Waiting = {
  readonly client: number;
  readonly message: Uint8Array;
  readonly onData: (data: Uint8Array) => void;
  readonly resolve: (bytes: number) => void;
  readonly reject: (error: unknown) => void;
};

/** What pglite-socket asks of its queue, and what we need of PGlite. */
type Session = Pick<PGlite, "execProtocolRaw" | "execProtocolRawStream" | "runExclusive" | "isInTransaction" | "exec">;

/**
 * Shares PGlite's one session among the clients of pglite-socket: who has begun an exchange keeps the session until its
 * `Sync` (or simple query) is answered and no transaction is open.
 *
 * pglite-socket 0.2.17 queues single protocol messages instead, so that clients waiting behind a transaction go on with
 * Parse, Parse, Bind, Bind: one client's values are then bound to the other's statement, or both wait for ever. Same
 * method names as its `QueryQueueManager`, in whose place this is put.
 */
export class SessionQueue {
  readonly #session: Session;
  #waiting: Waiting[] = [];
  #owner: number | undefined;
  #midExchange = false;
  #running = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Runs one protocol message of `client` when its turn comes; resolves with the bytes answered. */
  enqueue(client: number, message: Uint8Array, onData: (data: Uint8Array) => void): Promise<number> {
    // PGlite has no backend process that could be ended: the socket's closing tells all.
    if (message[0] === TYPE.terminate) return Promise.resolve(0);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ client, message, onData, resolve, reject });
      void this.#run();
    });
  }

  getQueueLength(): number {
    return this.#waiting.length;
  }

  /** The client is gone: what it still wanted is dropped. */
  clearQueueForHandler(client: number): void {
    const dropped = this.#waiting.filter((item) => item.client === client);
    this.#waiting = this.#waiting.filter((item) => item.client !== client);
    for (const item of dropped) item.reject(new Error("the client is gone"));
  }

  /** The client is gone: its open exchange and transaction are undone, and the next client has its turn. */
  async clearTransactionIfNeeded(client: number): Promise<void> {
    if (this.#owner !== client) return;
    // After an error PostgreSQL skips everything up to a Sync, which this client will never send.
    if (this.#midExchange) await this.#session.runExclusive(() => this.#session.execProtocolRaw(SYNC));
    if (this.#session.isInTransaction()) await this.#session.exec("ROLLBACK");
    this.#midExchange = false;
    if (this.#owner === client) this.#owner = undefined;
    void this.#run();
  }

  #next(): Waiting | undefined {
    if (this.#owner === undefined) return this.#waiting.shift();
    const index = this.#waiting.findIndex((item) => item.client === this.#owner);
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let item = this.#next(); item; item = this.#next()) {
      this.#owner = item.client;
      await this.#execute(item);
    }
    this.#running = false;
  }

  async #execute({ client, message, onData, resolve, reject }: Waiting): Promise<void> {
    let bytes = 0;
    const onRawData = (data: Uint8Array): void => {
      bytes += data.length;
      onData(data);
    };
    const type = message[0];
    this.#midExchange = type !== TYPE.query && type !== TYPE.sync && type !== TYPE.startup;
    try {
      await this.#session.runExclusive(() => this.#session.execProtocolRawStream(message, { onRawData }));
      resolve(bytes);
    } catch (error) {
      this.#midExchange = false;
      reject(error);
    }
    if (!this.#midExchange && this.#owner === client && !this.#session.isInTransaction()) this.#owner = undefined;
  }
}
