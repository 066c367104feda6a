import { createHash } from "node:crypto";
import { request } from "node:http";
import { expect, test, vi } from "vitest";
import { connect, ring, world } from "./world.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const keys = [
  { name: "reader", scopes: ["read"], sha256: sha256("read-key") },
  { name: "driver", scopes: ["control"], sha256: sha256("control-key") },
  { name: "chief", scopes: ["admin"], sha256: sha256("admin-key") },
] as const;
const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

test("the API and the metrics are 401 without a key, 403 with one that may not, 200 with read or admin", async () => {
  const at = await world({ keys });
  await ring(at);
  const id = at.memory.books[0]?.id;
  for (const path of [`/v1/calls/${id}`, "/metrics"]) {
    const status = async (init?: RequestInit) => (await fetch(at.origin + path, init)).status;
    expect(await status()).toBe(401);
    expect(await status(bearer("wrong"))).toBe(401);
    expect(await status({ headers: { authorization: "Basic cmVhZA==" } })).toBe(401);
    expect(await status(bearer(sha256("read-key")))).toBe(401);
    expect(await status(bearer("control-key"))).toBe(403);
    expect(await status(bearer("read-key"))).toBe(200);
    expect(await status(bearer("admin-key"))).toBe(200);
  }
});

test("with no keys set everything is 401, also from this machine", async () => {
  const at = await world();
  expect((await fetch(`${at.origin}/metrics`, bearer("any"))).status).toBe(401);
});

test("demo mode opens the API to this machine, but not to what a tunnel or a foreign page brings in", async () => {
  const at = await world({ openOnLoopback: true, publicUrl: undefined });
  const status = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${at.origin}/metrics`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on("error", reject);
      sent.end();
    });
  expect(await status({})).toBe(200);
  expect(await status({ host: "localhost:3000" })).toBe(200);
  expect(await status({ host: "demo.tunnel.test" })).toBe(401);
  expect(await status({ "x-forwarded-for": "203.0.113.7" })).toBe(401);
  expect(await status({ origin: "https://evil.test" })).toBe(401);
});

test("demo mode opens nothing once PUBLIC_URL leads here from elsewhere: a proxy may hide whose request it is", async () => {
  const status = async (publicUrl: string) => {
    const at = await world({ openOnLoopback: true, publicUrl });
    return (await fetch(`${at.origin}/metrics`)).status;
  };
  expect(await status("https://voice.example.test")).toBe(401);
  expect(await status("http://localhost:3000")).toBe(200);
  expect(await status("http://[::1]:3000")).toBe(200);
});

test("GET /v1/calls/:id answers the call with its turns; an unknown or odd id is 404, a database that is down 503", async () => {
  const at = await world({ keys });
  const { call } = await connect(at);
  call.turn(1, "नमस्ते");
  const id = at.memory.books[0]?.id;
  const get = (path: string) => fetch(`${at.origin}/v1/calls/${path}`, bearer("read-key"));
  expect(await (await get(`${id}`)).json()).toMatchObject({
    id,
    carrier: "twilio",
    status: "open",
    turns: [{ seq: 1, userText: "नमस्ते", agentGenerated: "a", agentSent: "a", agentHeard: "a" }],
    decisions: [],
  });
  expect((await get("call_0000")).status).toBe(404);
  expect((await get("..%2F..%2Fetc")).status).toBe(404);
  at.memory.databaseUp = false;
  expect((await get(`${id}`)).status).toBe(503);
});

test("a database that is down is said, and does not make the gateway unready; a backlog beyond 10 000 does", async () => {
  const at = await world();
  const ready = async () => {
    const response = await fetch(`${at.origin}/readyz`);
    return { code: response.status, ...((await response.json()) as { status: string; database: string }) };
  };
  await ready();
  await vi.waitFor(async () => expect(await ready()).toMatchObject({ code: 200, status: "ready", database: "up" }));
  at.memory.databaseUp = false;
  await at.clock.advance(2_000);
  await ready();
  await vi.waitFor(async () => expect(await ready()).toMatchObject({ code: 200, database: "down" }));
  at.memory.backlog = 10_001;
  expect(await ready()).toMatchObject({ code: 503, status: "backlogged" });
});

test("the metrics tell live calls, the event loop's delay and what was counted", async () => {
  const at = await world({ keys });
  await ring(at);
  const text = await (await fetch(`${at.origin}/metrics`, bearer("read-key"))).text();
  expect(text).toMatch(/^durvani_live_calls 1$/m);
  expect(text).toMatch(/^durvani_calls_opened\{carrier="twilio"\} 1$/m);
  expect(text).toMatch(/^durvani_nodejs_eventloop_lag_p99_seconds /m);
});
