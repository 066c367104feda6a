import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { type HangUp, plivoHangUp, signalwireHangUp, telnyxHangUp } from "../../src/carrier/rest-hang-up.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";

const SECRET = "api-secret-canary";
const basic = (user: string) => `Basic ${Buffer.from(`${user}:${SECRET}`).toString("base64")}`;
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A carrier's REST API that answers everything the same, and what it was asked. */
async function api(status: number, body = ""): Promise<{ readonly baseUrl: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let form = "";
    request.on("data", (chunk) => {
      form += chunk;
    });
    request.on("end", () => {
      asked.push(`${request.method} ${request.url} ${form} ${request.headers.authorization}`);
      response.writeHead(status, { location: "/elsewhere" });
      response.end(body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const failure = (hangUp: HangUp, id: string): Promise<unknown> =>
  hangUp(id).then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each([
  {
    name: "plivo",
    make: (baseUrl: string) => plivoHangUp({ authId: "MA1", authToken: SECRET, baseUrl }),
    id: "0a0a-1",
    done: 204,
    order: `DELETE /v1/Account/MA1/Call/0a0a-1/  ${basic("MA1")}`,
    over: { status: 404, body: "" },
  },
  {
    name: "telnyx",
    make: (baseUrl: string) => telnyxHangUp({ apiKey: SECRET, baseUrl }),
    id: "v3:ab-c",
    done: 200,
    order: `POST /v2/calls/v3%3Aab-c/actions/hangup  Bearer ${SECRET}`,
    over: { status: 422, body: '{"errors":[{"code":"90018","title":"Call has already ended"}]}' },
  },
  {
    name: "signalwire",
    make: (baseUrl: string) =>
      signalwireHangUp({ projectId: "p-1", apiToken: SECRET, space: "example.signalwire.com", baseUrl }),
    id: "4d4d-1",
    done: 200,
    order: `POST /api/laml/2010-04-01/Accounts/p-1/Calls/4d4d-1.json Status=completed ${basic("p-1")}`,
    over: { status: 404, body: "" },
  },
])("$name", ({ name, make, id, done, order, over }) => {
  test("is asked to end the call, as the account", async () => {
    const { baseUrl, asked } = await api(done);
    await make(baseUrl)(id);
    expect(asked).toEqual([order]);
  });

  test("a call that is over already counts as hung up", async () => {
    const { baseUrl } = await api(over.status, over.body);
    await expect(make(baseUrl)(id)).resolves.toBeUndefined();
  });

  test.each([
    [401, false],
    [422, false],
    [302, true],
    [429, true],
    [500, true],
  ])("an answer of %i is told, retryable is %j, and no credential with it", async (status, retryable) => {
    const { baseUrl } = await api(status, "{}");
    const error = await failure(make(baseUrl), id);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ provider: `${name}-rest`, retryable });
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET);
  });

  test("I31: nobody there is told, without the credentials", async () => {
    const error = await failure(make("http://127.0.0.1:9"), id);
    expect(error).toMatchObject({ provider: `${name}-rest`, retryable: true });
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET);
  });
});
