import { expect, test } from "vitest";
import type { GatewayParts } from "../../src/gateway/gateway.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import { callId, closed, opened } from "../store/entries.ts";
import { world } from "./world.ts";

const open = { openOnLoopback: true, publicUrl: undefined } satisfies Partial<GatewayParts>;
const ID = callId("call_1");

// biome-ignore lint/suspicious/noExplicitAny: its shape is what is tested.
type Answered = any;

async function stage(isOver = true) {
  const at = await world(open);
  for (const entry of [opened(ID), ...(isOver ? [closed()] : [])]) at.memory.books.push({ id: ID, entry });
  const ask = async (method: string, path: string, body?: object) => {
    const headers = body ? { "content-type": "application/json" } : {};
    const answer = await fetch(`${at.origin}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { status: answer.status, body: (await answer.json()) as Answered };
  };
  return { at, ask };
}

test("a call's bill: quantities, lines with their unit prices, the table's date, and what is not known", async () => {
  const { ask } = await stage();
  const { body } = await ask("GET", `/v1/calls/${ID}/usage`);
  expect(body.usage).toMatchObject({ stream_seconds: 61, spoken_seconds: 2.5, carriers: [{ minutes: 2 }] });
  expect(body.cost).toMatchObject({ prices_as_of: "2026-09-20", currency: "INR", unpriced: true });
  // 61 s of 30 an hour, 200 of 30 for 10,000, 600 of 29.28, 400 of 10.98 and 50 of 73.20 for a million.
  const amounts = body.cost.lines.map(({ what, rupees }: { what: string; rupees?: string }) => [what, rupees]);
  expect(amounts).toEqual([
    ["speech-to-text", "0.508333"],
    ["text-to-speech", "0.600000"],
    ["prompt-tokens", "0.017568"],
    ["cached-tokens", "0.004392"],
    ["completion-tokens", "0.003660"],
    ["carrier", undefined],
  ]);
  expect(body.cost.rupees).toBe("1.133953");
  expect(body.cost.note).toBe("tokens: unknown for 1 answer(s); lines without unit_price are unpriced");
});

test("a call that is not over has no bill yet, and its API says so", async () => {
  const { ask } = await stage(false);
  const { status, body } = await ask("GET", `/v1/calls/${ID}/usage`);
  expect(status).toBe(404);
  expect(body.error.message).toMatch(/not over/);
});

test("days are told by agent, and can be asked for one", async () => {
  const { ask } = await stage();
  const { body } = await ask("GET", "/v1/usage?from=2026-09-01&to=2026-09-30");
  expect(body.days).toMatchObject([{ agent: "front-desk", usage: { calls: 1 }, cost: { rupees: "1.133953" } }]);
  expect((await ask("GET", "/v1/usage?from=2026-09-01&to=2026-09-30&agent=other")).body).toEqual({ days: [] });
});

test("a day before there were any is no day, instead of a mistake of ours", async () => {
  const { ask } = await stage();
  for (const day of ["0000-01-01", "0001-01-01"])
    expect(await ask("GET", `/v1/usage?to=${day}`)).toMatchObject({
      status: 400,
      body: { error: { details: { fields: [{ field: "to" }] } } },
    });
});

test("what can never be erased as things are set up is said so, not to be asked again", async () => {
  const { at, ask } = await stage();
  at.memory.unerasable = new ProviderError("recordings", "a recording is kept at other.example", false);
  const { status, body } = await ask("DELETE", `/v1/calls/${ID}`);
  expect([status, body.error.message]).toEqual([
    409,
    "it cannot be erased as things are set up: a recording is kept at other.example",
  ]);
});

test("a call is erased twice as once; an open one is refused, an unknown one not found, a database that is down said", async () => {
  const { at, ask } = await stage();
  for (const _ of [1, 2])
    expect(await ask("DELETE", `/v1/calls/${ID}`)).toMatchObject({ status: 200, body: { erased: true } });
  expect((await ask("DELETE", "/v1/calls/call_0")).status).toBe(404);
  at.memory.databaseUp = false;
  expect(await ask("DELETE", `/v1/calls/${ID}`)).toMatchObject({ status: 503 });
  const live = await stage(false);
  expect(await live.ask("DELETE", `/v1/calls/${ID}`)).toMatchObject({ status: 409 });
  expect(live.at.memory.erased).toEqual([]);
});

test("a number's calls are erased and counted, but none while one of them is not over", async () => {
  const { ask } = await stage();
  expect(await ask("POST", "/v1/erasures", { number: "0 1234-567890" })).toEqual({ status: 200, body: { erased: 1 } });
  const live = await stage(false);
  const { status, body } = await live.ask("POST", "/v1/erasures", { number: "01234567890" });
  expect([status, body.error.message]).toEqual([409, "1 call(s) from or to this number are not over: end them first"]);
});
