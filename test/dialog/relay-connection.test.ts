import { expect, test, vi } from "vitest";
import { publicLookup } from "../../src/kit/public-url.ts";
import { application, type Joined, join, SOON, saidUnder } from "./relay-rig.ts";

/** Both sides once they talk. */
async function connected() {
  const app = await application();
  const call = join(app.url);
  await app.next("setup");
  return { app, ...call };
}

const kinds = ({ news }: Pick<Joined, "news">): readonly string[] => news.map(({ kind }) => kind);

/** Lets time pass, slower than sockets work, until something has happened. When that was. */
async function passUntil(clock: Joined["clock"], done: () => boolean): Promise<number> {
  for (let turns = 0; !done(); turns++) {
    if (turns > 20_000) throw new Error("waited in vain");
    await clock.advance(1);
  }
  return clock.now();
}

test("an application that starts late is reached on the third try; the caller's first words wait for it", async () => {
  const app = await application();
  app.refuse(503);
  const { dialog, clock, news } = join(app.url, { relay: { dtmfDetection: true } });
  dialog.tell({ kind: "words", text: "hello" });
  dialog.tell({ kind: "key", digit: "1" });
  await passUntil(clock, () => app.upgrades.length === 2);
  app.refuse(undefined);
  await passUntil(clock, () => app.told.length === 3);
  expect(app.upgrades).toHaveLength(3);
  expect(app.told.map(({ type }) => type)).toEqual(["setup", "prompt", "dtmf"]);
  expect(app.told[0]).toMatchObject({ customParameters: { tenant: "t_42" } });
  expect(app.told[0]).not.toHaveProperty("customParameters.reconnect");
  expect(news).toEqual([]);
});

test("an application that answers 503 four times cannot be reached", async () => {
  const app = await application();
  app.refuse(503);
  const call = join(app.url);
  const afterMs = await passUntil(call.clock, () => kinds(call).includes("dialog-failed"));
  expect(app.upgrades).toHaveLength(4);
  expect(afterMs).toBeGreaterThanOrEqual(1750);
  expect(call.news.at(-1)).toEqual({
    kind: "dialog-failed",
    message: "the application cannot be reached: HTTP 503 (1006)",
  });
  expect(call.clock.pending).toBe(0);
});

test.each([401, 404, 302])("an upgrade that is answered %i is not tried again", async (status) => {
  const app = await application();
  app.refuse(status);
  const call = join(app.url);
  await call.heard("dialog-failed");
  expect(app.upgrades).toHaveLength(1);
  expect(call.clock.pending).toBe(0);
});

test("a server that leaves the upgrade unanswered is given 5 s, and 10 s in all; the caller is told after 2 s", async () => {
  const app = await application();
  app.refuse("silence");
  const call = join(app.url);
  await vi.waitFor(() => expect(app.upgrades).toHaveLength(1), SOON);
  await call.clock.advance(1999);
  expect(call.news).toEqual([]);
  await call.clock.advance(1);
  expect(kinds(call)).toEqual(["dialog-away"]);
  await call.clock.advance(3250);
  await vi.waitFor(() => expect(app.upgrades).toHaveLength(2), SOON);
  await call.clock.advance(4749);
  expect(kinds(call)).toEqual(["dialog-away"]);
  await call.clock.advance(1);
  expect(kinds(call)).toEqual(["dialog-away", "dialog-failed"]);
  expect(call.clock.now()).toBe(10_000);
});

test("a lost socket: the caller is told, setup says it is a reconnect, and what was not answered is asked again", async () => {
  const { app, dialog, heard, clock, news } = await connected();
  dialog.tell({ kind: "words", text: "answered" });
  await app.next("prompt");
  app.say({ type: "text", token: "Here is", last: false });
  const { speech } = await heard("dialog-speaks");
  dialog.tell({ kind: "words", text: "not answered" });
  await app.next("prompt");
  app.socket().terminate();
  await heard("dialog-away");
  expect(await saidUnder(dialog, speech)).toEqual(["Here is"]);
  dialog.tell({ kind: "interrupted", heard: "Here", afterMs: 200 });
  dialog.tell({ kind: "words", text: "are you there" });
  const told = app.told.length;
  await passUntil(clock, () => app.told.length === told + 4);
  expect(app.told.slice(told)).toEqual([
    expect.objectContaining({ type: "setup", customParameters: { tenant: "t_42", reconnect: "1" } }),
    expect.objectContaining({ voicePrompt: "not answered" }),
    expect.objectContaining({ type: "interrupt" }),
    expect.objectContaining({ voicePrompt: "are you there" }),
  ]);
  expect(app.told[told]?.["sessionId"]).toBe(app.told[0]?.["sessionId"]);
  app.say({ type: "text", token: "I am back.", last: true });
  await heard("dialog-speaks", 2);
  expect(kinds({ news })).toEqual(["dialog-speaks", "dialog-away", "dialog-speaks"]);
});

test("lost twice, it is asked again what it has not answered, but told of a key only once", async () => {
  const app = await application();
  const { dialog, clock, heard, news } = join(app.url, { relay: { dtmfDetection: true } });
  await app.next("setup");
  app.socket().terminate();
  await heard("dialog-away");
  dialog.tell({ kind: "key", digit: "4" });
  dialog.tell({ kind: "words", text: "hello" });
  await passUntil(clock, () => app.told.length === 4);
  app.socket().terminate();
  await passUntil(clock, () => kinds({ news }).filter((kind) => kind === "dialog-away").length === 2);
  await passUntil(clock, () => app.told.length >= 6);
  expect(app.told.map(({ type }) => type)).toEqual(["setup", "setup", "dtmf", "prompt", "setup", "prompt"]);
});

test("of what an application never answers only the newest is kept for it", async () => {
  const { app, dialog, heard, clock } = await connected();
  for (let said = 1; said <= 60; said++) dialog.tell({ kind: "words", text: `prompt ${said}` });
  await vi.waitFor(() => expect(app.told).toHaveLength(61), SOON);
  app.socket().terminate();
  await heard("dialog-away");
  await passUntil(clock, () => app.told.length === 61 + 51);
  expect(app.told.slice(62).map(({ voicePrompt }) => voicePrompt)).toEqual(
    Array.from({ length: 50 }, (_, at) => `prompt ${at + 11}`),
  );
});

test("an application that stays away for 5 s has failed", async () => {
  const { app, ...call } = await connected();
  app.refuse("silence");
  app.socket().terminate();
  await call.heard("dialog-away");
  const lostMs = call.clock.now();
  const failedMs = await passUntil(call.clock, () => kinds(call).includes("dialog-failed"));
  expect(failedMs - lostMs).toBeLessThanOrEqual(5005);
  expect(kinds(call)).toEqual(["dialog-away", "dialog-failed"]);
});

test("an application that is lost again and again right after each connection has failed", async () => {
  const { app, ...call } = await connected();
  for (let lost = 1; lost <= 4; lost++) {
    app.socket().close(1011);
    await vi.waitFor(() => expect(kinds(call).filter((kind) => kind === "dialog-away")).toHaveLength(lost), SOON);
    if (lost < 4) await passUntil(call.clock, () => app.told.length === lost + 1);
  }
  expect(kinds(call).at(-1)).toBe("dialog-failed");
});

test("one that held for a while may be lost as often as it likes", async () => {
  const { app, ...call } = await connected();
  for (let lost = 1; lost <= 5; lost++) {
    await call.clock.advance(5000);
    app.socket().close(1012);
    await passUntil(call.clock, () => app.told.length === lost + 1);
  }
  expect(kinds(call)).not.toContain("dialog-failed");
});

test.each([1000, undefined])("a close with code %s is the application's way to end the conversation", async (code) => {
  const { app, heard, news, clock } = await connected();
  app.socket().close(code);
  expect(await heard("dialog-ends")).toEqual({ kind: "dialog-ends" });
  await clock.advance(10_000);
  expect(kinds({ news })).toEqual(["dialog-ends"]);
  expect(app.upgrades).toHaveLength(1);
});

test("a quiet connection is asked for a sign of life after 15 s, and is lost 10 s later without one", async () => {
  const { app, heard, news, clock } = await connected();
  let pings = 0;
  app.socket().on("ping", () => pings++);
  await clock.advance(15_000);
  await vi.waitFor(() => expect(pings).toBe(1), SOON);
  const before = clock.next;
  await vi.waitFor(() => expect(clock.next).not.toBe(before), SOON); // the pong has come
  app.socket().pause();
  await clock.advance(24_999);
  expect(news).toEqual([]);
  await clock.advance(1);
  expect((await heard("dialog-away")).why).toBe("no sign of life for 10000 ms (1006)");
});

test("an application that does not read what it is sent is lost", async () => {
  const { app, dialog, heard } = await connected();
  app.socket().pause();
  const text = "word ".repeat(40_000);
  for (let said = 0; said < 60; said++) dialog.tell({ kind: "words", text });
  expect((await heard("dialog-away")).why).toBe("it does not read what it is sent (1013)");
});

test("an address that is not public is not connected to", async () => {
  const app = await application();
  const call = join(app.url, { access: { rules: { allowPrivate: false, httpsOnly: false } } });
  expect(call.news).toEqual([]);
  await call.clock.advance(0);
  expect(call.news).toEqual([
    { kind: "dialog-failed", message: expect.stringMatching(/reached: the URL must be wss/) },
  ]);
  expect(app.upgrades).toEqual([]);
  expect(call.clock.pending).toBe(0);
});

test("a name that leads to a private address is not connected to", async () => {
  const app = await application();
  const rules = { allowPrivate: false, httpsOnly: false };
  const found: string[] = [];
  const lookup = publicLookup(rules, (host, _options, then) => {
    found.push(host);
    setImmediate(() => then(null, [{ address: "127.0.0.1", family: 4 }]));
  });
  const call = join(app.url.replace("ws://127.0.0.1", "wss://app.example"), { access: { rules }, lookup });
  await passUntil(call.clock, () => kinds(call).includes("dialog-failed"));
  expect(call.news.at(-1)).toMatchObject({ message: expect.stringMatching(/is not a public address/) });
  expect(found).toContain("app.example");
  expect(app.upgrades).toEqual([]);
});
