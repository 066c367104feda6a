import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import type { Environment } from "../../src/config.ts";
import { systemClock } from "../../src/kit/clock.ts";

/** What Linux counts in. Every common kernel says 100. */
const TICKS_PER_SECOND = 100;
/** Three that make an embedded database at once, on a machine that does other things too. */
const START_MS = 120_000;

export type Usage = { readonly cpuMs: number; readonly rssBytes: number };

/** The gateway, as `npm start` would run it, in a process of its own. */
export class GatewayProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** Resolves once it says that it is ready; rejects when it ends before, or takes too long. */
  static async start(env: Environment, imports: readonly string[] = []): Promise<GatewayProcess> {
    const port = await freePort();
    const before = ["tsx", ...imports].flatMap((module) => ["--import", module]);
    const child = spawn(process.execPath, [...before, "src/main.ts"], {
      cwd: `${import.meta.dirname}/../..`,
      env: { ...env, HOST: "127.0.0.1", PORT: String(port) },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const gateway = new GatewayProcess(`http://127.0.0.1:${port}`, child);
    const deadline = systemClock.now() + START_MS;
    while (!(await gateway.#ready())) {
      if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode} before it was ready`);
      if (systemClock.now() > deadline) throw new Error(`the gateway is not ready after ${START_MS} ms`);
      await systemClock.sleep(100, new AbortController().signal);
    }
    return gateway;
  }

  /** CPU time used so far and memory held now; `undefined` where there is no /proc. */
  usage(): Usage | undefined {
    try {
      const stat = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const ticks = Number(fields[11]) + Number(fields[12]);
      const pages = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8"));
      return { cpuMs: (ticks * 1000) / TICKS_PER_SECOND, rssBytes: Number(pages?.[1] ?? 0) * 1024 };
    } catch {
      // Not Linux: these two columns stay empty.
      return undefined;
    }
  }

  /** Asks it to stop, and makes it when it does not. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const cancel = systemClock.after(10_000, () => this.#child.kill("SIGKILL"));
    await ended;
    cancel();
  }

  async #ready(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`)).status === 200;
    } catch {
      // Nobody listens yet.
      return false;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
