import { createHash } from "node:crypto";
import { get, type IncomingHttpHeaders, request } from "node:http";
import { expect, test, vi } from "vitest";
import { LOGIN_LIFE_MS, Logins } from "../../src/gateway/logins.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { idOf } from "./desk.ts";
import { connect, dial, media, PUBLIC, type World, world } from "./world.ts";

const HOUR_MS = 3_600_000;
const holder = (name: string, ...scopes: readonly ("read" | "control" | "admin")[]) => ({
  name,
  scopes,
  sha256: createHash("sha256").update(`${name}-key`).digest("hex"),
});
const keys = [holder("desk", "read", "control"), holder("looker", "read")];

type Told = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
};

/** As a browser would: `fetch` names no `Host` of ours, and has headers of its own. */
function send(at: World, method: string, path: string, headers: Record<string, string> = {}, body?: object) {
  const json = body && JSON.stringify(body);
  return new Promise<Told>((resolve, reject) => {
    const sent = request(at.origin + path, {
      method,
      headers: { ...(json && { "content-type": "application/json" }), ...headers },
    });
    sent.on("error", reject);
    sent.on("response", (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: String(Buffer.concat(chunks)) }),
      );
    });
    sent.end(json);
  });
}

const OWN = { origin: PUBLIC };
const logIn = (at: World, key = "desk-key", headers: Record<string, string> = OWN) =>
  send(at, "POST", "/v1/login", headers, { key });
const cookieOf = ({ headers }: Told) => ({ cookie: headers["set-cookie"]?.[0]?.split(";")[0] ?? "" });
const who = (at: World, headers: Record<string, string> = {}) => send(at, "GET", "/v1/login", headers);

test("a key is traded for a cookie that no script reads and no other site's page sends", async () => {
  const at = await world({ keys });
  const told = await logIn(at);
  expect([told.status, JSON.parse(told.text)]).toEqual([
    200,
    { name: "desk", scopes: ["read", "control"], open: false },
  ]);
  expect(told.headers["set-cookie"]).toEqual([
    expect.stringMatching(/^durvani_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
  ]);
  const cookie = cookieOf(told);
  expect(JSON.parse((await who(at, cookie)).text)).toMatchObject({ name: "desk", scopes: ["read", "control"] });
  expect((await send(at, "GET", "/v1/calls", cookie)).status).toBe(200);
  expect((await send(at, "POST", "/v1/softphone/token", { ...cookie, ...OWN })).status).toBe(200);
});

test("where the public origin is plain http the cookie is not Secure, or it would never come back", async () => {
  const at = await world({ keys, publicUrl: "http://127.0.0.1:3000" });
  const [set = ""] = (await logIn(at, "desk-key", {})).headers["set-cookie"] ?? [];
  expect(set).toContain("HttpOnly");
  expect(set).not.toContain("Secure");
});

test("an unknown key is 401, and 429 after a while, by address; a known one is counted by its name", async () => {
  const at = await world({ keys, ratePerMinute: 3 });
  for (let n = 0; n < 3; n++) expect((await logIn(at, `guess-${n}`)).status).toBe(401);
  const refused = await logIn(at, "guess");
  expect([refused.status, refused.headers["retry-after"]]).toEqual([429, "20"]);
  expect(refused.headers["set-cookie"]).toBeUndefined();
  const cookie = cookieOf(await logIn(at));
  expect((await who(at, cookie)).status).toBe(200);
  expect((await send(at, "GET", "/v1/calls", { authorization: "Bearer desk-key" })).status).toBe(200);
  expect((await who(at, cookie)).status).toBe(429);
  expect((await logIn(at)).status).toBe(429);
});

test("who is nobody is told so, also with a cookie that was made up; a key that is not known is 401", async () => {
  const at = await world({ keys });
  expect((await who(at)).status).toBe(204);
  expect((await who(at, { cookie: "durvani_session=made-up" })).status).toBe(204);
  expect((await who(at, { authorization: "Bearer made-up" })).status).toBe(401);
  expect(JSON.parse((await who(at, { authorization: "Bearer looker-key" })).text)).toEqual({
    name: "looker",
    scopes: ["read"],
    open: false,
  });
  const open = await world({ openOnLoopback: true, publicUrl: undefined });
  expect(JSON.parse((await who(open)).text)).toEqual({
    name: "this machine",
    scopes: ["read", "control", "admin"],
    open: true,
  });
});

test("logging out ends the session and not only the cookie; so does logging in anew", async () => {
  const at = await world({ keys });
  const first = cookieOf(await logIn(at));
  const second = cookieOf(await logIn(at, "looker-key", { ...OWN, ...first }));
  expect((await who(at, first)).status).toBe(204);
  expect(JSON.parse((await who(at, second)).text)).toMatchObject({ name: "looker" });
  const out = await send(at, "DELETE", "/v1/login", { ...OWN, ...second });
  expect([out.status, out.text]).toEqual([204, ""]);
  expect(out.headers["set-cookie"]).toEqual([
    "durvani_session=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict",
  ]);
  expect((await who(at, second)).status).toBe(204);
  expect((await send(at, "DELETE", "/v1/login", OWN)).status).toBe(204);
});

test("who has logged out is shown nothing more: what a login let in ends with it, and what a key let in does not", async () => {
  const at = await world({ keys });
  const cookie = cookieOf(await logIn(at));
  const { peer, call } = await connect(at);
  /** A line on which nothing comes would be over by then. */
  const tenSeconds = async () => {
    for (let half = 0; half < 2; half++) {
      const before = call.heard.length;
      peer.send(media(5_000));
      await vi.waitFor(() => expect(call.heard.length).toBeGreaterThan(before));
      await at.clock.advance(5_000);
    }
  };
  const ended: string[] = [];
  const follow = (name: string, headers: Record<string, string>) =>
    new Promise<void>((resolve) => {
      get(`${at.origin}/v1/events`, { agent: false, headers }, (answer) => {
        answer.resume().once("close", () => ended.push(name));
        resolve();
      }).on("error", () => undefined);
    });
  await follow("by login", cookie);
  await follow("by key", { authorization: "Bearer desk-key", ...cookie });
  const ear = await dial(at, `/v1/calls/${idOf(at)}/listen`, { ...cookie, ...OWN });
  await tenSeconds();
  expect(ended).toEqual([]);
  await send(at, "DELETE", "/v1/login", { ...OWN, ...cookie });
  await tenSeconds();
  expect(await ear.closed).toBe(1008);
  await vi.waitFor(() => expect(ended).toEqual(["by login"]));
});

test("a key that may only look may only look by cookie, too", async () => {
  const at = await world({ keys });
  const cookie = cookieOf(await logIn(at, "looker-key"));
  expect((await send(at, "GET", "/v1/calls", cookie)).status).toBe(200);
  const refused = await send(at, "POST", "/v1/softphone/token", { ...cookie, ...OWN });
  expect([refused.status, JSON.parse(refused.text).error.details]).toEqual([
    403,
    { needed: "control", scopes: ["read"] },
  ]);
});

test("a login ends after twelve hours, or two without use; of very many the one unused longest goes", async () => {
  const clock = new VirtualClock();
  let made = 0;
  const logins = new Logins(clock, () => `token ${++made}`);
  const token = logins.begin("desk");
  for (let at = 0; at < LOGIN_LIFE_MS - HOUR_MS; at += HOUR_MS) {
    await clock.advance(HOUR_MS);
    expect(logins.use(token)).toBe("desk");
  }
  await clock.advance(HOUR_MS);
  expect(logins.use(token)).toBeUndefined();

  const idle = logins.begin("desk");
  await clock.advance(2 * HOUR_MS - 1);
  expect(logins.use(idle)).toBe("desk");
  await clock.advance(2 * HOUR_MS);
  expect(logins.use(idle)).toBeUndefined();

  const [oldest, used] = [logins.begin("a"), logins.begin("b")];
  for (let n = 0; n < 998; n++) logins.begin("many");
  expect(logins.use(oldest)).toBe("a");
  logins.begin("one more");
  expect([logins.use(oldest), logins.use(used)]).toEqual(["a", undefined]);
});

// --- whose page asks ---

const SENT = {
  nothing: {},
  "own origin": { origin: PUBLIC },
  "same-origin": { "sec-fetch-site": "same-origin" },
  "same-origin without a known Origin": { "sec-fetch-site": "same-origin", origin: "http://127.0.0.1:1" },
  "foreign origin": { origin: "https://evil.test" },
  "foreign subdomain": { origin: `${PUBLIC}.evil.test`, "sec-fetch-site": "cross-site" },
  "other port": { origin: `${PUBLIC}:8443`, "sec-fetch-site": "same-site" },
  "other scheme": { origin: PUBLIC.replace("https", "http") },
  "no origin at all": { origin: "null" },
  "cross-site": { "sec-fetch-site": "cross-site" },
  "same-site": { "sec-fetch-site": "same-site" },
  "typed in": { "sec-fetch-site": "none" },
} as const;

type Sent = keyof typeof SENT;
/** May it look; may it act, and open a socket. */
const TABLE: Readonly<Record<"Bearer" | "cookie" | "open", Readonly<Record<Sent, readonly [number, number]>>>> = {
  Bearer: Object.fromEntries(Object.keys(SENT).map((sent) => [sent, [200, 200]])) as Record<Sent, [number, number]>,
  cookie: {
    nothing: [200, 403],
    "own origin": [200, 200],
    "same-origin": [200, 200],
    "same-origin without a known Origin": [200, 200],
    "foreign origin": [200, 403],
    "foreign subdomain": [200, 403],
    "other port": [200, 403],
    "other scheme": [200, 403],
    "no origin at all": [200, 403],
    "cross-site": [200, 403],
    "same-site": [200, 403],
    "typed in": [200, 403],
  },
  open: {
    nothing: [200, 200],
    "own origin": [200, 200],
    "same-origin": [200, 200],
    "same-origin without a known Origin": [200, 200],
    "foreign origin": [401, 403],
    "foreign subdomain": [401, 403],
    "other port": [401, 403],
    "other scheme": [401, 403],
    "no origin at all": [401, 403],
    "cross-site": [401, 403],
    "same-site": [401, 403],
    "typed in": [200, 200],
  },
};

const CASES = Object.entries(TABLE).flatMap(([auth, row]) =>
  Object.entries(row).map(([sent, statuses]) => ({ auth, sent: sent as Sent, statuses })),
);

/** A gateway, and what opens it in this way. */
async function admitted(auth: string): Promise<{ readonly at: World; readonly headers: Record<string, string> }> {
  if (auth === "open") return { at: await world({ openOnLoopback: true, publicUrl: undefined }), headers: {} };
  const at = await world({ keys });
  return { at, headers: auth === "Bearer" ? { authorization: "Bearer desk-key" } : cookieOf(await logIn(at)) };
}

test.each(CASES)("by $auth, with $sent: look and act are $statuses", async ({ auth, sent, statuses: [look, act] }) => {
  const { at, headers } = await admitted(auth);
  const own = sent === "own origin" && auth === "open" ? { origin: at.origin } : SENT[sent];
  const all = { ...headers, ...own };
  expect((await send(at, "GET", "/v1/calls", all)).status).toBe(look);
  expect((await send(at, "POST", "/v1/softphone/token", all)).status).toBe(act);
  // Who sends a key is asked by the socket itself whose page it is.
  if (auth === "Bearer") return;
  // The web line, which the socket joins, goes by Origin alone.
  expect(await upgraded(at, all)).toBe(sent === "same-origin without a known Origin" ? 403 : act);
});

async function upgraded(at: World, headers: Record<string, string>): Promise<number> {
  try {
    const { socket } = await dial(at, "/ws/voice-agent", headers);
    socket.close();
    return 200;
  } catch (error) {
    return Number((error as Error).message);
  }
}

test("the gateway's own name may be the one that it was asked by", async () => {
  const at = await world({ keys });
  const cookie = cookieOf(await logIn(at, "desk-key", { origin: at.origin }));
  const act = (headers: Record<string, string>) =>
    send(at, "POST", "/v1/softphone/token", { ...cookie, ...headers }).then(({ status }) => status);
  expect(await act({ origin: at.origin })).toBe(200);
  expect(await act({ origin: "http://lan.test:3000", host: "lan.test:3000" })).toBe(200);
  expect(await act({ origin: "http://evil.test:3000", host: "lan.test:3000" })).toBe(403);
});

test("no page of somebody else's logs a browser in or out", async () => {
  const at = await world({ keys });
  const foreign = { origin: "https://evil.test" };
  const refused = await logIn(at, "desk-key", foreign);
  expect([refused.status, refused.headers["set-cookie"]]).toEqual([403, undefined]);
  expect(JSON.parse(refused.text).error.message).toBe(
    "only pages of this gateway may do this without sending Authorization: Bearer <key>",
  );
  const cookie = cookieOf(await logIn(at, "desk-key", {}));
  expect((await send(at, "DELETE", "/v1/login", { ...foreign, ...cookie })).status).toBe(403);
  expect((await who(at, cookie)).status).toBe(200);
});

test("demo mode is open to no name that was made to lead here, and to a local page of somebody else's only where it is named", async () => {
  const page = "http://127.0.0.1:5173";
  const demo = { openOnLoopback: true, publicUrl: undefined };
  const token = (at: World, headers: Record<string, string>) =>
    send(at, "POST", "/v1/softphone/token", headers).then(({ status }) => status);
  const at = await world(demo);
  expect(await token(at, { host: "rebound.test:3000", origin: "http://rebound.test:3000" })).toBe(401);
  expect(await token(at, { host: "rebound.test:3000", "sec-fetch-site": "same-origin" })).toBe(401);
  expect(await token(at, { origin: page })).toBe(403);
  const named = await world({ ...demo, corsOrigins: [page, "https://shop.example.test"] });
  expect(await token(named, { origin: page })).toBe(200);
  expect(await token(named, { origin: "https://shop.example.test" })).toBe(403);
});
