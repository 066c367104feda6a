import library from "twilio";
import { expect, test, vi } from "vitest";
import { AGENT, agentsOf, basic, dial, PUBLIC, ring, TOKEN, world } from "./world.ts";

const exotelStart = (callSid = "c1") => ({
  event: "start",
  stream_sid: "s1",
  start: { stream_sid: "s1", call_sid: callSid, media_format: { encoding: "raw", sample_rate: "8000" } },
});
test("I30: a wrong, a used and an expired ticket are 401 before the upgrade, and no provider is opened for them", async () => {
  const at = await world();
  await expect(dial(at, "/twilio/media/wrong")).rejects.toThrow("401");
  expect(at.calls).toHaveLength(0);

  const path = await ring(at);
  const peer = await dial(at, path);
  await expect(dial(at, path)).rejects.toThrow("401");
  peer.socket.close();

  const late = await ring(at, "CA2");
  await at.clock.advance(59_999);
  expect(at.gateway.liveCalls).toBe(1);
  await at.clock.advance(1);
  await expect(dial(at, late)).rejects.toThrow("401");
  expect(at.calls).toHaveLength(2);
});

test("two sockets racing for one ticket: one gets in", async () => {
  const at = await world();
  const path = await ring(at);
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => dial(at, path)));
  expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("a ticket is good at its own carrier's door only", async () => {
  const at = await world();
  const path = await ring(at);
  await expect(dial(at, path.replace("twilio", "exotel"))).rejects.toThrow("401");
  await expect(dial(at, path)).resolves.toBeDefined();
});

test("a plain request to a media address gets 426 and does not use the ticket up", async () => {
  const at = await world();
  const path = await ring(at);
  expect((await fetch(at.origin + path)).status).toBe(426);
  await expect(dial(at, path)).resolves.toBeDefined();
});

test("an upgrade with a wrong signature is 401, one with a right signature or none is let in, and the latter counted", async () => {
  const at = await world();
  const path = await ring(at);
  await expect(dial(at, path, { "x-twilio-signature": "AAAA" })).rejects.toThrow("401");
  const url = `${PUBLIC.replace("https", "wss")}${path}`;
  const signed = { "x-twilio-signature": library.getExpectedTwilioSignature(TOKEN, url, {}) };
  await expect(dial(at, path, signed)).resolves.toBeDefined();
  expect(await at.counted("upgrades_unsigned")).toBe(0);
  await dial(at, await ring(at, "CA2"));
  expect(await at.counted("upgrades_unsigned")).toBe(1);
});

test("one who keeps guessing tickets is told 429, and a good ticket from the same address still gets in", async () => {
  const at = await world();
  const path = await ring(at);
  const refusals: string[] = [];
  for (let i = 0; i < 22; i++) await dial(at, `/twilio/media/guess${i}`).catch((error) => refusals.push(error.message));
  expect(refusals.slice(0, 20)).toEqual(Array(20).fill("401"));
  expect(refusals.slice(20)).toEqual(["429", "429"]);
  await expect(dial(at, path)).resolves.toBeDefined();
});

test("behind a proxy nobody told us to trust, guesses are not counted against its address", async () => {
  const at = await world();
  const headers = { "x-forwarded-for": "203.0.113.9" };
  const refusals = new Set<string>();
  for (let i = 0; i < 30; i++)
    await dial(at, `/twilio/media/guess${i}`, headers).catch((error) => refusals.add(error.message));
  expect([...refusals]).toEqual(["401"]);
});

test("Exotel's socket with the right Basic pair opens its own call at start; without or with a wrong pair it is 401", async () => {
  const at = await world();
  await expect(dial(at, "/exotel/media")).rejects.toThrow("401");
  await expect(dial(at, "/exotel/media", { authorization: "Basic AAAA" })).rejects.toThrow("401");
  const peer = await dial(at, "/exotel/media", { authorization: basic });
  expect(at.calls).toHaveLength(0);
  peer.send({ event: "connected" }, exotelStart());
  await vi.waitFor(() => expect(at.calls[0]?.signals).toHaveLength(1));
  expect(at.memory.entries("open")).toMatchObject([{ opening: { carrierCallId: "c1", from: "", to: "" } }]);

  const second = await dial(at, "/exotel/media", { authorization: basic });
  second.send(exotelStart());
  expect(await second.closed).toBe(1008);
  expect(at.gateway.liveCalls).toBe(1);
});

test("a stream that begins its own call with numbers in start reaches their agent, and the books have them", async () => {
  const asked: string[] = [];
  const agents = {
    ...agentsOf(AGENT),
    forNumber: (number: string) => {
      asked.push(number);
      return AGENT;
    },
  };
  const at = await world({ agents });
  const peer = await dial(at, "/exotel/media", { authorization: basic });
  const { start, ...rest } = exotelStart();
  peer.send({ ...rest, start: { ...start, from: "09800000001", to: "08000000002" } });
  await vi.waitFor(() => expect(at.calls[0]?.signals).toHaveLength(1));
  expect(asked).toEqual(["08000000002"]);
  expect(at.memory.entries("open")).toMatchObject([{ opening: { from: "09800000001", to: "08000000002" } }]);
});

test("at most 50 sockets without a ticket may wait for their start, and those let go make room", async () => {
  const at = await world();
  const headers = { authorization: basic };
  const waiting = await Promise.all(Array.from({ length: 50 }, () => dial(at, "/exotel/media", headers)));
  await expect(dial(at, "/exotel/media", headers)).rejects.toThrow("503");
  await expect(dial(at, await ring(at))).resolves.toBeDefined();
  waiting[0]?.socket.close();
  await waiting[0]?.closed;
  await expect(dial(at, "/exotel/media", headers)).resolves.toBeDefined();
});

test("a ticket at Exotel's door suffices, but a Basic pair that is sent must be right", async () => {
  const at = await world();
  const answer = await fetch(`${at.origin}/exotel/voicebot?CallSid=c1`, { headers: { authorization: basic } });
  const path = new URL(((await answer.json()) as { url: string }).url).pathname;
  await expect(dial(at, path, { authorization: "Basic AAAA" })).rejects.toThrow("401");
  const peer = await dial(at, path);
  peer.send(exotelStart());
  await vi.waitFor(() => expect(at.calls[0]?.signals).toHaveLength(1));
});
