import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Worker } from "node:worker_threads";
import type { Clock } from "../kit/clock.ts";
import { lockFolder } from "../kit/folder-lock.ts";
import type { Log } from "../kit/log.ts";
import { backoffMs } from "../kit/retry.ts";
import { startThread } from "../kit/thread.ts";
import type { FromWorker, ToWorker, WorkerOrder } from "./pglite-worker.ts";

/** The embedded PostgreSQL: reached by any `pg` client through the Unix socket in `socketDir`. */
export interface EmbeddedPostgres {
  /** Folder of the socket, as pg's `host`. User and database are `postgres`; there is no password. */
  readonly socketDir: string;
  /** How often the worker was found hanging or dead and was opened again. */
  readonly reopened: number;
  close(): Promise<void>;
}

export type EmbeddedOptions = {
  /** Made if absent, mode 0700, locked against a second process. */
  readonly dir: string;
  readonly log: Log;
  readonly clock: Clock;
  /** A worker that has not answered for this long is ended and opened again. PGlite on a full disk spins for ever. */
  readonly silenceMs?: number;
};

const PING_MS = 1000;
const CLOSE_MS = 5000;
/** A first start takes 4 s; on a slow disk after a kill up to 40 s were seen. */
const OPEN_MS = 120_000;
const MAX_CONNECTIONS = 64;
/** pg finds the socket by this name and port 5432. */
const SOCKET_NAME = ".s.PGSQL.5432";
/** `sun_path` holds 107 bytes and a zero on Linux, 103 on macOS. */
const MAX_SOCKET_PATH = 103;

/** Opens PGlite in a worker thread on `dir`. Rejects when another process has the folder or PGlite cannot start. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dir = resolve(options.dir);
  const lock = await lockFolder(dir);
  try {
    // The socket asks for no password: only the folder's mode keeps other users of the machine out.
    await chmod(dir, 0o700);
    await mkdir(join(dir, "data"), { recursive: true, mode: 0o700 });
    const short = Buffer.byteLength(join(dir, SOCKET_NAME)) <= MAX_SOCKET_PATH;
    const socketDir = short ? dir : await mkdtemp(join(tmpdir(), "durvani-"));
    const keeper = new Keeper(options, { dir: join(dir, "data"), socketDir });
    await keeper.start();
    return {
      socketDir,
      get reopened() {
        return keeper.reopened;
      },
      async close() {
        await keeper.close();
        await rm(short ? join(dir, SOCKET_NAME) : socketDir, { recursive: true, force: true });
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Keeps one worker running: pings it, ends it when it is silent, opens it again until that succeeds. */
class Keeper {
  readonly #options: EmbeddedOptions;
  readonly #order: WorkerOrder;
  readonly #silenceMs: number;
  #worker: Worker | undefined;
  #unanswered = 0;
  #cancelTimer = (): void => {};
  #closing = false;
  #opening: Promise<void> | undefined;
  #onClosed = (): void => {};
  reopened = 0;

  constructor(options: EmbeddedOptions, place: { readonly dir: string; readonly socketDir: string }) {
    this.#options = options;
    this.#silenceMs = options.silenceMs ?? 5000;
    this.#order = { dir: place.dir, socketPath: join(place.socketDir, SOCKET_NAME), maxConnections: MAX_CONNECTIONS };
  }

  async start(): Promise<void> {
    await rm(this.#order.socketPath, { force: true });
    const worker = startWorker(this.#order);
    const giveUp = this.#options.clock.after(OPEN_MS, () => void worker.terminate());
    await new Promise<void>((resolve, reject) => {
      worker.once("message", () => resolve());
      worker.once("error", reject);
      worker.once("exit", (code) => reject(new Error(`PGlite's worker ended with code ${code} while starting`)));
    }).finally(giveUp);
    worker.on("message", (message: FromWorker) => this.#hear(message));
    worker.on("error", (error) => this.#options.log.error({ err: error }, "the embedded database's worker failed"));
    worker.on("exit", () => this.#onExit(worker));
    this.#worker = worker;
    this.#unanswered = 0;
    this.#ping();
  }

  #hear(message: FromWorker): void {
    if (message.kind === "pong") this.#unanswered = 0;
    else if (message.kind === "closed") this.#onClosed();
  }

  #ping(): void {
    this.#cancelTimer = this.#options.clock.after(PING_MS, () => {
      if (this.#unanswered * PING_MS >= this.#silenceMs) {
        this.#options.log.error({ silentMs: this.#silenceMs }, "the embedded database hangs: its worker is ended");
        // `#onExit` opens it again.
        void this.#worker?.terminate();
        return;
      }
      this.#unanswered += 1;
      this.#tell("ping");
      this.#ping();
    });
  }

  #onExit(worker: Worker): void {
    if (this.#closing || this.#worker !== worker) return;
    this.#cancelTimer();
    this.#worker = undefined;
    this.#reopen(0);
  }

  #reopen(attempt: number): void {
    if (this.#closing) return;
    this.#opening = this.start().then(
      () => {
        this.reopened += 1;
        this.#options.log.info({ attempt }, "the embedded database is open again");
      },
      (error: unknown) => {
        this.#options.log.error({ err: error, attempt }, "the embedded database does not open");
        if (this.#closing) return;
        const waitMs = backoffMs(attempt, () => 1, { firstMs: 250, capMs: 5000 });
        this.#cancelTimer = this.#options.clock.after(waitMs, () => this.#reopen(attempt + 1));
      },
    );
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#opening;
    this.#cancelTimer();
    const worker = this.#worker;
    if (!worker) return;
    await new Promise<void>((resolve) => {
      const giveUp = this.#options.clock.after(CLOSE_MS, resolve);
      this.#onClosed = () => {
        giveUp();
        resolve();
      };
      this.#tell("close");
    });
    await worker.terminate();
  }

  #tell(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }
}

const startWorker = (order: WorkerOrder): Worker =>
  startThread(new URL("./pglite-worker", import.meta.url), { workerData: order, name: "pglite" });
