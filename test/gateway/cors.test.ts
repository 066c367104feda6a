import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { world } from "./world.ts";

const PAGE = "https://console.example.com";
const keys = [{ name: "k", scopes: ["read"], sha256: createHash("sha256").update("key").digest("hex") }] as const;

async function asking(corsOrigins: readonly string[]) {
  const at = await world({ keys, corsOrigins });
  return {
    ask: (origin: string, path = "/v1/calls") =>
      fetch(at.origin + path, { headers: { origin, authorization: "Bearer key" } }),
    preflight: (origin: string, path = "/v1/calls") =>
      fetch(at.origin + path, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" },
      }),
  };
}

const allowed = ({ headers }: Response) => headers.get("access-control-allow-origin");

test("pages of other origins may not use the API unless they are named", async () => {
  const { ask, preflight } = await asking([]);
  const asked = await ask(PAGE);
  expect([asked.status, allowed(asked), asked.headers.get("vary")]).toEqual([200, null, null]);
  const before = await preflight(PAGE);
  expect([before.status, allowed(before)]).toEqual([404, null]);
});

test("pages of an origin that is named may, and no others", async () => {
  const { ask, preflight } = await asking(["https://other.example.com", PAGE]);
  const before = await preflight(PAGE, "/v1/events");
  expect([before.status, allowed(before)]).toEqual([204, PAGE]);
  expect(before.headers.get("access-control-allow-headers")).toContain("authorization");
  expect(before.headers.get("access-control-allow-methods")).toContain("GET");
  const asked = await ask(PAGE);
  expect([asked.status, allowed(asked), asked.headers.get("vary")]).toEqual([200, PAGE, "origin"]);
  expect(asked.headers.get("access-control-expose-headers")).toContain("ratelimit-remaining");
  expect(asked.headers.get("access-control-allow-credentials")).toBeNull();

  for (const stranger of ["https://evil.example.com", "null", `${PAGE}.evil.example`]) {
    expect([(await preflight(stranger)).status, allowed(await preflight(stranger))]).toEqual([404, null]);
    expect([allowed(await ask(stranger)), (await ask(stranger)).headers.get("vary")]).toEqual([null, "origin"]);
  }
});

test("a page that is let in is told why it is refused; carriers' webhooks and health are for no page", async () => {
  const { ask, preflight } = await asking([PAGE]);
  const missing = await ask(PAGE, "/v1/calls/call_0");
  expect([missing.status, allowed(missing)]).toEqual([404, PAGE]);
  for (const path of ["/healthz", "/metrics", "/twilio/voice"]) {
    expect([(await preflight(PAGE, path)).status, allowed(await ask(PAGE, path))]).toEqual([404, null]);
  }
});
