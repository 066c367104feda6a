import { parentPort, workerData } from "node:worker_threads";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { SessionQueue } from "./session-queue.ts";
import { openSyncedPglite } from "./synced-pglite.ts";

/** What the worker thread is given. `socketPath` must not exist yet. */
export type WorkerOrder = { readonly dir: string; readonly socketPath: string; readonly maxConnections: number };
export type ToWorker = "ping" | "close";
export type FromWorker = { readonly kind: "ready" | "pong" | "closed" };

async function serve(order: WorkerOrder): Promise<void> {
  const { db } = await openSyncedPglite(order.dir);
  const server = new PGLiteSocketServer({ db, path: order.socketPath, maxConnections: order.maxConnections });
  Object.defineProperty(server, "queryQueue", { value: new SessionQueue(db) });
  await server.start();
  const tell = (kind: FromWorker["kind"]): void => parentPort?.postMessage({ kind } satisfies FromWorker);
  parentPort?.on("message", async (message: ToWorker) => {
    if (message === "ping") return tell("pong");
    await server.stop();
    await db.close();
    tell("closed");
    parentPort?.close();
  });
  tell("ready");
}

// A rejection here ends the thread with an `error` event, which is how the parent learns of it.
await serve(workerData);
