import { describe, expect, test } from "vitest";
import { leaks } from "../../src/replay/scrub/leaks.ts";
import { scrubStream, streamText } from "../../src/replay/scrub/stream.ts";
import type { WireMessage } from "../../src/replay/wire/wire.ts";

const stream = (...messages: readonly object[]): readonly WireMessage[] =>
  messages.map((message, index) => ({ atMs: index, text: JSON.stringify(message) }));
const scrubbed = (messages: readonly WireMessage[], words: readonly string[] = []): readonly unknown[] =>
  scrubStream(messages, words).map((message) => ("text" in message ? JSON.parse(message.text) : message));

const ZEROS = "0".repeat(32);
const hex = (digit: string): string => digit.repeat(32);
const streamSid = `MZ${hex("7")}`;

describe("what a carrier sent", () => {
  test("has Twilio's ids made constants wherever they stand, and what was passed on", () => {
    const callSid = `CA${hex("3")}`;
    const mediaFormat = { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 };
    const customParameters = { from: "+919845012345", to: "+918045678900", call: "call_01", order: 98450, note: "" };
    const start = {
      accountSid: `AC${hex("5")}`,
      streamSid,
      callSid,
      tracks: ["inbound"],
      mediaFormat,
      customParameters,
    };
    const found = scrubbed(
      stream(
        { event: "connected", protocol: "Call", version: "1.0.0" },
        { event: "start", sequenceNumber: "1", streamSid, start },
        { event: "media", sequenceNumber: "12345", streamSid, media: { timestamp: "98765", payload: "12345678" } },
        { event: "stop", streamSid, stop: { accountSid: `AC${hex("5")}`, callSid } },
      ),
    );
    const ids = { accountSid: `AC${ZEROS}`, callSid: `CA${ZEROS}` };
    const passedOn = { from: "+910000000000", to: "+910000000000", call: "masked", order: "masked", note: "" };
    const same = { tracks: ["inbound"], mediaFormat, customParameters: passedOn };
    expect(found).toEqual([
      { event: "connected", protocol: "Call", version: "1.0.0" },
      {
        event: "start",
        sequenceNumber: "1",
        streamSid: `MZ${ZEROS}`,
        start: { ...ids, streamSid: `MZ${ZEROS}`, ...same },
      },
      {
        event: "media",
        sequenceNumber: "12345",
        streamSid: `MZ${ZEROS}`,
        media: { timestamp: "98765", payload: "12345678" },
      },
      { event: "stop", streamSid: `MZ${ZEROS}`, stop: ids },
    ]);
  });

  test("has Exotel's too, and its telephone numbers, as texts or not", () => {
    const ids = { stream_sid: "es_01a1", call_sid: 98450123451, account_sid: "my-shop1" };
    const start = { ...ids, from: "09845012345", to: 8045678900, custom_parameters: "" };
    expect(
      scrubbed(stream({ event: "start", stream_sid: "es_01a1", start, media_format: { sample_rate: "16000" } })),
    ).toEqual([
      {
        event: "start",
        stream_sid: `stream-${ZEROS}`,
        start: {
          stream_sid: `stream-${ZEROS}`,
          call_sid: ZEROS,
          account_sid: `account-${ZEROS}`,
          from: "+910000000000",
          to: "+910000000000",
          custom_parameters: "",
        },
        media_format: { sample_rate: "16000" },
      },
    ]);
  });

  test("keeps apart what was apart", () => {
    const other = `MZ${hex("8")}`;
    const found = scrubbed(stream({ streamSid }, { streamSid: other }, { streamSid }, { callSid: other }));
    const otherwise = `MZ${"0".repeat(31)}b`;
    expect(found).toEqual([
      { streamSid: `MZ${ZEROS}` },
      { streamSid: otherwise },
      { streamSid: `MZ${ZEROS}` },
      { callSid: otherwise },
    ]);
  });

  test("loses the numbers, names and ids in its other texts, such as a mark's name or why it stopped", () => {
    const messages = stream(
      { streamSid },
      { event: "mark", mark: { name: "That is 9845 for Ramesh." } },
      { event: "stop", stop: { reason: "nine eight four five" } },
      { said: streamSid },
    );
    expect(scrubbed(messages, ["ramesh"]).slice(1)).toEqual([
      { event: "mark", mark: { name: "That is 0000 for NameA." } },
      { event: "stop", stop: { reason: "zero zero zero zero" } },
      { said: `MZ${ZEROS}` },
    ]);
  });

  test("keeps a few keys, and none of those of a number", () => {
    const keys = (...digits: readonly string[]) =>
      scrubbed(stream(...digits.map((digit) => ({ event: "dtmf", dtmf: { digit } })))).map(
        (message) => (message as { dtmf: { digit: string } }).dtmf.digit,
      );
    expect(keys("1", "2", "#", "3")).toEqual(["1", "2", "#", "3"]);
    expect(keys("1", "2", "#", "3", "4")).toEqual(["0", "0", "#", "0", "0"]);
  });

  test("comes out of a second time as it went in, and is clean", () => {
    const messages: readonly WireMessage[] = [
      ...stream({ streamSid }, { streamSid: "MZ1" }, { stream_sid: "es_1", from: "9845012345" }),
      { atMs: 5.00049, closed: 1006 },
    ];
    const once = scrubStream(messages, []);
    expect(scrubStream(once, [])).toEqual(once);
    expect(leaks(streamText(messages))).toEqual([
      `line 1 message.streamSid: ${hex("7")}`,
      "line 3 message.from: 9845012345",
    ]);
    expect(leaks(streamText(once))).toEqual([]);
    expect(streamText(once).split("\n").at(-2)).toBe('{"atMs":5,"closed":1006}');
  });
});
