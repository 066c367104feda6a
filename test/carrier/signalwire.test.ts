import library from "twilio";
import { describe, expect, test } from "vitest";
import { signalwire } from "../../src/carrier/signalwire.ts";
import { dialectContract, mediaMarkClear } from "./contract.ts";
import { twimlHandOver } from "./contract-after.ts";
import { webhook } from "./fixtures.ts";
import { parseXml } from "./xml.ts";

const key = "PSK-0123456789abcdef";
const dialect = signalwire({ signingKey: key, publicUrl: "https://gw.example.test/" });

dialectContract(
  "SignalWire",
  dialect,
  [
    {
      file: "signalwire.jsonl",
      format: { encoding: "mulaw", rate: 8000 },
      story: ["started", "audio", "key", "played", "audio", "stopped"],
    },
  ],
  {
    wire: mediaMarkClear(["streamSid"]),
    stopReasons: ["stop"],
    minBytes: 1,
    alignBytes: 1,
    callField: "CallSid",
    statusField: "CallStatus",
    fromField: "From",
    toField: "To",
    answerType: "text/xml",
    handOver: twimlHandOver,
    answered: { field: "AnsweredBy", human: "human", machine: "machine_start" },
  },
);

test("its other codecs are a complaint, since nobody asked for them", () => {
  const mediaFormat = { encoding: "audio/x-L16", sampleRate: 16000, channels: 1 };
  const start = { event: "start", start: { streamSid: "s", callSid: "c", mediaFormat } };
  expect(dialect.decode(JSON.stringify(start))).toMatchObject({ kind: "malformed" });
});

test("cXML opens the stream, and asks again when it is over: its Connect has no action", () => {
  const url = "wss://gw.example.test/signalwire/media/TICKET";
  const statusCallback = "https://gw.example.test/signalwire/stream-status";
  expect(parseXml(dialect.answer(url, {}).body).children).toEqual([
    {
      name: "Connect",
      attributes: {},
      children: [{ name: "Stream", attributes: { url, statusCallback }, children: [] }],
    },
    {
      name: "Redirect",
      attributes: { method: "POST" },
      children: ["https://gw.example.test/signalwire/after-stream"],
    },
  ]);
});

describe("signatures", () => {
  const url = "https://gw.example.test/signalwire/voice";
  const params = { CallSid: "4d4d", From: "+15550100001", To: "+15550100002" };
  const signature = library.getExpectedTwilioSignature(key, url, params);
  const ring = webhook({ url, params, headers: { "x-signalwire-signature": signature } });

  test("Twilio's algorithm with the signing key, in either header, SignalWire's own first", () => {
    expect(dialect.admitWebhook(ring)).toEqual({ ok: true });
    expect(dialect.admitWebhook({ ...ring, headers: { "x-twilio-signature": signature } })).toEqual({ ok: true });
    expect(
      dialect.admitWebhook({ ...ring, headers: { "x-signalwire-signature": "AAAA", "x-twilio-signature": signature } }),
    ).toMatchObject({ ok: false, status: 401 });
    expect(dialect.admitWebhook({ ...ring, params: { ...params, From: "+1" } })).toMatchObject({
      ok: false,
      status: 401,
    });
  });

  test("an upgrade that is signed must be signed right", () => {
    const stream = "https://gw.example.test/signalwire/media/T";
    const good = library.getExpectedTwilioSignature(key, stream.replace("https", "wss"), {});
    const upgrade = (sent: string) =>
      dialect.admitUpgrade(webhook({ method: "GET", url: stream, headers: { "x-signalwire-signature": sent } }));
    expect(upgrade(good)).toEqual({ ok: true, signed: true });
    expect(upgrade("AAAA")).toMatchObject({ ok: false, status: 401 });
  });

  test.each([undefined, ""])("with the key %j nothing can be checked: 503 that says why", (signingKey) => {
    const bare = signalwire({ signingKey, publicUrl: "https://gw.example.test" });
    expect(bare.admitWebhook(ring)).toEqual({ ok: false, status: 503, why: "SIGNALWIRE_SIGNING_KEY is not set" });
  });
});
