import { describe, expect, test } from "vitest";
import { twilio } from "../../src/carrier/twilio.ts";
import { dialectContract, mediaMarkClear } from "./contract.ts";
import { twilioHandOver } from "./contract-after.ts";
import { chance, recorded } from "./fixtures.ts";
import { type Element, parseXml } from "./xml.ts";

const token = "0123456789abcdef0123456789abcdef";
const dialect = twilio({ authToken: token, publicUrl: "https://gw.example.test" });

dialectContract(
  "Twilio",
  dialect,
  [
    {
      file: "twilio.jsonl",
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
    handOver: twilioHandOver,
    answered: { field: "AnsweredBy", human: "human", machine: "machine_start" },
  },
);

describe("messages", () => {
  test("are written to the letter: Twilio drops silently what has a field too many", () => {
    const stream = { id: "MZa", chunk: 4, atMs: 100 };
    expect(dialect.encode({ kind: "play", payload: "//8=" }, stream)).toBe(
      '{"event":"media","streamSid":"MZa","media":{"payload":"//8="}}',
    );
    expect(dialect.encode({ kind: "mark", mark: "g7:c12" }, stream)).toBe(
      '{"event":"mark","streamSid":"MZa","mark":{"name":"g7:c12"}}',
    );
    expect(dialect.encode({ kind: "clear" }, stream)).toBe('{"event":"clear","streamSid":"MZa"}');
  });

  const start = JSON.parse(recorded("twilio.jsonl")[1] ?? "");
  const startWith = (change: object) =>
    dialect.decode(JSON.stringify({ ...start, start: { ...start.start, ...change } }));

  test("a start of another codec or rate is a complaint, not noise in the caller's ear", () => {
    for (const mediaFormat of [
      { encoding: "audio/x-alaw", sampleRate: 8000 },
      { encoding: "audio/x-mulaw", sampleRate: 16000 },
      {},
      "audio/x-mulaw",
    ]) {
      expect(startWith({ mediaFormat })).toMatchObject({ kind: "malformed" });
    }
    expect(startWith({ mediaFormat: { encoding: "audio/x-mulaw", sampleRate: "8000" } })).toMatchObject({
      kind: "started",
    });
  });

  test("a start without parameters has none", () => {
    for (const customParameters of [undefined, null, {}]) {
      expect(startWith({ customParameters })).toMatchObject({ kind: "started", params: {} });
    }
  });

  test("a start without call or stream is a complaint", () => {
    expect(startWith({ callSid: undefined })).toMatchObject({ kind: "malformed" });
    expect(
      dialect.decode(
        JSON.stringify({ ...start, streamSid: undefined, start: { ...start.start, streamSid: undefined } }),
      ),
    ).toMatchObject({
      kind: "malformed",
    });
  });

  test("our own voice on the outbound track is not the caller's", () => {
    const media = (track?: string) =>
      dialect.decode(JSON.stringify({ event: "media", media: { track, payload: "//8=" } }));
    expect(media("outbound")).toBeUndefined();
    expect(media("inbound")).toMatchObject({ kind: "audio" });
    expect(media()).toMatchObject({ kind: "audio" });
  });
});

const elements = (parent: Element | undefined): Element[] =>
  (parent?.children ?? []).filter((child) => typeof child === "object");
const only = (parent: Element | undefined, name: string): Element | undefined =>
  elements(parent).find((child) => child.name === name);

describe("TwiML", () => {
  const url = "wss://gw.example.test/twilio/media/TICKET";

  test("opens the stream, says where to go afterwards, and has something to say if it fails", () => {
    const speaking = twilio({
      authToken: token,
      publicUrl: "https://gw.example.test/",
      fallbackText: "क्षमा कीजिए & फिर <से>",
    });
    const response = parseXml(speaking.answer(url, { tenant: "t_42", agent: 'front "desk"' }).body);
    const connect = only(response, "Connect");
    expect(elements(response).map(({ name }) => name)).toEqual(["Connect", "Say"]);
    expect(connect?.attributes).toEqual({ action: "https://gw.example.test/twilio/after-stream", method: "POST" });
    const stream = only(connect, "Stream");
    expect(stream?.attributes).toEqual({ url, statusCallback: "https://gw.example.test/twilio/stream-status" });
    expect(stream?.children).toEqual([
      { name: "Parameter", attributes: { name: "tenant", value: "t_42" }, children: [] },
      { name: "Parameter", attributes: { name: "agent", value: 'front "desk"' }, children: [] },
    ]);
    expect(only(response, "Say")?.children).toEqual(["क्षमा कीजिए & फिर <से>"]);
  });

  test("is well formed whatever the parameters are, and keeps what XML can hold", () => {
    const below = chance(7);
    const text = (longest: number): string =>
      Array.from({ length: below(longest) }, () =>
        String.fromCharCode(below(8) === 0 ? below(0x10000) : below(0x80)),
      ).join("");
    for (let round = 0; round < 1000; round += 1) {
      const params = Object.fromEntries(
        Array.from({ length: below(4) }, () => [text(30), text(below(10) === 0 ? 900 : 40)]),
      );
      const stream = only(only(parseXml(dialect.answer(url, params).body), "Connect"), "Stream");
      for (const { attributes } of elements(stream)) {
        const { name, value } = attributes;
        expect((name ?? "").length + (value ?? "").length).toBeLessThan(500);
      }
    }
  });

  test("cuts a value that is too long between characters, and leaves out a name that is", () => {
    const params = { long: "😀".repeat(400), ["n".repeat(600)]: "x", fine: "y" };
    const stream = only(only(parseXml(dialect.answer(url, params).body), "Connect"), "Stream");
    const parameters = elements(stream).map(({ attributes }) => attributes);
    expect(parameters).toEqual([
      { name: "long", value: "😀".repeat(247) },
      { name: "fine", value: "y" },
    ]);
  });

  test("turns a call away as busy", () => {
    expect(parseXml(dialect.busy().body).children).toEqual([
      { name: "Reject", attributes: { reason: "busy" }, children: [] },
    ]);
  });
});

describe("webhooks", () => {
  test.each([
    ["machine_end_beep", { answeredBy: "machine", greetingOver: true }],
    ["machine_end_silence", { answeredBy: "machine", greetingOver: true }],
    ["machine_start", { answeredBy: "machine" }],
    ["fax", { answeredBy: "fax" }],
    ["unknown", { answeredBy: "unknown" }],
  ])("the verdict %s of machine detection", (AnsweredBy, verdict) => {
    expect(
      dialect.machine({ CallSid: "CA1", AccountSid: "AC1", AnsweredBy, MachineDetectionDuration: "3300" }),
    ).toEqual({
      carrierCallId: "CA1",
      ...verdict,
    });
  });

  test.each(["client:agent_17", "Client:agent_17"])("the To of the browser %s is marked as its own claim", (From) => {
    expect(dialect.ring({ CallSid: "CA1", From, To: "+918000000002" })).toEqual({
      carrierCallId: "CA1",
      from: From,
      to: "+918000000002",
      toIsClaimed: true,
    });
  });

  test("a telephone over SIP reaches the agent of the address it called: who set the domain up let it in", () => {
    const form = { CallSid: "CA1", From: "sip:asha@office.sip.twilio.com", To: "sip:clinic@office.sip.twilio.com" };
    expect(dialect.ring(form)).toEqual({ carrierCallId: "CA1", from: form.From, to: form.To });
  });

  test("a browser client's To without end is cut, since the books could not index it", () => {
    const ring = dialect.ring({ CallSid: "CA1", From: "client:agent_17", To: "9".repeat(60_000) });
    expect(ring).toMatchObject({ to: "9".repeat(128), toIsClaimed: true });
  });

  test.each([
    [{ StreamEvent: "stream-started" }, { over: false, status: "stream-started" }],
    [{ StreamEvent: "stream-stopped" }, { over: true, status: "stream-stopped" }],
    [
      { StreamEvent: "stream-error", StreamError: "31920" },
      { over: true, status: "stream-error: 31920" },
    ],
    [{ StreamEvent: "stream-error" }, { over: true, status: "stream-error" }],
    [{ StreamEvent: "stream-paused" }, { over: false, status: "stream-paused" }],
  ])("a stream status of %j means %j", (params, expected) => {
    expect(dialect.report({ CallSid: "CA1", StreamSid: "MZ1", ...params })).toEqual({
      carrierCallId: "CA1",
      ...expected,
    });
  });
});
