import { createServer } from "node:http";
import { controlRoutes } from "./control.ts";
import { type Imitation, type ImitationOptions, imitate } from "./imitation.ts";
import { Rest } from "./rest.ts";
import { Upgrades } from "./upgrade.ts";

export type { SocketKind, SocketRecord, WireEvent } from "./wire-log.ts";

/** All but `keys` have the usual value in brackets. */
export type SarvamOptions = ImitationOptions & {
  /** [127.0.0.1] */
  readonly host?: string;
  /** [0: any free port] */
  readonly port?: number;
  /** Accepts permessage-deflate. [false] */
  readonly compress?: boolean;
  /** Serves `/__faults`, `/__drop` and `/__wire` without a key. [false] */
  readonly control?: boolean;
};

export type SarvamSimulator = Imitation & {
  /** `http://host:port`; the sockets are at the same place under `ws://`. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
};

/** Sarvam's speech sockets and REST, imitated on real sockets as the reference describes the production server. */
export async function startSarvam(options: SarvamOptions): Promise<SarvamSimulator> {
  const { host = "127.0.0.1", port = 0, compress = false, control = false } = options;
  const { imitation, context, keys, sockets } = imitate(options);
  const upgrades = new Upgrades(sockets, compress);
  const rest = new Rest(context, keys, control ? controlRoutes(sockets) : () => false);
  const server = createServer((request, response) => void rest.answer(request, response));
  server.on("upgrade", (request, socket, head) => upgrades.accept(request, socket, head));

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The simulator listens on no port");
  // Not a spread, which would copy the script of this moment.
  return Object.assign(imitation, {
    url: `http://${host}:${address.port}`,
    port: address.port,
    close: (): Promise<void> =>
      new Promise((resolve) => {
        upgrades.end();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
