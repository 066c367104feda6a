import { describe, expect, test, vi } from "vitest";
import type { Dial } from "../../src/carrier/carrier.ts";
import { exotel } from "../../src/carrier/exotel.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import { ask, idOf, KEYS } from "./desk.ts";
import { dial, PAIR, post, ring, type World, world } from "./world.ts";

const WANTED = { to: "+919800000001", from: "+918000000002" };
const FORM = { CallSid: "CA7", From: WANTED.from, To: WANTED.to };

const pathOf = (url: string): string => new URL(url).pathname + new URL(url).search;
const streamOf = async (answer: Response): Promise<string | undefined> =>
  /url="wss:\/\/voice\.example\.test([^"]+)"/.exec(await answer.text())?.[1];

/** A carrier that thinks until it is told what to answer; `placed` is what it was asked. */
async function thinking(changes: Parameters<typeof world>[0] = {}) {
  const answers: ((answer: { carrierCallId: string }) => void)[] = [];
  const refusals: ((error: Error) => void)[] = [];
  const at = await world(
    { ...KEYS, ...changes },
    {
      dial: () =>
        new Promise((resolve, reject) => {
          answers.push(resolve);
          refusals.push(reject);
        }),
    },
  );
  const asked = ask(at, "/v1/calls", WANTED);
  const placed = await vi.waitFor(() => at.dialled[0] ?? Promise.reject(new Error("not dialled yet")));
  return {
    ...{ at, asked, placed },
    take: () => answers[0]?.({ carrierCallId: "CA7" }),
    refuse: (error: Error) => refusals[0]?.(error),
  };
}

/** What was sent before this has been read. */
const arrived = (at: World) => fetch(`${at.origin}/healthz`);

describe("a call of ours", () => {
  test("has one ticket, told to the carrier twice or not, and none when it is over", async () => {
    const { at, asked, placed, take } = await thinking();
    take();
    await asked;
    const stream = await streamOf(await post(at, pathOf(placed.webhookUrl), FORM));
    expect(stream).toBe(pathOf(placed.streamUrl ?? ""));
    expect((await ask(at, `/v1/calls/${idOf(at)}/hang-up`, {})).status).toBe(202);
    await expect(dial(at, stream ?? "")).rejects.toThrow("401");
  });

  test("opens one stream, although two come for it before the carrier has answered", async () => {
    const { at, asked, placed, take } = await thinking();
    const path = pathOf(placed.streamUrl ?? "");
    const upgrades = [dial(at, path), dial(at, path)].map((upgrade) => upgrade.catch((error: Error) => error.message));
    await arrived(at);
    take();
    await asked;
    const outcomes = await Promise.all(upgrades);
    expect(outcomes.filter((outcome) => outcome === "401")).toHaveLength(1);
  });

  test("that is reported busy before the carrier's own answer is over at once", async () => {
    const { at, asked, placed, take } = await thinking();
    const told = post(at, pathOf(placed.statusUrl), { CallSid: "CA7", CallStatus: "busy" });
    await arrived(at);
    take();
    expect([(await asked).status, (await told).status]).toEqual([201, 204]);
    await at.clock.advance(2000);
    expect(at.memory.ends()).toEqual(["not-answered"]);
  });

  test("that the carrier takes although we have given it up is no call of the default agent's", async () => {
    const { at, asked, placed, refuse } = await thinking();
    refuse(new ProviderError("twilio-rest", "ECONNABORTED", false));
    expect((await asked).status).toBe(502);
    const answer = await (await post(at, pathOf(placed.webhookUrl), FORM)).text();
    expect(answer).toContain("<Hangup/>");
    expect(at.memory.entries("open")).toEqual([]);
  });

  test("makes nobody wait who cannot prove to be the carrier", async () => {
    const { at, asked, placed, take } = await thinking();
    const bare = await fetch(at.origin + pathOf(placed.webhookUrl), { method: "POST" });
    expect(bare.status).toBe(401);
    take();
    await asked;
  });

  test("over which somebody else would have to wait for a place is not even rung", async () => {
    const { at, asked, take } = await thinking({ maxCalls: 1 });
    expect((await ask(at, "/v1/calls", WANTED)).status).toBe(503);
    await expect(ring(at, "CA8")).rejects.toThrow("no stream");
    take();
    expect((await asked).status).toBe(201);
    expect(at.dialled).toHaveLength(1);
    expect(at.gateway.liveCalls).toBe(1);
  });

  test("that is being placed when the gateway stops is taken back before it has stopped", async () => {
    const { at, asked, take } = await thinking();
    let stopped = false;
    const draining = at.gateway.drain(600_000).then(() => {
      stopped = true;
    });
    await arrived(at);
    expect(stopped).toBe(false);
    take();
    expect((await asked).status).toBe(503);
    await draining;
    expect(at.hungUp).toEqual(["CA7"]);
  });

  test("through Exotel cannot be transferred: its end is the end of the stream", async () => {
    const dialect = exotel({ ...PAIR, allowedIps: [], minFrameBytes: 3200 });
    const orders: Dial[] = [];
    const place = async (order: Dial) => {
      orders.push(order);
      return { carrierCallId: "EX7" };
    };
    const at = await world({ ...KEYS, carriers: () => [{ dialect, dial: place }] });
    expect((await ask(at, "/v1/calls", { ...WANTED, carrier: "exotel" })).status).toBe(201);
    const peer = await dial(at, pathOf(orders[0]?.streamUrl ?? ""));
    peer.send({ event: "start", stream_sid: "MZ1", start: { stream_sid: "MZ1", call_sid: "EX7" } });
    await vi.waitFor(() => expect(at.calls[0]?.signals).toHaveLength(1));
    const refused = await ask(at, `/v1/calls/${idOf(at)}/transfer`, { to: "+918000000009" });
    expect([refused.status, refused.body.error?.message]).toEqual([
      409,
      expect.stringContaining("calls placed through exotel"),
    ]);
    expect(at.calls[0]?.orders).toEqual([]);
  });
});

test("the same order, sent twice with one Idempotency-Key, rings once", async () => {
  const at = await world(KEYS);
  const send = (to: string) =>
    fetch(`${at.origin}/v1/calls`, {
      method: "POST",
      headers: { authorization: "Bearer desk", "content-type": "application/json", "idempotency-key": "order-7" },
      body: JSON.stringify({ to, from: "+918000000002" }),
    });
  const answers = [await send("+919800000001"), await send("+919800000001")];
  const [first, second] = await Promise.all(answers.map((answer) => answer.json()));
  expect(second).toEqual(first);
  expect(answers.map(({ headers }) => headers.get("idempotent-replayed"))).toEqual([null, "true"]);
  expect((await send("+919800000009")).status).toBe(409);
  expect(at.dialled).toHaveLength(1);
});
