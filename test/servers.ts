import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/**
 * Real servers for tests. Shared ones (`postgresForTests`, `redisForTests`) are only used, never disturbed; tests that
 * inject faults start their own (`startPostgres`, `startRedis`).
 */

/** A server of the test's own on 127.0.0.1. Dies with the test process even if that is killed. */
export interface PrivateServer {
  readonly url: string;
  /** SIGKILL, no warning. */
  kill(): Promise<void>;
  /** SIGSTOP to the server and its children: connections stay, nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Starts it again on the same data and port. */
  restart(): Promise<void>;
  /** Ends it in order and removes its files. */
  stop(): Promise<void>;
}

/** A database of this run's own on the shared PostgreSQL; undefined (said loudly) where none answers; throws then if CI=true. */
export async function postgresForTests(): Promise<{ readonly url: string; drop(): Promise<void> } | undefined> {
  const base = new URL(process.env["TEST_DATABASE_URL"] || "postgres://postgres@127.0.0.1:5432/postgres");
  const admin = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: base.href, connectionTimeoutMillis: 2000 });
    client.on("error", () => undefined); // The awaited calls below tell of it.
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const name = `durvani_test_${randomBytes(6).toString("hex")}`;
  try {
    await admin(`create database ${name}`);
  } catch (error) {
    return absent("PostgreSQL", base.host, "TEST_DATABASE_URL", error);
  }
  const own = new URL(base);
  own.pathname = `/${name}`;
  return { url: own.href, drop: () => admin(`drop database if exists ${name} with (force)`) };
}

function absent(what: string, where: string, variable: string, error: unknown): undefined {
  if (process.env["CI"] === "true") throw new Error(`CI needs ${what} at ${where}`, { cause: error });
  const line = ` ${what} does not answer at ${where}: its tests are SKIPPED. Start it, or set ${variable}. `;
  const edge = "═".repeat(line.length);
  process.stderr.write(`\n╔${edge}╗\n║${line}║\n╚${edge}╝\n`);
  return undefined;
}

/** A PostgreSQL cluster of the test's own. Throws where no binaries are found. */
export async function startPostgres(): Promise<PrivateServer> {
  const initdb = binary("initdb");
  const postgres = binary("postgres");
  const dir = mkdtempSync(join(tmpdir(), "durvani-postgres-"));
  const user = unprivileged();
  if (user.uid !== undefined) chownSync(dir, user.uid, user.gid ?? user.uid);
  const made = spawnSync(initdb, ["-D", dir, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"], {
    cwd: dir,
    ...user,
  });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr?.toString() ?? made.error?.message}`);
  const port = await freePort();
  const args = ["-D", dir, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="];
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  return privateServer({
    url,
    dir,
    endSignal: "SIGINT",
    start: () => spawn(postgres, args, { cwd: dir, ...user }),
    ready,
  });

  async function ready(): Promise<boolean> {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
    client.on("error", () => undefined); // Not ready yet, as the rejection says.
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  }
}

/** A Redis of the test's own, in memory only unless `args` say otherwise. Throws where no binary is found. */
export async function startRedis(
  args: readonly string[] = ["--save", "", "--appendonly", "no"],
): Promise<PrivateServer> {
  const redis = binary("redis-server");
  const dir = mkdtempSync(join(tmpdir(), "durvani-redis-"));
  const port = await freePort();
  const all = ["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, ...args];
  return privateServer({
    url: `redis://127.0.0.1:${port}`,
    dir,
    endSignal: "SIGTERM",
    start: () => spawn(redis, all, { cwd: dir }),
    ready: () => answers(port, "127.0.0.1"),
  });
}

type Recipe = {
  readonly url: string;
  readonly dir: string;
  readonly endSignal: NodeJS.Signals;
  readonly start: () => ChildProcess;
  readonly ready: () => Promise<boolean>;
};

async function privateServer({ url, dir, endSignal, start, ready }: Recipe): Promise<PrivateServer> {
  let server: ChildProcess;
  let watchdog: ChildProcess;
  let frozen: readonly number[] = [];

  async function up(): Promise<void> {
    // A killed PostgreSQL refuses to start until its last backend is gone.
    for (let attempt = 0; attempt < 20; attempt++) {
      server = start();
      server.on("error", () => undefined); // `exitCode` and `ready` tell.
      server.stdout?.resume();
      server.stderr?.resume();
      while (server.pid !== undefined && server.exitCode === null && server.signalCode === null) {
        if (await ready()) {
          watchdog = watch(server.pid, dir);
          return;
        }
        await sleep(50);
      }
      await sleep(100);
    }
    throw new Error(`the server in ${dir} does not start`);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    thaw();
    watchdog.kill("SIGKILL");
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill(signal);
    await ended;
  }

  function thaw(): void {
    for (const pid of frozen) signalIfThere(pid, "SIGCONT");
    frozen = [];
  }

  await up();
  return {
    url,
    kill: () => end("SIGKILL"),
    freeze() {
      const pid = server.pid ?? 0;
      frozen = [pid, ...childrenOf(pid)];
      for (const each of frozen) signalIfThere(each, "SIGSTOP");
    },
    thaw,
    restart: up,
    async stop() {
      await end(endSignal);
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Ends the server and removes its files when this process is gone, whichever way: its pipe then closes. */
function watch(pid: number, dir: string): ChildProcess {
  const script = 'cat > /dev/null; kill -CONT "$0"; kill -9 "$0"; rm -rf "$1"';
  const dog = spawn("sh", ["-c", script, String(pid), dir], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  dog.unref();
  return dog;
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

function childrenOf(parent: number): readonly number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === String(parent);
    } catch {
      return false; // Ended while we looked.
    }
  });
}

/** On PATH, or where Debian keeps PostgreSQL's. */
function binary(name: string): string {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, "bin")), ...pathFolders()];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (!found) throw new Error(`${name} is needed for this test: install PostgreSQL and Redis, or put them on PATH`);
  return found;
}

function pathFolders(): readonly string[] {
  return (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** PostgreSQL refuses to run as root: then the user `postgres`, or `nobody`. */
function unprivileged(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  const line = lines.find((each) => each.startsWith("postgres:")) ?? lines.find((each) => each.startsWith("nobody:"));
  const [, , uid, gid] = (line ?? "").split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

/** One that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

function answers(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.setTimeout(1000, () => socket.destroy());
    socket.on("connect", () => {
      resolve(true);
      socket.destroy();
    });
    socket.on("error", () => undefined); // `close` follows.
    socket.on("close", () => resolve(false));
  });
}
