import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, expect, test } from "vitest";
import { twilioControl } from "../../src/carrier/twilio-rest.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";

const accountSid = "AC0000000000000000000000000000000a";
const authToken = "0123456789abcdef0123456789abcdef";
const call = "CA0000000000000000000000000000000a";
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function hangUpAgainst(listener: RequestListener): Promise<(id: string) => Promise<void>> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return twilioControl({ accountSid, authToken, apiBaseUrl: `http://127.0.0.1:${port}` }).hangUp;
}

const answering = (status: number, body: object | string) =>
  hangUpAgainst((_, response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });

async function failure(hangUp: (id: string) => Promise<void>, id = call): Promise<unknown> {
  return hangUp(id).then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("hanging up asks Twilio to complete the call, as the account", async () => {
  const seen: string[] = [];
  const hangUp = await hangUpAgainst((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      seen.push(`${request.method} ${request.url} ${body} ${request.headers.authorization}`);
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ sid: call, status: "completed" }));
    });
  });
  await hangUp(call);
  const pair = Buffer.from(`${accountSid}:${authToken}`).toString("base64");
  expect(seen).toEqual([`POST /2010-04-01/Accounts/${accountSid}/Calls/${call}.json Status=completed Basic ${pair}`]);
});

test.each([
  [404, { code: 20404, message: "The requested resource was not found" }],
  [404, "no JSON at all"],
  [400, { code: 20404, message: "gone" }],
  [400, { code: 21220, message: "Call is not in-progress. Cannot redirect." }],
])("a call that is over already (HTTP %i) counts as hung up", async (status, body) => {
  const hangUp = await answering(status, body);
  expect(await failure(hangUp)).toBeUndefined();
});

test.each([
  [401, false],
  [400, false],
  [429, true],
  [500, true],
  [503, true],
])("HTTP %i is Twilio's failure; worth trying again: %j", async (status, retryable) => {
  const error = await failure(await answering(status, { code: 20003, message: "no" }));
  expect(error).toBeInstanceOf(ProviderError);
  expect(error).toMatchObject({ provider: "twilio-rest", retryable, message: `HTTP ${status}, code 20003: no` });
});

test("a broken connection is worth trying again", async () => {
  const error = await failure(await hangUpAgainst((request) => request.socket.destroy()));
  expect(error).toMatchObject({ name: "ProviderError", retryable: true });
});

test("a call id that would lead elsewhere is never sent", async () => {
  let requests = 0;
  const hangUp = await hangUpAgainst((_, response) => {
    requests += 1;
    response.end("{}");
  });
  expect(await failure(hangUp, "../../Accounts/x")).toMatchObject({ name: "ProviderError", retryable: false });
  expect(requests).toBe(0);
});

test("I31: a failed hang-up carries no credential, however deeply it is logged", async () => {
  const secrets = [authToken, Buffer.from(`${accountSid}:${authToken}`).toString("base64")];
  for (const error of [
    await failure(await answering(500, { message: "no" })),
    await failure(await hangUpAgainst((request) => request.socket.destroy())),
  ]) {
    expect(error).toBeInstanceOf(ProviderError);
    const written = inspect(error, { depth: 20, showHidden: true });
    for (const secret of secrets) expect(written).not.toContain(secret);
  }
});
