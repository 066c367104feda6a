import { expect, test } from "vitest";
import { BodyAudio, withoutHeader } from "../../src/speech/sarvam/tts-audio.ts";
import { decodeTtsMessage } from "../../src/speech/sarvam/tts-messages.ts";

const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
const LIST = "LIST\x04\x00\x00\x00abcd";
const FMT = `fmt \x10\x00\x00\x00${"\x00".repeat(16)}`;
const wav = (samples: string, extra = ""): string =>
  `RIFF\xff\xff\xff\xffWAVE${FMT}${extra}data\xff\xff\xff\xff${samples}`;

test("a chunk without a header is the very string that came", () => {
  for (const text of ["", "x", "RIF", "RIFF nothing of the kind", "RIFFxxxxAVI "]) {
    expect(withoutHeader(base64(text))).toBe(base64(text));
  }
});

test("a WAV header goes, whatever sizes it claims and whatever other parts it has", () => {
  expect(withoutHeader(base64(wav("samples")))).toBe(base64("samples"));
  expect(withoutHeader(base64(wav("samples", LIST)))).toBe(base64("samples"));
  expect(withoutHeader(base64(wav("")))).toBe("");
  expect(withoutHeader(base64(`RIFF\xff\xff\xff\xffWAVE${FMT}`))).toBe("");
});

test("a body cut at any byte gives the same samples, with its header gone and padding only at its end", () => {
  const body = Buffer.from(wav("0123456789abcdefghij", LIST), "latin1");
  for (let cut = 0; cut <= body.length; cut += 1) {
    for (const encoding of ["mulaw", "linear16"] as const) {
      const audio = new BodyAudio({ encoding, rate: 8000 });
      const texts = [audio.push(body.subarray(0, cut)), audio.push(body.subarray(cut)), audio.rest()];
      expect(Buffer.from(texts.join(""), "base64").toString("latin1")).toBe("0123456789abcdefghij");
    }
  }
});

test("half a sample at the end of a body is not played", () => {
  const audio = new BodyAudio({ encoding: "linear16", rate: 8000 });
  expect([audio.push(Buffer.from("abcdefghi")), audio.rest()]).toEqual([base64("abcdef"), base64("gh")]);
});

test("a body that is nothing but an endless header plays nothing and is not kept", () => {
  const audio = new BodyAudio({ encoding: "mulaw", rate: 8000 });
  expect(audio.push(Buffer.from(`RIFF\xff\xff\xff\xffWAVEjunk\xff\xff\xff\x7f${"x".repeat(5000)}`, "latin1"))).toBe("");
  expect(audio.rest()).toBe("");
});

for (const [raw, message] of [
  ['{"type":"audio","data":{"audio":"AQI=","content_type":"audio/mulaw"}}', { kind: "audio", payload: "AQI=" }],
  ['{"type":"audio","data":{"audio":"AQI"}}', { kind: "audio", payload: "AQI" }],
  ['{"type":"audio","data":{"audio":"AQIDB"}}', { kind: "malformed", why: "audio that is not base64" }],
  ['{"type":"audio","data":{"audio":7}}', { kind: "malformed", why: "audio without data.audio" }],
  ['{"type":"event","data":{"event_type":"final"}}', { kind: "final" }],
  ['{"type":"event","data":{"event_type":"started"}}', undefined],
  ['{"type":"error","data":{"message":"m","code":422}}', { kind: "error", code: 422, message: "m" }],
  ['{"type":"error","data":{"message":"400: no"}}', { kind: "error", code: 400, message: "400: no" }],
  ['{"type":"error","data":{"error":"e","code":"server_error"}}', { kind: "error", code: undefined, message: "e" }],
  ['{"type":"error"}', { kind: "malformed", why: "error without data" }],
  ['{"type":"pong"}', undefined],
  ["null", { kind: "malformed", why: "no type" }],
  ["<html>", { kind: "malformed", why: "not JSON" }],
] as const) {
  test(`the server's ${raw} is read as ${message?.kind ?? "nothing of interest"}`, () => {
    expect(decodeTtsMessage(raw)).toEqual(message);
  });
}
