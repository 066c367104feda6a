import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Rates } from "../../src/gateway/rates.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { world } from "./world.ts";

test("a bucket holds a minute's worth, fills evenly, and each has its own", async () => {
  const clock = new VirtualClock();
  const rates = new Rates(clock, 60);
  expect(rates.take("one")).toEqual({ granted: true, limit: 60, remaining: 59, retryMs: 0, fullMs: 1000 });
  for (let n = 0; n < 59; n++) expect(rates.take("one").granted).toBe(true);
  expect(rates.take("one")).toEqual({ granted: false, limit: 60, remaining: 0, retryMs: 1000, fullMs: 60_000 });
  expect(rates.take("other").granted).toBe(true);
  await clock.advance(999);
  expect(rates.take("one")).toMatchObject({ granted: false, retryMs: expect.closeTo(1) });
  await clock.advance(1);
  expect([rates.take("one").granted, rates.take("one").granted]).toEqual([true, false]);
  await clock.advance(3_600_000);
  expect(rates.take("one").remaining).toBe(59);
});

test("of very many names those that asked longest ago are forgotten", () => {
  const rates = new Rates(new VirtualClock(), 1);
  rates.take("first");
  rates.take("second");
  for (let n = 0; n < 9_998; n++) rates.take(`name ${n}`);
  rates.take("first");
  rates.take("one more");
  expect(rates.take("first").granted).toBe(false);
  expect(rates.take("second").granted).toBe(true);
});

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const keys = [
  { name: "one", scopes: ["read"], sha256: sha256("key-1") },
  { name: "two", scopes: ["control"], sha256: sha256("key-2") },
] as const;

type Refusal = { readonly error: { readonly code: string; readonly message: string } };

async function asking(more: Parameters<typeof world>[0] = {}) {
  const at = await world({ keys, ratePerMinute: 3, ...more });
  const ask = async (key: string | undefined, path = "/v1/calls", headers: Record<string, string> = {}) => {
    const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const answer = await fetch(at.origin + path, { headers: { ...authorization, ...headers } });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Refusal };
  };
  return { at, ask };
}

test("a key that asks too often is 429, with when to ask again, and no other key is", async () => {
  const { at, ask } = await asking();
  const first = await ask("key-1");
  expect(Object.fromEntries(first.headers)).toMatchObject({
    "ratelimit-limit": "3",
    "ratelimit-remaining": "2",
    "ratelimit-reset": "20",
  });
  // What is wrong, and what is not there, counts too.
  expect((await ask("key-1", "/v1/calls?limit=0")).status).toBe(400);
  expect((await ask("key-1", "/v1/calls/call_0")).status).toBe(404);
  const refused = await ask("key-1");
  expect([refused.status, refused.body]).toEqual([
    429,
    { error: { code: "too_many_requests", message: "3 requests a minute are allowed; ask again in 20 s" } },
  ]);
  expect([refused.headers.get("retry-after"), refused.headers.get("ratelimit-remaining")]).toEqual(["20", "0"]);
  expect((await ask("key-2")).status).toBe(403);
  await at.clock.advance(20_000);
  expect((await ask("key-1")).status).toBe(200);
});

test("who guesses keys is 429 after a while, by address, and a good key from there is not", async () => {
  const { ask } = await asking({ trustProxy: ["127.0.0.1"] });
  const from = (address: string) => ({ "x-forwarded-for": address });
  for (let n = 0; n < 3; n++) expect((await ask(`guess-${n}`, "/v1/calls", from("192.0.2.7"))).status).toBe(401);
  expect((await ask("guess", "/v1/calls", from("192.0.2.7"))).status).toBe(429);
  expect((await ask(undefined, "/v1/calls", from("192.0.2.7"))).status).toBe(429);
  expect((await ask(undefined, "/v1/calls", from("192.0.2.8"))).status).toBe(401);
  expect((await ask("key-1", "/v1/calls", from("192.0.2.7"))).status).toBe(200);
});

test("a refusal says what is missing", async () => {
  const { ask } = await asking({ ratePerMinute: 100 });
  const told = async (key: string | undefined) => (await ask(key)).body.error;
  expect(await told(undefined)).toEqual({
    code: "unauthorized",
    message: "a key is needed: send Authorization: Bearer <key>",
  });
  expect(await told("key-3")).toEqual({ code: "unauthorized", message: "this key is not known here" });
  expect(await told("key-2")).toEqual({
    code: "forbidden",
    message: 'this needs a key with the scope read; the key "two" has control',
    details: { needed: "read", scopes: ["control"] },
  });
  const without = await asking({ keys: [] });
  expect((await without.ask("key-1")).body.error.message).toBe("this gateway has no keys: set API_KEYS");
});
