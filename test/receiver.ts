import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type Delivery = { readonly id: string; readonly signature: string; readonly body: string; readonly event: Told };
type Told = {
  readonly id: string;
  readonly kind: string;
  readonly created: number;
  readonly data: { readonly call: { readonly id: string; readonly to: string } } & Readonly<Record<string, unknown>>;
};

/** A customer's application that is told of calls, on a port of this machine. */
export type Receiver = AsyncDisposable & {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  /** Deliveries of one call. */
  of(callId: string): readonly Delivery[];
  /** What it answers; below 100: it breaks the connection off, having taken what it was sent. */
  status: number;
};

export async function startReceiver(): Promise<Receiver> {
  const deliveries: Delivery[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { headers } = request;
    const [id, signature] = [String(headers["durvani-event-id"]), String(headers["durvani-signature"])];
    deliveries.push({ id, signature, body, event: JSON.parse(body) });
    if (receiver.status < 100) request.socket.destroy();
    else response.writeHead(receiver.status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    deliveries,
    of: (callId) => deliveries.filter(({ event }) => event.data.call.id === callId),
    status: 200,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  return receiver;
}
