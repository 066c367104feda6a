import library from "twilio";
import { afterEach, describe, expect, test, vi } from "vitest";
import { twilio } from "../../src/carrier/twilio.ts";
import { webhook } from "./fixtures.ts";

const token = "0123456789abcdef0123456789abcdef";
const dialect = twilio({ authToken: token, publicUrl: "https://gw.example.test" });
const sign = (url: string, params: Record<string, string | string[]> = {}): string =>
  library.getExpectedTwilioSignature(token, url, params);

describe("signatures", () => {
  const ring = webhook({
    url: "https://voice.example.test/hooks/twilio/voice?tenant=t1",
    headers: { "x-twilio-signature": "VXMpLRuAfVuE7CMYpSwvA5KyZT4=" },
    params: {
      CallSid: "CA00000000000000000000000000000001",
      From: "+15550100001",
      To: "+15550100002",
      CallStatus: "ringing",
      Direction: "inbound",
    },
  });

  test("the reference's signed POST is let in", () => {
    expect(dialect.admitWebhook(ring)).toEqual({ ok: true });
  });

  test.each([
    ["a parameter changed", { params: { ...ring.params, From: "+15550100009" } }],
    ["a parameter added", { params: { ...ring.params, Extra: "", Z: "1" } }],
    ["a parameter removed", { params: {} }],
    ["another path", { url: "https://voice.example.test/hooks/twilio/status?tenant=t1" }],
    ["another query", { url: "https://voice.example.test/hooks/twilio/voice?tenant=t2" }],
    ["another host", { url: "https://evil.example.test/hooks/twilio/voice?tenant=t1" }],
    ["another scheme", { url: "http://voice.example.test/hooks/twilio/voice?tenant=t1" }],
    ["as a GET", { method: "GET" }],
    ["no signature", { headers: {} }],
    ["two signatures", { headers: { "x-twilio-signature": ["VXMpLRuAfVuE7CMYpSwvA5KyZT4=", "x"] } }],
  ])("the same with %s is refused", (_, change) => {
    expect(dialect.admitWebhook({ ...ring, ...change })).toMatchObject({ ok: false, status: 401 });
  });

  test("a GET is signed by its URL alone", () => {
    const url = "https://gw.example.test/twilio/voice?CallSid=CA1&From=%2B1555";
    const request = webhook({
      method: "GET",
      url,
      headers: { "x-twilio-signature": sign(url) },
      params: { CallSid: "CA1", From: "+1555" },
    });
    expect(dialect.admitWebhook(request)).toEqual({ ok: true });
    expect(dialect.admitWebhook({ ...request, url: `${url}&x=1` })).toMatchObject({ ok: false, status: 401 });
  });

  test("a method whose body no signature covers is refused, though its URL is signed", () => {
    const url = "https://gw.example.test/twilio/voice";
    const request = webhook({
      method: "PUT",
      url,
      headers: { "x-twilio-signature": sign(url) },
      params: { From: "+1555" },
    });
    expect(dialect.admitWebhook(request)).toMatchObject({ ok: false, status: 401 });
  });

  test("repeated fields are signed as the library signs them", () => {
    const url = "https://gw.example.test/twilio/status";
    const params = { CallSid: "CA1", Tag: ["b", "a", "b"] };
    expect(
      dialect.admitWebhook(webhook({ url, params, headers: { "x-twilio-signature": sign(url, params) } })),
    ).toEqual({ ok: true });
  });

  test("a JSON body, signed only by a hash in the URL, is refused", () => {
    const url = `https://gw.example.test/twilio/voice?bodySHA256=${"0".repeat(64)}`;
    expect(dialect.admitWebhook(webhook({ url, headers: { "x-twilio-signature": sign(url) } }))).toMatchObject({
      ok: false,
      status: 401,
    });
  });

  test.each([undefined, ""])("with the token %j nothing can be checked: 503, and no signed upgrade", (authToken) => {
    const bare = twilio({ authToken, publicUrl: "https://gw.example.test" });
    expect(bare.admitWebhook(ring)).toMatchObject({ ok: false, status: 503 });
    expect(bare.admitUpgrade({ ...ring, method: "GET" })).toMatchObject({ ok: false, status: 503 });
    expect(bare.admitUpgrade(webhook({ method: "GET" }))).toEqual({ ok: true, signed: false });
  });

  test.each([
    ["https://voice.example.test/media/abc123", "OAsDZOT+zGcZL5MBzoxYQw9sPb4="],
    ["https://voice.example.test/media/abc123/", "04ftLVArRI8tyuROzEoykqMN97Q="],
  ])("the reference's signed upgrade of %s is let in", (url, signature) => {
    const upgrade = webhook({ method: "GET", url, headers: { "x-twilio-signature": signature } });
    expect(dialect.admitUpgrade(upgrade)).toEqual({ ok: true, signed: true });
    expect(dialect.admitUpgrade({ ...upgrade, url: `${url}x` })).toMatchObject({ ok: false, status: 401 });
  });

  test.each([
    ["wss://h.test/media/abc123", "https://h.test/media/abc123", true],
    ["wss://h.test/media/abc123", "https://h.test/media/abc123/", false],
    ["https://h.test/media/abc123", "https://h.test/media/abc123", false],
    ["wss://h.test/media/abc123", "https://h.test:443/media/abc123", true],
    ["wss://h.test/media/abc123", "https://h.test:8443/media/abc123", true],
    ["wss://h.test:443/media/abc123", "https://h.test/media/abc123", false],
    ["wss://h.test/", "https://h.test", true],
    ["wss://h.test", "https://h.test/", false],
    ["ws://127.0.0.1:3000/twilio/media/t", "http://127.0.0.1:3000/twilio/media/t", true],
  ])("an upgrade signed over %s and asked for at %s: %j", (signed, url, good) => {
    const verdict = dialect.admitUpgrade(
      webhook({ method: "GET", url, headers: { "x-twilio-signature": sign(signed) } }),
    );
    expect(verdict.ok).toBe(good);
  });

  test("an empty signature header is a wrong one, not an absent one", () => {
    expect(dialect.admitUpgrade(webhook({ method: "GET", headers: { "x-twilio-signature": "" } }))).toMatchObject({
      ok: false,
      status: 401,
    });
  });

  test("parameters in the upgrade's query are not mixed into its signature", () => {
    const url = "https://gw.example.test/twilio/media/t";
    const upgrade = webhook({
      method: "GET",
      url,
      params: { a: "1" },
      headers: { "x-twilio-signature": sign("wss://gw.example.test/twilio/media/t") },
    });
    expect(dialect.admitUpgrade(upgrade)).toEqual({ ok: true, signed: true });
  });

  test("I29: a URL over which the library throws is refused", () => {
    expect(dialect.admitWebhook({ ...ring, url: "http://[" })).toMatchObject({ ok: false, status: 401 });
    expect(dialect.admitUpgrade({ ...ring, url: "not a url" })).toMatchObject({ ok: false, status: 401 });
  });

  describe("with a broken library", () => {
    afterEach(() => {
      vi.doUnmock("twilio");
      vi.resetModules();
    });

    test("I29: a signature fails closed when the checking code is missing", async () => {
      vi.resetModules();
      vi.doMock("twilio", () => ({ default: {} }));
      const broken = (await import("../../src/carrier/twilio.ts")).twilio({
        authToken: token,
        publicUrl: "https://gw.example.test",
      });
      expect(broken.admitWebhook(ring)).toMatchObject({ ok: false, status: 401 });
      expect(broken.admitUpgrade({ ...ring, method: "GET" })).toMatchObject({ ok: false, status: 401 });
    });
  });

  test("I31: no refusal and no answer repeats a credential", () => {
    const secret = "VXMpLRuAfVuE7CMYpSwvA5KyZT4=";
    const said = JSON.stringify([
      dialect.admitWebhook({ ...ring, params: {} }),
      dialect.admitUpgrade({ ...ring, method: "GET" }),
      dialect.answer("wss://gw.example.test/twilio/media/t", { agent: "a" }),
      dialect.busy(),
      dialect.afterStream({ kind: "apologise" }),
    ]);
    expect(said).not.toContain(token);
    expect(said).not.toContain(secret);
  });
});
