import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { telnyx } from "../../src/carrier/telnyx.ts";
import { dialectContract, mediaMarkClear } from "./contract.ts";
import { twimlHandOver } from "./contract-after.ts";
import { recorded, webhook } from "./fixtures.ts";
import { parseXml } from "./xml.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
/** As Telnyx shows it: the raw key, without its envelope. */
const shown = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
const NOW_MS = 1_760_000_000_000;
const options = { publicKey: shown, publicUrl: "https://gw.example.test/", wall: () => NOW_MS };
const dialect = telnyx(options);

dialectContract(
  "Telnyx",
  dialect,
  [
    {
      file: "telnyx.jsonl",
      format: { encoding: "mulaw", rate: 8000 },
      story: ["started", "audio", "key", "played", "audio", "stopped"],
    },
  ],
  {
    wire: mediaMarkClear([]),
    stopReasons: ["stop"],
    minBytes: 160,
    alignBytes: 160,
    callField: "CallSid",
    statusField: "CallStatus",
    fromField: "From",
    toField: "To",
    answerType: "text/xml",
    handOver: twimlHandOver,
    answered: { field: "AnsweredBy", human: "human", machine: "machine_start" },
  },
);

describe("messages", () => {
  const start = JSON.parse(recorded("telnyx.jsonl")[1] ?? "");
  const startWith = (media_format: unknown) =>
    dialect.decode(JSON.stringify({ ...start, start: { ...start.start, media_format } }));

  test("a caller whose network speaks A-law is told to come so, while ours goes out as asked for", () => {
    expect(startWith({ encoding: "PCMA", sample_rate: 8000, channels: 1 })).toMatchObject({
      kind: "started",
      format: { encoding: "mulaw", rate: 8000 },
      comesAs: "alaw",
    });
    expect(startWith({ encoding: "PCMU", sample_rate: "8000" })).not.toHaveProperty("comesAs");
  });

  test.each([
    [{ encoding: "G722", sample_rate: 8000 }],
    [{ encoding: "OPUS", sample_rate: 48000 }],
    [{ encoding: "PCMU", sample_rate: 16000 }],
    [{}],
    [undefined],
  ])("a start with the format %j is a complaint, not noise in the caller's ear", (format) => {
    expect(startWith(format)).toMatchObject({ kind: "malformed" });
  });

  test("each frame says its place, since their order is not promised", () => {
    const media = (chunk: unknown) =>
      dialect.decode(JSON.stringify({ event: "media", media: { track: "inbound", chunk, payload: "//8=" } }));
    expect(media("17")).toEqual({ kind: "audio", payload: "//8=", place: 17 });
    expect(media(17)).toEqual({ kind: "audio", payload: "//8=", place: 17 });
    expect(media("soon")).toEqual({ kind: "audio", payload: "//8=" });
  });

  test("our own voice on the outbound track is not the caller's", () => {
    expect(dialect.decode('{"event":"media","media":{"track":"outbound","payload":"//8="}}')).toBeUndefined();
  });

  test("a complaint about our frames is counted as one, in the carrier's word if it is one", () => {
    const error = (payload: unknown) => dialect.decode(JSON.stringify({ event: "error", stream_id: "s", payload }));
    expect(error({ code: 100002, title: "malformed_frame", detail: "…" })).toEqual({
      kind: "malformed",
      why: "Telnyx complains of malformed_frame",
    });
    for (const payload of [undefined, null, {}, { title: "<script>" }, { title: "x".repeat(500) }]) {
      expect(error(payload)).toEqual({ kind: "malformed", why: "Telnyx complains of something" });
    }
  });
});

describe("TeXML", () => {
  test("opens the stream with live audio both ways, in µ-law, and asks again when it is over", () => {
    const url = "wss://gw.example.test/telnyx/media/TICKET";
    expect(parseXml(dialect.answer(url, { call: "call_1" }).body).children).toEqual([
      {
        name: "Connect",
        attributes: {},
        children: [
          {
            name: "Stream",
            attributes: {
              url,
              track: "inbound_track",
              codec: "PCMU",
              bidirectionalMode: "rtp",
              bidirectionalCodec: "PCMU",
              bidirectionalSamplingRate: "8000",
              statusCallback: "https://gw.example.test/telnyx/stream-status",
            },
            children: [{ name: "Parameter", attributes: { name: "call", value: "call_1" }, children: [] }],
          },
        ],
      },
      {
        name: "Redirect",
        attributes: { method: "POST" },
        children: ["https://gw.example.test/telnyx/after-stream"],
      },
    ]);
  });

  test("a frame is of 20 ms to 30 s", () => {
    expect(dialect.framing({ encoding: "mulaw", rate: 8000 })).toEqual({
      frameBytes: 480,
      alignBytes: 160,
      minBytes: 160,
      maxBytes: 240_000,
      padByte: 0xff,
    });
  });
});

describe("signatures", () => {
  const form = "CallSid=v3%3Aabc&From=%2B15550100001&To=%2B15550100002";
  const params = { CallSid: "v3:abc", From: "+15550100001", To: "+15550100002" };
  const signature = (time: string, text = form) =>
    sign(null, Buffer.from(`${time}|${text}`), privateKey).toString("base64");
  const signed = (time: string) =>
    webhook({
      url: "https://gw.example.test/telnyx/voice",
      params,
      form,
      headers: { "telnyx-signature-ed25519": signature(time), "telnyx-timestamp": time },
    });
  const time = String(NOW_MS / 1000);
  const ring = signed(time);

  test("a signed form is let in", () => {
    expect(dialect.admitWebhook(ring)).toEqual({ ok: true });
  });

  test.each([
    [-300, true],
    [300, true],
    [-301, false],
    [301, false],
    [-1e9, false],
  ])("one signed %i s from now: %j", (seconds, ok) => {
    expect(dialect.admitWebhook(signed(String(NOW_MS / 1000 + seconds))).ok).toBe(ok);
  });

  test.each([
    ["another form", { form: `${form}&Extra=1` }],
    ["the same fields written otherwise", { form: form.replace("%3A", ":") }],
    ["no form", { form: "" }],
    ["a time that was not signed", { headers: { ...ring.headers, "telnyx-timestamp": String(NOW_MS / 1000 + 1) } }],
    ["no time", { headers: { "telnyx-signature-ed25519": signature(time) } }],
    ["no signature", { headers: { "telnyx-timestamp": time } }],
    ["half a signature", { headers: { ...ring.headers, "telnyx-signature-ed25519": signature(time).slice(0, 40) } }],
    ["another's signature", { headers: { ...ring.headers, "telnyx-signature-ed25519": signature(time, "x") } }],
  ])("the same with %s is refused", (_, change) => {
    expect(dialect.admitWebhook({ ...ring, ...change })).toMatchObject({ ok: false, status: 401 });
  });

  test.each(["soon", "1e9", "-5", "", " ", `${time}.5`, "9".repeat(20)])("the signed time %j is none", (odd) => {
    expect(dialect.admitWebhook(signed(odd))).toMatchObject({ ok: false, status: 401 });
  });

  test("a GET is refused even when signed: its query is covered by nothing", () => {
    const headers = { "telnyx-signature-ed25519": signature(time, ""), "telnyx-timestamp": time };
    expect(dialect.admitWebhook(webhook({ method: "GET", params, headers }))).toMatchObject({ ok: false, status: 401 });
  });

  test("a POST without a form is refused even when signed as empty: its fields are covered by nothing", () => {
    const headers = { "telnyx-signature-ed25519": signature(time, ""), "telnyx-timestamp": time };
    expect(dialect.admitWebhook(webhook({ method: "POST", params, headers, form: "" }))).toEqual({
      ok: false,
      status: 401,
      why: "only forms are signed as we read them",
    });
  });

  test.each([undefined, ""])("with the key %j nothing can be checked: 503 that says why", (none) => {
    const bare = telnyx({ ...options, publicKey: none });
    expect(bare.admitWebhook(ring)).toEqual({ ok: false, status: 503, why: "TELNYX_PUBLIC_KEY is not set" });
    expect(bare.admitUpgrade(ring)).toEqual({ ok: true, signed: false });
  });

  test("a key that is none is refused at the start", () => {
    expect(() => telnyx({ ...options, publicKey: "AAAA" })).toThrow();
  });
});
