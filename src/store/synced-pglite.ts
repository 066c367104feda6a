import { fsyncSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";

type Emscripten = {
  readonly FS: {
    readonly filesystems: {
      readonly NODEFS: { readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => void } };
    };
  };
};

/** PGlite's file system on disk, with an fsync that reaches the disk: Emscripten's has none and reports success. */
class SyncFS extends NodeFS {
  /** How many fsyncs reached the operating system. */
  fsyncs = 0;

  override async init(...[pg, options]: Parameters<NodeFS["init"]>): ReturnType<NodeFS["init"]> {
    const ready = await super.init(pg, options);
    const hook = (module: Emscripten): void => {
      module.FS.filesystems.NODEFS.stream_ops.fsync = (stream) => {
        fsyncSync(stream.nfd);
        this.fsyncs += 1;
      };
    };
    ready.emscriptenOpts.preRun?.push(hook);
    return ready;
  }
}

/**
 * Opens PostgreSQL in this thread on the folder `dir`, made if absent. A commit is on the disk when it is answered:
 * stock PGlite starts with `-F` (fsync off), and the default `wal_sync_method` (fdatasync) never reaches the hook.
 */
export async function openSyncedPglite(dir: string): Promise<{ readonly db: PGlite; fsyncs(): number }> {
  const fs = new SyncFS(dir);
  const startParams = [...PGlite.defaultStartParams.filter((param) => param !== "-F"), "-c", "wal_sync_method=fsync"];
  const db = await PGlite.create({ fs, startParams });
  return { db, fsyncs: () => fs.fsyncs };
}
