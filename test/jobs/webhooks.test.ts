import { expect, test } from "vitest";
import { ProviderError } from "../../src/kit/provider-error.ts";
import { callId, type Office, OK, postOffice, type Received, SECRETS, signatureOf } from "./post-office.ts";

const HOUR = 3_600_000;
const ALL = ["call.started", "call.ended", "transcript.ready"] as const;
const kindsOf = (received: readonly Received[], call: string) =>
  received.filter((one) => one.call === call).map(({ kind }) => kind);
const gapsOf = (received: readonly Received[]) =>
  received.slice(1).map(({ atMs }, n) => atMs - (received[n]?.atMs ?? 0));

/** What a customer who forgets nothing and counts no event twice has seen of each call. */
function seen(received: readonly Received[]): Readonly<Record<string, readonly string[]>> {
  const once = [...new Map(received.toReversed().map((one) => [one.id, one])).values()].toReversed();
  return Object.fromEntries(received.map(({ call }) => [call, kindsOf(once, call)]));
}

test("a call's events are told in order, with what each is about", async () => {
  const office = postOffice();
  office.call(1, ...ALL);
  await office.pass(2000);
  const [started, ended, transcript] = office.received.map(({ body }) => JSON.parse(body));
  const call = { id: "call_1", carrier: "twilio", carrierCallId: "CA1", from: "+911", to: "+912", agent: "clinic" };
  expect(started).toMatchObject({ id: "call.started.call_1", kind: "call.started", data: { call } });
  expect(started.created).toBe(new Date(started.created).getTime());
  expect(ended.data).toMatchObject({
    call,
    how: "caller-hung-up",
    detail: "said goodbye",
    durationMs: 60_000,
    turns: 1,
    interruptions: 1,
    usage: { audioInSeconds: 60, audioOutSeconds: 2.5, charactersSpoken: 8 },
  });
  expect(transcript.data).toMatchObject({ call, transcript: { lines: [{ by: "caller", text: "नमस्ते" }] } });
  expect(office.received).toHaveLength(3);
  expect(office.failures).toEqual([]);
});

test("each secret signs time and body", async () => {
  const office = postOffice();
  office.call(1, "call.started");
  await office.pass(1000);
  const { headers = {}, body = "" } = office.received[0] ?? {};
  const t = String(Math.floor(office.clock.wall() / 1000) - 1);
  expect(headers).toMatchObject({
    "durvani-event-id": "call.started.call_1",
    "durvani-timestamp": t,
    "durvani-signature": [`t=${t}`, ...SECRETS.map((secret) => signatureOf(t, body, secret))].join(","),
  });
});

test("a receiver that was down for an hour gets everything once it is up, in order per call", async () => {
  const office = postOffice();
  office.receiver = () => Promise.reject(new Error("connection refused"));
  for (let minute = 0; minute < 60; minute++) {
    const id = office.call(minute, "call.started");
    await office.pass(30_000);
    office.outbox.put(id, "call.ended", office.clock.wall());
    office.outbox.put(id, "transcript.ready", office.clock.wall());
    await office.pass(30_000);
  }
  expect(new Set(office.received.map(({ kind }) => kind))).toEqual(new Set(["call.started"]));
  const upAt = office.received.length;
  office.receiver = () => OK;
  // No event waits longer than the longest pause.
  await office.pass(10 * 60_000 + 2000);
  expect(seen(office.received.slice(upAt))).toEqual(
    Object.fromEntries(Array.from({ length: 60 }, (_, n) => [callId(n), ALL])),
  );
  expect(office.received.length - upAt).toBe(180);
  await office.pass(HOUR);
  expect(office.received.length - upAt).toBe(180);
});

test("a receiver that takes an event and does not say so gets it again, under the same id and in the same words", async () => {
  const office = postOffice();
  let lost = 0;
  office.receiver = () => (lost++ % 2 === 0 ? Promise.reject(new Error("no answer within 10 s")) : OK);
  office.call(1, ...ALL);
  office.call(2, ...ALL);
  await office.pass(60_000);
  expect(seen(office.received)).toEqual({ call_1: ALL, call_2: ALL });
  expect(kindsOf(office.received, "call_1").length).toBeGreaterThan(3);
  const bodies = new Map<string, Set<string>>();
  for (const { id, body, headers } of office.received) {
    expect(headers["durvani-event-id"]).toBe(id);
    bodies.set(id, (bodies.get(id) ?? new Set()).add(JSON.parse(body).created));
  }
  expect([...bodies.keys()].toSorted()).toEqual(
    [1, 2].flatMap((n) => ALL.map((kind) => `${kind}.call_${n}`)).toSorted(),
  );
  for (const created of bodies.values()) expect(created.size).toBe(1);
});

test("tries come after a second or two, then later each time, up to ten minutes apart, for a day; then it is a dead letter", async () => {
  const office = postOffice();
  office.receiver = () => ({ status: 500 });
  office.call(1, "call.started", "call.ended");
  await office.pass(25 * HOUR);
  const started = office.received.filter(({ kind }) => kind === "call.started");
  const gaps = gapsOf(started);
  // A sweep looks once a second.
  expect(gaps[0]).toBeGreaterThanOrEqual(1000);
  expect(gaps[0]).toBeLessThanOrEqual(3000);
  for (const [n, gap] of gaps.entries()) {
    const full = Math.min(600_000, 2000 * 2 ** n);
    expect(gap).toBeGreaterThanOrEqual(full / 2);
    expect(gap).toBeLessThanOrEqual(full + 1000);
  }
  expect(new Set(gaps.slice(10)).size).toBeGreaterThan(5);
  expect((started.at(-1)?.atMs ?? 0) - (started[0]?.atMs ?? 0)).toBeGreaterThan(23.7 * HOUR);
  expect((started.at(-1)?.atMs ?? 0) - (started[0]?.atMs ?? 0)).toBeLessThanOrEqual(24 * HOUR);
  const [letter] = await office.outbox.dead(10);
  expect(letter).toMatchObject({
    id: "call.started.call_1",
    attempts: started.length,
    error: "the receiver answered 500",
  });
  expect(kindsOf(office.received.slice(started.length), "call_1")).toContain("call.ended");
});

test("a dead letter that is driven again is told once more, as often as need be", async () => {
  const office = postOffice();
  office.receiver = () => ({ status: 410 });
  office.call(1, "call.started");
  await office.pass(5000);
  expect(await office.outbox.redrive("call.started.call_2")).toBe(false);
  expect(await office.outbox.redrive("call.started.call_1")).toBe(true);
  expect(await office.outbox.redrive("call.started.call_1")).toBe(false);
  office.receiver = () => (office.received.length < 4 ? { status: 500 } : OK);
  await office.pass(60_000);
  expect(office.received.map(({ id }) => id)).toEqual(Array(4).fill("call.started.call_1"));
  expect(await office.outbox.dead(10)).toEqual([]);
});

test("410 is the end of an event at once, and of no other", async () => {
  const office = postOffice();
  office.receiver = ({ kind }) => ({ status: kind === "call.started" ? 410 : 204 });
  office.call(1, ...ALL);
  await office.pass(HOUR);
  expect(kindsOf(office.received, "call_1")).toEqual(ALL);
  expect(await office.outbox.dead(10)).toMatchObject([{ kind: "call.started", attempts: 1 }]);
});

test("a URL that may not be told is the end of an event at once, with the reason", async () => {
  const office = postOffice();
  office.receiver = () => Promise.reject(new ProviderError("webhook", "the URL must be https in production", false));
  office.call(1, "call.started");
  await office.pass(5000);
  expect(await office.outbox.dead(10)).toMatchObject([{ attempts: 1, error: "the URL must be https in production" }]);
});

const ASKED = [
  { status: 429, retryAfter: "120", from: 120_000, to: 122_000, what: "seconds" },
  { status: 503, retryAfter: "120", from: 120_000, to: 122_000, what: "seconds, of a server that is down" },
  { status: 503, retryAfter: "date", from: 299_000, to: 302_000, what: "a date" },
  { status: 429, retryAfter: "999999", from: HOUR, to: HOUR + 2000, what: "more than an hour" },
  { status: 429, retryAfter: "0", from: 1000, to: 3000, what: "less than the pause that is due anyway" },
  { status: 429, retryAfter: "soon", from: 1000, to: 3000, what: "nothing that can be understood" },
  { status: 500, retryAfter: "120", from: 1000, to: 3000, what: "something that only 429 and 503 may ask" },
];
test.each(ASKED)("Retry-After with $status: $what", async ({ status, retryAfter, from, to }) => {
  const office = postOffice();
  const when = retryAfter === "date" ? new Date(office.clock.wall() + 300_000).toUTCString() : retryAfter;
  office.receiver = () => (office.received.length === 1 ? { status, retryAfter: when } : OK);
  office.call(1, "call.started");
  await office.pass(2 * HOUR);
  const [gap] = gapsOf(office.received);
  expect(office.received).toHaveLength(2);
  expect(gap).toBeGreaterThanOrEqual(from);
  expect(gap).toBeLessThanOrEqual(to);
});

test("a redirect is no delivery", async () => {
  const office = postOffice();
  office.receiver = () => (office.received.length === 1 ? { status: 302 } : OK);
  expect(await office.webhooks.deliver(office.call(1, "call.started"))).toBe("waiting");
  await office.pass(10_000);
  expect(office.received).toHaveLength(2);
});

/** A receiver that holds what it is sent until it is let go. */
function holding(office: Office): { letGo(): void } {
  const held: (() => void)[] = [];
  office.receiver = () => new Promise((resolve) => held.push(() => resolve(OK)));
  return { letGo: () => held.splice(0).forEach((go) => void go()) };
}

test("of one call there is never more than one event under way, whoever asks", async () => {
  const office = postOffice();
  const { letGo } = holding(office);
  const id = office.call(1, ...ALL);
  const all = Array.from({ length: 3 }, () => office.webhooks.deliver(id));
  await office.clock.advance(0);
  expect(office.received).toHaveLength(1);
  for (let n = 0; n < 3; n++) {
    letGo();
    await office.clock.advance(0);
  }
  await Promise.all(all);
  expect(kindsOf(office.received, "call_1")).toEqual(ALL);
});

test("receivers that do not answer tie half of the hands, no more, and hold back no other call's for long", async () => {
  const office = postOffice();
  const { letGo } = holding(office);
  for (let n = 0; n < 20; n++) office.call(n, "call.started");
  await office.pass(5000);
  expect(office.received).toHaveLength(4);
  expect(await office.webhooks.deliver(callId(19))).toBe("busy");
  office.receiver = () => OK;
  letGo();
  await office.pass(20_000);
  expect(Object.keys(seen(office.received))).toHaveLength(20);
});

test("a call whose receiver is down does not hold back another call", async () => {
  const office = postOffice();
  office.receiver = ({ call }) => (call === "call_1" ? { status: 500 } : OK);
  office.call(1, ...ALL);
  office.call(2, ...ALL);
  await office.pass(2000);
  expect(kindsOf(office.received, "call_2")).toEqual(ALL);
});

test("an event whose teller died in the middle of it is told again after half a minute", async () => {
  const office = postOffice();
  const id = office.call(1, ...ALL);
  await office.outbox.claim(id, office.clock.wall(), 30_000);
  await office.pass(29_000);
  expect(office.received).toEqual([]);
  await office.pass(3000);
  expect(kindsOf(office.received, "call_1")).toEqual(ALL);
});

test("books or a queue that are down lose nothing, and a delivery that could not be noted is made again under its id", async () => {
  const office = postOffice();
  office.outbox.up = false;
  office.call(1, ...ALL);
  await office.pass(10_000);
  office.outbox.up = true;
  office.queueUp = false;
  await office.pass(10_000);
  expect(office.received).toEqual([]);
  office.queueUp = true;
  office.receiver = () => {
    office.outbox.up = office.received.length !== 1;
    return OK;
  };
  await office.pass(5000);
  office.outbox.up = true;
  await office.pass(60_000);
  expect(kindsOf(office.received, "call_1")).toEqual(["call.started", ...ALL]);
  expect(office.received[0]?.id).toBe(office.received[1]?.id);
  expect(office.failures.length).toBeGreaterThan(0);
});

test("nothing new is begun once the worker is to stop", async () => {
  const office = postOffice();
  const id = office.call(1, ...ALL);
  office.receiver = () => {
    office.stop();
    return OK;
  };
  expect(await office.webhooks.deliver(id)).toBe("waiting");
  expect(office.received).toHaveLength(1);
});

test("an event that was taken before its call was erased is dropped, and nothing of the call is told", async () => {
  const office = postOffice();
  office.erased.add(office.call(1, ...ALL));
  office.call(2, "call.started");
  await office.pass(2000);
  expect(office.received.map(({ call }) => call)).toEqual(["call_2"]);
  expect(office.failures).toEqual([]);
});
