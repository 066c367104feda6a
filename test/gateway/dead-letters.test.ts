import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { CallId } from "../../src/record/record.ts";
import type { DeadLetter } from "../../src/store/store.ts";
import { world } from "./world.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const keys = [
  { name: "chief", scopes: ["admin"], sha256: sha256("admin-key") },
  { name: "driver", scopes: ["read", "control"], sha256: sha256("control-key") },
] as const;

const LETTER: DeadLetter = {
  id: "call.ended.call_1",
  callId: "call_1" as CallId,
  kind: "call.ended",
  url: "https://customer.example/hook",
  createdAt: 1,
  attempts: 12,
  deadAt: 2,
  error: "the receiver answered 500",
};

async function stage() {
  const at = await world({ keys });
  at.memory.deadLetters.push(LETTER);
  const ask = (method: string, path: string, body?: unknown, key = "admin-key") =>
    fetch(at.origin + path, {
      method,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { at, ask };
}

const REDRIVE = `/v1/webhooks/dead/${LETTER.id}/redrive`;

test("GET /v1/webhooks/dead lists what was given up", async () => {
  const { ask } = await stage();
  expect(await (await ask("GET", "/v1/webhooks/dead")).json()).toEqual({ dead: [LETTER] });
});

test("POST …/redrive has it tried again, to another address if one is named", async () => {
  const { at, ask } = await stage();
  const answer = await ask("POST", REDRIVE);
  expect([answer.status, await answer.json()]).toEqual([202, { id: LETTER.id }]);
  expect((await ask("POST", REDRIVE, { url: "https://new.example/" })).status).toBe(202);
  expect(at.memory.redriven).toEqual([
    [LETTER.id, undefined],
    [LETTER.id, "https://new.example/"],
  ]);
});

test("an unknown letter is 404, a bad body 422 and does nothing", async () => {
  const { at, ask } = await stage();
  const missing = await ask("POST", "/v1/webhooks/dead/call.ended.call_2/redrive");
  expect(missing.status).toBe(404);
  expect(await missing.text()).toContain("no such dead letter");
  at.memory.redriven.length = 0;
  for (const bad of [{ url: "ftp://new.example/" }, { url: 7 }, { uri: "https://new.example/" }, "text", []])
    expect((await ask("POST", REDRIVE, bad)).status, JSON.stringify(bad)).toBe(422);
  expect(at.memory.redriven).toEqual([]);
});

test("an id that cannot be one is 404, and the database is not asked", async () => {
  const { at, ask } = await stage();
  at.memory.databaseUp = false;
  for (const id of ["%00", "call.ended.call_1%00", "call.ended", `call.ended.call_${"1".repeat(65)}`])
    expect((await ask("POST", `/v1/webhooks/dead/${id}/redrive`)).status, id).toBe(404);
});

test("an address that nothing may be posted to is 422, with why", async () => {
  const { at, ask } = await stage();
  const whyNot = async (url: string) => {
    const answer = await ask("POST", REDRIVE, { url });
    expect([url, answer.status]).toEqual([url, 422]);
    return ((await answer.json()) as { error: { message: string } }).error.message;
  };
  expect(await whyNot("http://new.example/")).toBe("url: must be https in production");
  expect(await whyNot("https://user:pw@new.example/")).toBe("url: must not hold a user or a password");
  expect(await whyNot("https://169.254.169.254/")).toMatch(/^url: 169\.254\.169\.254 is not a public address/);
  expect(await whyNot(`https://new.example/${"a".repeat(2000)}`)).toMatch(/^url: .*2000/);
  expect(at.memory.redriven).toEqual([]);
});

test("both are for admins only", async () => {
  const { at, ask } = await stage();
  for (const [method, path] of [
    ["GET", "/v1/webhooks/dead"],
    ["POST", REDRIVE],
  ] as const) {
    expect((await ask(method, path, undefined, "")).status).toBe(401);
    expect((await ask(method, path, undefined, "control-key")).status).toBe(403);
  }
  expect(at.memory.redriven).toEqual([]);
});

test("a database that is down is 503", async () => {
  const { at, ask } = await stage();
  at.memory.databaseUp = false;
  const answer = await ask("GET", "/v1/webhooks/dead");
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
  expect((await ask("POST", REDRIVE)).status).toBe(503);
});
