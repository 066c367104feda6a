import { describe, expect, test } from "vitest";
import { Reframer } from "../../src/audio/reframe.ts";
import { type ExotelOptions, exotel } from "../../src/carrier/exotel.ts";
import { dialectContract, mediaMarkClear } from "./contract.ts";
import { webhook } from "./fixtures.ts";

const options: ExotelOptions = {
  user: "stream-user",
  password: "s3cret:with:colons",
  allowedIps: [],
  minFrameBytes: 3200,
};
const dialect = exotel(options);
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;
const right = basic("stream-user:s3cret:with:colons");

const story = ["started", "audio", "key", "played", "stopped"] as const;

dialectContract(
  "Exotel",
  dialect,
  [
    { file: "exotel-applet.jsonl", format: { encoding: "linear16", rate: 8000 }, story },
    { file: "exotel-connect.jsonl", format: { encoding: "linear16", rate: 16000 }, story },
  ],
  {
    wire: mediaMarkClear(["stream_sid", "streamSid"], { chunk: "3", timestamp: "240", sequenceNumber: "3" }),
    stopReasons: ["callended", "closed"],
    minBytes: 3200,
    alignBytes: 320,
    callField: "CallSid",
    statusField: "Status",
    fromField: "CallFrom",
    toField: "CallTo",
    answerType: "application/json",
    answered: { field: "Legs[0][AnsweredBy]", human: "human", machine: "machine" },
  },
);

describe("messages", () => {
  const start = (inside: object, outside: object = {}) =>
    dialect.decode(
      JSON.stringify({ event: "start", ...outside, start: { stream_sid: "es1", call_sid: "c1", ...inside } }),
    );

  test.each([
    ["8000", 8000],
    [8000, 8000],
    ["16000", 16000],
    [16000, 16000],
    ["24000", 24000],
    [24000, 24000],
  ])("I18: a sample rate of %j is honoured, whatever else the format says", (rate, expected) => {
    const format = { encoding: "linear16", rate: expected };
    expect(start({ media_format: { encoding: "audio/x-raw", sample_rate: rate, bit_rate: "128kbps" } })).toMatchObject({
      format,
    });
    expect(start({ mediaFormat: { encoding: "slin", sampleRate: rate } })).toMatchObject({ format });
  });

  test.each(["44100", 11025, "", "fast", "8e3", null, {}, "16000Hz", -8000])(
    "I18: a sample rate of %j is a complaint",
    (rate) => {
      expect(start({ media_format: { sample_rate: rate } })).toMatchObject({ kind: "malformed" });
    },
  );

  test("I18: a start without a format is at the usual 8 kHz", () => {
    expect(start({})).toMatchObject({ kind: "started", format: { encoding: "linear16", rate: 8000 } });
  });

  test.each([
    [{ stream_sid: "es1", call_sid: "c1" }, {}],
    [{ streamSid: "es1", callSid: "c1" }, {}],
    [{}, { stream_sid: "es1", call_sid: "c1" }],
    [{}, { streamSid: "es1", callSid: "c1" }],
    [
      { stream_sid: "", callSid: "c1" },
      { streamSid: "es1", call_sid: null },
    ],
  ])("ids are found inside start %j or beside it %j", (inside, outside) => {
    expect(dialect.decode(JSON.stringify({ event: "start", ...outside, start: inside }))).toMatchObject({
      kind: "started",
      streamId: "es1",
      carrierCallId: "c1",
    });
  });

  test("ids that are numbers become text; a start without them is a complaint", () => {
    expect(start({ stream_sid: 17, call_sid: 42 })).toMatchObject({ streamId: "17", carrierCallId: "42" });
    expect(start({ stream_sid: undefined })).toMatchObject({ kind: "malformed" });
    expect(start({ call_sid: undefined })).toMatchObject({ kind: "malformed" });
  });

  test.each([[undefined], [""], [null], [{}]])("custom parameters of %j are none", (custom_parameters) => {
    expect(start({ custom_parameters })).toMatchObject({ kind: "started", params: {} });
  });

  test("custom parameters are text, under either spelling", () => {
    expect(start({ custom_parameters: { tenant: "t_42", seats: 4, vip: true } })).toMatchObject({
      params: { tenant: "t_42", seats: "4", vip: "true" },
    });
    expect(start({ custom_parameters: "", customParameters: { a: "b" } })).toMatchObject({ params: { a: "b" } });
  });

  test("the numbers in start are told with the parameters, unless those name others; what is no number is none", () => {
    expect(start({ from: "+919800000001", to: 8_000_000_002, custom_parameters: { tenant: "t_42" } })).toMatchObject({
      params: { from: "+919800000001", to: "8000000002", tenant: "t_42" },
    });
    expect(start({ from: "1", to: "2", customParameters: { to: "3" } })).toMatchObject({
      params: { from: "1", to: "3" },
    });
    expect(start({ from: {}, to: null })).toMatchObject({ kind: "started", params: {} });
  });

  test("capital Event and Payload are read", () => {
    expect(dialect.decode('{"Event":"media","media":{"Payload":"AAA="}}')).toEqual({ kind: "audio", payload: "AAA=" });
    expect(dialect.decode('{"Event":"unheard-of"}')).toBeUndefined();
  });

  test("the end is the end with any reason or none", () => {
    expect(dialect.decode('{"event":"stop","stop":{"reason":"stopped"}}')).toEqual({
      kind: "stopped",
      reason: "stopped",
    });
    expect(dialect.decode('{"event":"stop","stop":{"reason":9}}')).toEqual({ kind: "stopped", reason: "stop" });
    expect(dialect.decode('{"event":"closed","stop":null}')).toEqual({ kind: "stopped", reason: "closed" });
  });

  test("a clear from Exotel is known and means nothing to the call", () => {
    expect(dialect.decode('{"event":"clear","stream_sid":"es1"}')).toBeUndefined();
  });
});

describe("frames", () => {
  test.each([
    [0, 960, 320],
    [320, 960, 320],
    [961, 1920, 1280],
    [3200, 3840, 3200],
    [3841, 4800, 4160],
    [99_840, 99_840, 99_840],
  ])(
    "I17: with a minimum of %i bytes, frames have %i and the last one at least %i",
    (minFrameBytes, frameBytes, minBytes) => {
      const framing = exotel({ ...options, minFrameBytes }).framing(dialect.usualFormat);
      expect(framing).toEqual({ frameBytes, alignBytes: 320, minBytes, maxBytes: 100_000, padByte: 0 });
    },
  );

  test.each([99_841, 200_000, Number.NaN])("I17: a minimum of %d bytes is refused at the start", (minFrameBytes) => {
    expect(() => exotel({ ...options, minFrameBytes })).toThrow("Exotel takes no frames");
  });

  test("I17: whatever the mouth gives, each frame is a multiple of 320 bytes between 3 200 and 100 000", () => {
    const reframer = new Reframer(dialect.framing({ encoding: "linear16", rate: 16000 }));
    for (const length of [1, 319, 320, 3199, 3201, 3839, 3841, 12_345, 250_001]) {
      const frames = reframer.push(Buffer.alloc(length, 1).toString("base64"));
      const last = reframer.flush();
      for (const frame of last === undefined ? frames : [...frames, last]) {
        const bytes = Buffer.from(frame, "base64").length;
        expect([bytes % 320, bytes >= 3200, bytes <= 100_000]).toEqual([0, true, true]);
      }
    }
  });
});

describe("access", () => {
  const from = (remoteAddress: string, authorization?: string) =>
    webhook({ remoteAddress, headers: authorization === undefined ? {} : { authorization } });

  test("the right pair opens webhook and socket, whatever the case of its scheme", () => {
    for (const sent of [right, right.replace("Basic", "basic")]) {
      expect(dialect.admitWebhook(from("203.0.113.9", sent))).toEqual({ ok: true });
      expect(dialect.admitUpgrade(from("203.0.113.9", sent))).toEqual({ ok: true, signed: true });
    }
  });

  test.each([
    basic("stream-user:wrong"),
    basic("stream-user:"),
    basic("stream-user"),
    basic(":s3cret:with:colons"),
    basic("stream-user:s3cret:with:colons "),
    right.slice(0, -4),
    `${right} ${right}`,
    right.replace("Basic", "Bearer"),
    "",
  ])("the header %j opens neither", (sent) => {
    expect(dialect.admitWebhook(from("203.0.113.9", sent))).toMatchObject({ ok: false, status: 401 });
    expect(dialect.admitUpgrade(from("203.0.113.9", sent))).toMatchObject({ ok: false, status: 401 });
  });

  const known = exotel({ ...options, allowedIps: ["198.51.100.7", "2001:db8::5"] });

  test.each(["198.51.100.7", "::ffff:198.51.100.7", "2001:db8::5", "2001:0db8:0:0::0005"])(
    "the allowed address %s needs no pair",
    (address) => {
      expect(known.admitWebhook(from(address))).toEqual({ ok: true });
    },
  );

  test.each([
    "198.51.100.8",
    "::ffff:198.51.100.8",
    "2001:db8::6",
    "",
    "198.51.100.7, 1.2.3.4",
    "fe80::1%eth0",
    "localhost",
  ])("the address %j does", (address) => {
    expect(known.admitWebhook(from(address))).toMatchObject({ ok: false, status: 401 });
    expect(known.admitWebhook(from(address, right))).toEqual({ ok: true });
  });

  const office = exotel({ ...options, allowedIps: ["198.51.100.0/28", "2001:db8::/32", "203.0.113.7"] });

  test.each([
    ["198.51.100.15", true],
    ["::ffff:198.51.100.1", true],
    ["198.51.100.16", false],
    ["2001:db8:ffff::9", true],
    ["2001:db9::1", false],
    ["203.0.113.7", true],
    ["203.0.113.8", false],
  ])("among networks and addresses, %s: allowed is %j", (address, ok) => {
    expect(office.admitWebhook(from(address)).ok).toBe(ok);
  });

  test("a wrong pair is wrong from an allowed address too", () => {
    expect(known.admitWebhook(from("198.51.100.7", basic("a:b")))).toMatchObject({ ok: false, status: 401 });
  });

  test("an allowed address is no proof on a socket", () => {
    expect(known.admitUpgrade(from("198.51.100.7"))).toEqual({ ok: true, signed: false });
  });

  test("addresses alone are enough, and then no pair is right", () => {
    const bare = exotel({ allowedIps: ["198.51.100.7"], minFrameBytes: 3200 });
    expect(bare.admitWebhook(from("198.51.100.7"))).toEqual({ ok: true });
    for (const pair of [":", "undefined:undefined", "a:b"]) {
      expect(bare.admitWebhook(from("198.51.100.7", basic(pair)))).toMatchObject({ ok: false, status: 401 });
      expect(bare.admitUpgrade(from("198.51.100.7", basic(pair)))).toMatchObject({ ok: false, status: 401 });
    }
  });

  test.each([{}, { user: "", password: "" }, { user: "u" }, { password: "p" }])(
    "with only %j configured, webhooks answer 503",
    (pair) => {
      const bare = exotel({ ...pair, allowedIps: [], minFrameBytes: 3200 });
      expect(bare.admitWebhook(from("198.51.100.7", right))).toMatchObject({ ok: false, status: 503 });
    },
  );

  test.each(["gw.exotel.test", "10.0.0.0/", "10.0.0.0/33", "net/8"])(
    "an allowed address that is none is refused at the start: %s",
    (address) => {
      expect(() => exotel({ ...options, allowedIps: [address] })).toThrow();
    },
  );

  test("I31: no refusal and no answer repeats a credential", () => {
    const said = JSON.stringify([
      dialect.admitWebhook(from("203.0.113.9", basic("stream-user:wrong"))),
      dialect.admitUpgrade(from("203.0.113.9", basic("stream-user:wrong"))),
      dialect.answer("wss://gw.example.test/exotel/media/t", { agent: "a" }),
    ]);
    for (const secret of ["stream-user", "s3cret", basic("stream-user:wrong").slice(6)])
      expect(said).not.toContain(secret);
  });
});

describe("webhooks", () => {
  const url = "wss://gw.example.test/exotel/media/TICKET";
  const answered = (params: Record<string, string>) => JSON.parse(dialect.answer(url, params).body);

  test("the answer is the URL and nothing else", () => {
    expect(answered({})).toEqual({ url });
  });

  test("parameters are query pairs that read back as they were", () => {
    const params = { tenant: "t_42", note: "a b+c&d=é", odd: "\uD800" };
    const query = new URL(answered(params).url).searchParams;
    expect(Object.fromEntries(query)).toEqual({ ...params, odd: "\uFFFD" });
    expect(answered(params).url).not.toContain("+");
  });

  test("at most three pairs of 256 characters together; what does not fit is left out", () => {
    expect(answered({ a: "1", b: "2", c: "3", d: "4" }).url).toBe(`${url}?a=1&b=2&c=3`);
    expect(answered({ long: "x".repeat(252), b: "2" }).url).toBe(`${url}?b=2`);
    expect(answered({ long: "x".repeat(251), b: "2" }).url).toBe(`${url}?long=${"x".repeat(251)}`);
  });

  test("a ring by GET names its numbers as From and To", () => {
    expect(dialect.ring({ CallSid: "c1", CallFrom: "null", From: "09800000001", To: "08000000002" })).toEqual({
      carrierCallId: "c1",
      from: "09800000001",
      to: "08000000002",
    });
  });

  test("a JSON body of the wrong types is a complaint, not an exception", () => {
    for (const value of [5, {}, [5], [null], true]) {
      const params = JSON.parse(JSON.stringify({ CallSid: value, Status: value }));
      expect(dialect.ring(params)).toMatchObject({ kind: "malformed" });
      expect(dialect.report(params)).toMatchObject({ kind: "malformed" });
    }
  });

  test("a terminal event ends the call whatever its status says", () => {
    expect(dialect.report({ CallSid: "c1", EventType: "terminal" })).toEqual({
      carrierCallId: "c1",
      over: true,
      status: "terminal",
    });
    expect(dialect.report({ CallSid: "c1", EventType: "terminal", Status: "in-progress" })).toMatchObject({
      over: true,
    });
    expect(dialect.report({ CallSid: "c1", EventType: "answered", Status: "in-progress" })).toMatchObject({
      over: false,
    });
    expect(dialect.report({ CallSid: "c1", CallStatus: "Completed" })).toMatchObject({
      over: true,
      status: "completed",
    });
  });
});
