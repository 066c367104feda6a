import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { type SarvamOptions, type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { dialExotel } from "../../src/simulator/twins/exotel-twin.ts";
import { dialTwilio } from "../../src/simulator/twins/twilio-twin.ts";
import type { TwinCall, TwinOptions } from "../../src/simulator/twins/twin.ts";
import type { Carrier } from "../rig.ts";

export const ROOT = join(import.meta.dirname, "../..");
export const SOURCES: readonly string[] = ["--import", "tsx", join(ROOT, "src/main.ts")];
export const PUBLIC_URL = "https://durvani.example.test";

const ids = randomIds(() => systemClock.wall());

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A program of ours in a process of its own. It gets the variables it is given, and PATH and HOME. */
export class Program {
  readonly pid: number;
  readonly exit: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #chunks: string[] = [];
  #over: Exit | undefined;
  #heard: (() => void)[] = [];

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [...args], { cwd: ROOT, env: { PATH, HOME, ...env } });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        this.#chunks.push(String(chunk));
        this.#tell();
      });
    }
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.exit = once(child, "close").then(([code, signal]) => {
      this.#over = { code, signal };
      this.#tell();
      return this.#over;
    });
  }

  /** Everything it wrote to stdout and stderr. */
  get output(): string {
    return this.#chunks.join("");
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What it wrote that matches. Rejects with all of it when it ends, or `timeoutMs` pass, without. */
  async says(words: RegExp, timeoutMs = 60_000): Promise<RegExpExecArray> {
    let late = false;
    const cancel = systemClock.after(timeoutMs, () => {
      late = true;
      this.#tell();
    });
    try {
      for (;;) {
        const found = words.exec(this.output);
        if (found) return found;
        if (this.#over || late) throw new Error(`the program did not say ${words} but:\n${this.output}`);
        await new Promise<void>((resolve) => this.#heard.push(resolve));
      }
    } finally {
      cancel();
    }
  }

  /** Kills it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.kill("SIGKILL");
    await this.exit;
  }

  #tell(): void {
    for (const tell of this.#heard.splice(0)) tell();
  }
}

/** Sarvam, the carriers and the access data that gateways of several lives share; they themselves are child processes. */
export type Outside = AsyncDisposable & {
  readonly simulator: SarvamSimulator;
  /** What a gateway needs to know. */
  readonly env: Readonly<Record<string, string>>;
  dial(carrier: Carrier, baseUrl: string, options?: Partial<TwinOptions>): Promise<TwinCall>;
};

export async function startOutside(options: Partial<SarvamOptions> = {}): Promise<Outside> {
  const secrets = { key: ids.secret(), authToken: ids.secret(), user: "stream", password: ids.secret() };
  const { key, authToken, user, password } = secrets;
  const simulator = await startSarvam({ keys: [key], maxSttSockets: 500, maxTtsSockets: 1000, ...options });
  return {
    simulator,
    env: {
      HOST: "127.0.0.1",
      PORT: "0",
      PUBLIC_URL,
      SARVAM_API_KEY: key,
      SARVAM_BASE_URL: simulator.url,
      TWILIO_AUTH_TOKEN: authToken,
      EXOTEL_STREAM_USER: user,
      EXOTEL_STREAM_PASSWORD: password,
    },
    dial(carrier, baseUrl, more = {}) {
      const line = { baseUrl, publicUrl: PUBLIC_URL, ...more };
      return carrier === "twilio" ? dialTwilio({ ...line, authToken }) : dialExotel({ ...line, user, password });
    },
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

/** Where it came to listen. */
export async function whenUp(gateway: Program): Promise<string> {
  const [, url = ""] = await gateway.says(/"listening":"([^"]+)"/);
  return url;
}

/** Runs a command to its end; rejects with what it wrote unless it exits 0. */
export async function runs(command: string, args: readonly string[], cwd = ROOT): Promise<void> {
  const child = spawn(command, [...args], { cwd });
  const chunks: string[] = [];
  child.stdout.on("data", (chunk) => chunks.push(String(chunk)));
  child.stderr.on("data", (chunk) => chunks.push(String(chunk)));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${code}:\n${chunks.join("")}`);
}

/** The program as `npm run build` makes it, in a folder of its own. */
export type Built = AsyncDisposable & { readonly dir: string; readonly main: string };

export async function build(): Promise<Built> {
  const dir = await mkdtemp(join(tmpdir(), "durvani-built-"));
  const dist = join(dir, "dist");
  await runs(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", ".", "--outDir", dist]);
  await runs(process.execPath, ["--import", "tsx", "scripts/copy-assets.ts", dist]);
  await symlink(join(ROOT, "node_modules"), join(dir, "node_modules"));
  await symlink(join(ROOT, "package.json"), join(dir, "package.json"));
  return {
    dir,
    main: join(dist, "main.js"),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}
