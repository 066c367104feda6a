import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { webhookPost } from "../../src/jobs/webhook-post.ts";
import { publicLookup } from "../../src/kit/public-url.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";

const LOCAL = { allowPrivate: true, httpsOnly: false };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: RequestListener): Promise<{ readonly url: string; readonly port: number }> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook?a=b`, port };
}

test("a body arrives as it is, with its headers; the status is the answer", async () => {
  let got: unknown;
  const { url } = await serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, headers } = request;
    got = {
      method,
      path: request.url,
      type: headers["content-type"],
      id: headers["durvani-event-id"],
      body: String(Buffer.concat(chunks)),
    };
    response.writeHead(202).end("thanks");
  });
  const clock = new VirtualClock();
  const answer = await webhookPost(clock, LOCAL)(url, { "durvani-event-id": "e1" }, '{"text":"नमस्ते"}');
  expect(answer).toEqual({ status: 202 });
  expect(got).toEqual({
    method: "POST",
    path: "/hook?a=b",
    type: "application/json",
    id: "e1",
    body: '{"text":"नमस्ते"}',
  });
  await vi.waitFor(() => expect(clock.pending).toBe(0));
});

test("a redirect is answered, not followed", async () => {
  let asked = 0;
  const { url } = await serve((_request, response) => {
    asked += 1;
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  expect(await webhookPost(new VirtualClock(), LOCAL)(url, {}, "{}")).toEqual({ status: 307 });
  expect(asked).toBe(1);
});

test("Retry-After is handed on", async () => {
  const { url } = await serve((_request, response) => void response.writeHead(503, { "retry-after": "7" }).end());
  expect(await webhookPost(new VirtualClock(), LOCAL)(url, {}, "{}")).toEqual({ status: 503, retryAfter: "7" });
});

test("an answer without an end is cut off after 64 KB, and is an answer all the same", async () => {
  let sent = 0;
  let cut: () => void = () => {};
  const over = new Promise<void>((resolve) => (cut = resolve));
  const { url } = await serve((_request, response) => {
    response.writeHead(200);
    const pour = (): void => {
      if (response.destroyed) return;
      sent += 16_384;
      response.write(Buffer.alloc(16_384), () => setImmediate(pour));
    };
    response.on("close", cut);
    pour();
  });
  expect(await webhookPost(new VirtualClock(), LOCAL)(url, {}, "{}")).toEqual({ status: 200 });
  await over;
  expect(sent).toBeGreaterThan(64 * 1024);
});

test("a receiver that does not answer is left after ten seconds", async () => {
  let asked = false;
  const { url } = await serve(() => {
    asked = true;
  });
  const clock = new VirtualClock();
  const posted = webhookPost(clock, LOCAL)(url, {}, "{}");
  posted.catch(() => {});
  await vi.waitFor(() => expect(asked).toBe(true));
  await clock.advance(9_999);
  expect(clock.pending).toBe(1);
  await clock.advance(1);
  await expect(posted).rejects.toThrow("no answer within 10 s");
});

test("an answer whose body never ends is an answer, and its connection is closed after ten seconds", async () => {
  let cut: () => void = () => {};
  const over = new Promise<void>((resolve) => (cut = resolve));
  const { url } = await serve((_request, response) => {
    response.on("close", cut);
    response.writeHead(200).write("one moment");
  });
  const clock = new VirtualClock();
  expect(await webhookPost(clock, LOCAL)(url, {}, "{}")).toEqual({ status: 200 });
  await clock.advance(10_000);
  await over;
});

test("nobody there, and no such URL, are failures that say so", async () => {
  const { url } = await serve(() => {});
  servers.at(-1)?.close();
  await once(servers.at(-1) as Server, "close");
  const post = webhookPost(new VirtualClock(), LOCAL);
  await expect(post(url, {}, "{}")).rejects.toThrow("ECONNREFUSED");
  await expect(post("hook", {}, "{}")).rejects.toMatchObject({
    message: expect.stringContaining("the URL must be a URL"),
    retryable: false,
  });
});

test("a name with several addresses of which none answers fails with a reason", async () => {
  const { port } = await serve(() => {});
  servers.at(-1)?.close();
  await once(servers.at(-1) as Server, "close");
  const both: LookupFunction = (_host, _options, then) =>
    then(null, [
      { address: "127.0.0.1", family: 4 },
      { address: "127.0.0.2", family: 4 },
    ]);
  const post = webhookPost(new VirtualClock(), LOCAL, both);
  await expect(post(`http://twofold.example:${port}/`, {}, "{}")).rejects.toThrow("ECONNREFUSED");
});

test("a private address is not connected to, by number or by name", async () => {
  let asked = 0;
  const { url, port } = await serve((_request, response) => {
    asked += 1;
    response.end();
  });
  const post = webhookPost(new VirtualClock(), { allowPrivate: false, httpsOnly: false });
  for (const place of [url, `http://localhost:${port}/`, `http://[::ffff:127.0.0.1]:${port}/`, `http://0:${port}/`])
    await expect(post(place, {}, "{}"), place).rejects.toThrow("not a public address");
  expect(asked).toBe(0);
});

test("a name that leads elsewhere the second time it is asked is asked each time, and what was looked at is connected to", async () => {
  let asked = 0;
  const { port } = await serve((_request, response) => {
    asked += 1;
    response.end();
  });
  const answers = ["127.0.0.1", "10.0.0.1"];
  let lookups = 0;
  // Here 127.0.0.1 stands in for a public address: the guard is told so, and sees all others as they are.
  const guarded = publicLookup({ allowPrivate: false }, (_host, _options, then) => {
    const address = answers[lookups++] ?? "";
    then(null, [{ address: address === "127.0.0.1" ? "8.8.8.8" : address, family: 4 }]);
  });
  const lookup: LookupFunction = (host, options, then) =>
    guarded(host, { ...options, all: false }, (error, address) => {
      const there = address === "8.8.8.8" ? "127.0.0.1" : address;
      if (error || !options.all) then(error, there, 4);
      else then(null, [{ address: String(there), family: 4 }]);
    });
  const post = webhookPost(new VirtualClock(), { allowPrivate: false, httpsOnly: false }, lookup);
  expect(await post(`http://rebound.example:${port}/`, {}, "{}")).toEqual({ status: 200 });
  await expect(post(`http://rebound.example:${port}/`, {}, "{}")).rejects.toThrow("10.0.0.1 is not a public address");
  expect([asked, lookups]).toEqual([1, 2]);
});
