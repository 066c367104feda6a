import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import { expect, test, vi } from "vitest";
import { createLog } from "../../src/kit/log.ts";
import { basic, connect, dial, media, PAIR, PUBLIC, post, ring, ringForm, stop, TOKEN, world } from "./world.ts";

test("I31: a whole call and every kind of refusal leave no number, ticket, token or password in logs or metrics", async () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const keys = [
    { name: "k", scopes: ["read"], sha256: createHash("sha256").update("key-canary").digest("hex") },
  ] as const;
  const at = await world({ log: createLog("trace", destination), keys, trustProxy: ["127.0.0.1"] });
  // Each refusal from an address of its own, so that the log tells of every one.
  let strangers = 0;
  const stranger = () => ({ "x-forwarded-for": `203.0.113.${++strangers}` });
  const path = await ring(at, "CAother");
  const ticket = path.split("/").at(-1) ?? "";
  await dial(at, path, { ...stranger(), "x-twilio-signature": "bad-signature-canary" }).catch(() => undefined);
  const { peer, call } = await connect(at);
  peer.send({ event: "dtmf", dtmf: { digit: "7" } }, media(0));
  peer.socket.send(`{"event":"media","canary":"+919800000001"}`);
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
  peer.send(stop);
  await peer.closed;
  const { call: failing } = await connect(at, "CA4");
  failing.end({ how: "failed", detail: 'sarvam-tts: "canary, said the caller of +919800000001"' });
  await post(at, "/twilio/voice", ringForm("CA3"), { ...stranger(), "x-twilio-signature": "bad-signature-canary" });
  await dial(at, "/exotel/media", { authorization: basic }).then((socket) => socket.socket.close());
  await dial(at, "/twilio/media/guessed-ticket-canary", stranger()).catch(() => undefined);
  await fetch(`${at.origin}/exotel/voicebot?CallSid=c9&CallFrom=%2B919800000001`, {
    headers: { ...stranger(), authorization: "Basic x" },
  });
  await fetch(`${at.origin}/nothing/guessed-ticket-canary?From=+919800000001`);
  await vi.waitFor(() => expect(at.memory.jobs).not.toHaveLength(0));

  const logIn = (key: string, headers: Record<string, string> = {}) =>
    fetch(`${at.origin}/v1/login`, { method: "POST", headers, body: new URLSearchParams({ key }) });
  const login = await logIn("key-canary");
  const [, cookie = ""] = /^durvani_session=([^;]+)/.exec(login.headers.get("set-cookie") ?? "") ?? [];
  const guess = await logIn("guessed-key-canary", stranger());
  const headers = { cookie: `durvani_session=${cookie}`, origin: "https://evil.test" };
  const driven = await fetch(`${at.origin}/v1/calls/call_1/hang-up`, { method: "POST", headers });
  expect([login.status, guess.status, driven.status]).toEqual([200, 401, 403]);
  const answers = await Promise.all([login, guess, driven].map((answer) => answer.text()));

  const metrics = await fetch(`${at.origin}/metrics`, { headers: { authorization: "Bearer key-canary" } });
  expect(metrics.status).toBe(200);
  const told = [...lines, ...answers, await metrics.text()].join("");
  expect(lines.length).toBeGreaterThan(4);
  const secrets = [
    "9800000001",
    "8000000002",
    ticket,
    cookie,
    createHash("sha256").update(cookie).digest("base64url"),
    "canary",
    TOKEN,
    PAIR.password,
    basic.slice(6),
    new URL(PUBLIC).host,
  ];
  for (const secret of secrets) expect(told).not.toContain(secret);
});
