import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A small HTTP server on a free port of this machine; gone at the end of the block. */
export type Served = AsyncDisposable & { readonly url: string };

export async function serve(listener: RequestListener): Promise<Served> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An address where nothing listens any more. */
export async function nowhere(): Promise<string> {
  await using served = await serve(() => undefined);
  return served.url;
}

export type Answer = { readonly status: number; readonly body: unknown };

/** What a service answers to a request that it knows the sender of; `undefined`: there is no such thing. */
export type Answering = (request: { readonly line: string; readonly form: URLSearchParams }) => Answer | undefined;

/** A REST service behind Basic. `log`: every request as `METHOD /path form`. */
export async function serveRest(
  pair: string,
  refusal: Answer,
  missing: Answer,
  answering: Answering,
): Promise<Served & { readonly log: string[] }> {
  const log: string[] = [];
  const expected = `Basic ${Buffer.from(pair).toString("base64")}`;
  const served = await serve(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const line = `${request.method} ${pathOf(request)}`;
    log.push(`${line} ${form}`.trim());
    const admitted = request.headers.authorization === expected;
    const { status, body } = admitted ? (answering({ line, form }) ?? missing) : refusal;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  return Object.assign(served, { log });
}

const pathOf = (request: IncomingMessage): string => new URL(request.url ?? "/", "http://here").pathname;
