import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export type RestAnswer = {
  readonly status: number;
  readonly body: unknown;
  /** Happens once the answer has been sent: what a request sets going must not overtake its answer. */
  readonly afterwards?: () => void;
};

/** One request as it came. `form`: its fields, also those of a query. */
export type RestRequest = {
  readonly method: string;
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
};

export type CloudDoor = {
  /** `http://127.0.0.1:…`, the API's origin. */
  readonly url: string;
  /** Every request, refused ones too, in order. */
  readonly requests: readonly RestRequest[];
  close(): Promise<void>;
};

/** A carrier's REST API behind Basic, on a free port of this machine. Repeated fields come as `Name`, `Name[1]`, `Name[2]`. */
export async function openCloudDoor(
  pair: string,
  refusal: RestAnswer,
  answer: (request: RestRequest) => RestAnswer,
): Promise<CloudDoor> {
  const requests: RestRequest[] = [];
  const expected = `Basic ${Buffer.from(pair).toString("base64")}`;
  const server = createServer(async (message, response) => {
    const request = await requestOf(message);
    requests.push(request);
    const { status, body, afterwards } = message.headers.authorization === expected ? answer(request) : refusal;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body), afterwards);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function requestOf(message: IncomingMessage): Promise<RestRequest> {
  const { pathname, searchParams } = new URL(message.url ?? "/", "http://here");
  const form: Record<string, string> = {};
  for (const [name, value] of [...searchParams, ...new URLSearchParams(await text(message))]) {
    let at = 0;
    const place = (): string => (at === 0 ? name : `${name}[${at}]`);
    while (place() in form) at += 1;
    form[place()] = value;
  }
  return { method: message.method ?? "", path: pathname, form };
}
