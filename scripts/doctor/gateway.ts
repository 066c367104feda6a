import { once } from "node:events";
import { createServer } from "node:http";
import { z } from "zod";
import type { Config } from "../../src/config.ts";
import { type Clock, deadline } from "../../src/kit/clock.ts";
import type { Ids } from "../../src/kit/ids.ts";
import type { Tell } from "./finding.ts";
import type { Hold } from "./folder.ts";

/** What answers where carriers' requests will arrive: the gateway, or the doctor itself while none runs. */
export type Listening = {
  readonly kind: "gateway" | "stand-in";
  readonly origin: string;
  /** Told by `/healthz`: proof that a request came to this very process. */
  readonly instance: string;
  close(): Promise<void>;
};

const alive = z.object({ status: z.literal("ok"), instance: z.string() });
const readiness = z.object({
  status: z.string(),
  database: z.enum(["unknown", "up", "down"]),
  queue: z.enum(["unknown", "up", "down"]),
  liveCalls: z.number(),
});
export type Readiness = z.output<typeof readiness>;

const PATIENCE_MS = 5000;

/** Who answers `/healthz` there: its instance, or the status of something else. Rejects when nothing answers. */
export async function whoAnswers(origin: string): Promise<{ readonly instance: string } | { readonly status: number }> {
  const response = await fetch(`${origin}/healthz`, { redirect: "manual", signal: deadline(2 * PATIENCE_MS) });
  const text = await response.text();
  const told = alive.safeParse(parsed(text));
  return response.ok && told.success ? { instance: told.data.instance } : { status: response.status };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not ours then.
  }
}

/** Finds the gateway on its port, or takes the free port for as long as the doctor looks. */
export async function checkListening(
  { host, port }: Config["listen"],
  hold: Hold | undefined,
  { ids, clock }: { readonly ids: Ids; readonly clock: Clock },
  tell: Tell,
): Promise<Listening | undefined> {
  const origin = `http://${reachable(host)}:${port}`;
  const who = port === 0 ? undefined : await whoAnswers(origin).catch(() => undefined);
  if (who && "instance" in who) {
    await tellReadiness(origin, clock, tell);
    return { kind: "gateway", origin, instance: who.instance, close: async () => {} };
  }
  if (who) {
    tell.fail(`port ${port} is taken by something that is not this gateway`, "Stop it, or set another PORT.");
    return undefined;
  }
  if (hold?.kind === "held") {
    tell.warn(`pid ${hold.pid} holds the data folder, but no gateway answers at ${origin}`, OTHER_PORT);
    return undefined;
  }
  return standIn(host, port, ids.id("doctor"), tell);
}

const OTHER_PORT =
  "If it is a gateway, run the doctor with the same HOST and PORT; if it hangs, stop it. Until then its database cannot be looked at.";

/** Where this machine reaches what listens on `host`. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

async function tellReadiness(origin: string, clock: Clock, tell: Tell): Promise<void> {
  const ready = await askReadiness(origin, clock);
  if (ready?.status === "ready") return tell.ok(`runs at ${origin}: ready, ${ready.liveCalls} live calls`);
  if (ready?.status === "draining")
    return tell.warn(`the gateway at ${origin} is shutting down`, "Start it again when it is gone.");
  tell.fail(
    `the gateway at ${origin} takes no calls: ${ready?.status ?? "it does not say why"}`,
    "Look at its log, and at its database.",
  );
}

/** How the gateway that runs says it is; asked until it has looked after its database and queue itself. */
export async function askReadiness(origin: string, clock: Clock): Promise<Readiness | undefined> {
  const giveUp = deadline(PATIENCE_MS);
  for (;;) {
    const response = await fetch(`${origin}/readyz`, { signal: deadline(PATIENCE_MS) });
    const told = readiness.safeParse(parsed(await response.text())).data;
    const looked = told && told.database !== "unknown" && told.queue !== "unknown";
    if (looked || giveUp.aborted) return told;
    await clock.sleep(100, new AbortController().signal);
  }
}

/** Says of itself what the gateway would, so that a tunnel to its port can be tried before it runs. */
async function standIn(host: string, port: number, instance: string, tell: Tell): Promise<Listening | undefined> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/healthz" ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify({ status: "ok", instance }));
  });
  // The gateway's own answer to a socket without a ticket.
  server.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n"));
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    tell.fail(
      `HOST ${host}, PORT ${port} cannot be listened on (${code})`,
      LISTEN_TODO[code] ?? "Set another HOST or PORT.",
    );
    return undefined;
  }
  const address = server.address();
  const listening = typeof address === "object" && address !== null ? address.port : port;
  tell.ok(`does not run; ${host}:${listening} is free for it`);
  return {
    kind: "stand-in",
    origin: `http://${reachable(host)}:${listening}`,
    instance,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const LISTEN_TODO: Readonly<Record<string, string>> = {
  EADDRINUSE: "Another program has this port and speaks no HTTP: stop it, or set another PORT.",
  EADDRNOTAVAIL: "HOST is no address of this machine: 0.0.0.0 listens on all of them.",
  ENOTFOUND: "HOST does not resolve: 0.0.0.0 listens on all addresses of this machine.",
  EACCES: "Ports below 1024 need root: use 3000 and let a proxy or a tunnel lead there.",
};
