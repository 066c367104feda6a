import { describe, expect, test } from "vitest";
import { ImportError, type Imported, importWire } from "../../src/replay/wire/import.ts";
import { playWire, type WireMessage } from "../../src/replay/wire/wire.ts";
import { voice } from "../../src/simulator/voices.ts";
import { lastMs, onExotel, onTwilio, wireParts } from "./capture.ts";
import { DIALECTS, type Scene } from "./studio.ts";

const SCENE: Scene = [{ wait: 3000 }, { say: "hi-question" }, { wait: 1500 }, { press: "4" }, { wait: 4000 }];
const WORDS = ["", voice("hi-question").text, "4"];
const EPOCH_MS = Date.UTC(2026, 4, 1, 23, 59, 58);

type Line = { readonly atMs: number; readonly text: string; readonly direction: "in" | "out" };

/** Both sides of a call on the wire, as a tap would have seen them. */
async function tapped(carrier: "twilio" | "exotel", log: readonly WireMessage[]): Promise<readonly Line[]> {
  const { sentTexts } = await playWire(log, wireParts(carrier));
  const theirs = log.flatMap((message) => ("text" in message ? [{ ...message, direction: "in" as const }] : []));
  const ours = sentTexts.map((sent) => ({ ...sent, direction: "out" as const }));
  return [...theirs, ...ours].sort((a, b) => a.atMs - b.atMs);
}

const twilio = await tapped("twilio", onTwilio(SCENE));
const exotel = await tapped("exotel", onExotel(SCENE));

const read = (lines: readonly string[]): Imported => importWire(lines.join("\n"), { dialects: DIALECTS });
const theirs = (lines: readonly Line[]): readonly WireMessage[] =>
  lines.flatMap(({ atMs, text, direction }) => (direction === "in" ? [{ atMs, text }] : []));
const iso = (atMs: number): string => new Date(EPOCH_MS + atMs).toISOString();

/** The ways in which people write it down. */
const FORMS: Readonly<Record<string, (line: Line) => string>> = {
  "wrapped, the message an object": ({ atMs, text, direction }) =>
    JSON.stringify({ atMs, direction, message: JSON.parse(text) }),
  "wrapped, the message a text": ({ atMs, text, direction }) =>
    JSON.stringify({ ts: EPOCH_MS + atMs, dir: direction, msg: text }),
  "wrapped, with an ISO time": ({ atMs, text, direction }) =>
    JSON.stringify({ timestamp: iso(atMs), direction: `${direction}bound`, data: text }),
  "wrapped, in seconds since 1970": ({ atMs, text, direction }) =>
    JSON.stringify({ time: (EPOCH_MS + atMs) / 1000, dir: direction === "in" ? "RECV" : "SENT", raw: text }),
  "wrapped, in seconds": ({ atMs, text, direction }) => JSON.stringify({ t: atMs / 1000, direction, payload: text }),
  "behind an ISO time and an arrow": ({ atMs, text, direction }) =>
    `${iso(atMs)} ${direction === "in" ? "<" : ">"} ${text}`,
  "behind what a logger writes": ({ atMs, text, direction }) =>
    `[${iso(atMs).replace("T", " ").replace(".", ",").replace("Z", "")}] DEBUG ws: ${direction === "in" ? "RECV" : "SENT"}: ${text}`,
  "behind seconds": ({ atMs, text, direction }) =>
    `${(atMs / 1000).toFixed(3)} ${direction === "in" ? "<-" : "->"} ${text}`,
};

describe.each([
  ["twilio", twilio],
  ["exotel", exotel],
] as const)("a log of %s messages", (carrier, lines) => {
  test.each(Object.entries(FORMS))("%s", (_, form) => {
    const imported = read(lines.map(form));
    expect(imported).toMatchObject({
      timed: "by the log",
      badLines: [],
      ownMessages: lines.length - theirs(lines).length,
    });
    expect(imported.dialect.name).toBe(carrier);
    const parsed = ({ messages }: Pick<Imported, "messages">): readonly (readonly [number, unknown])[] =>
      messages.map((message) => [Math.round(message.atMs), "text" in message && JSON.parse(message.text)]);
    expect(parsed(imported)).toEqual(parsed({ messages: theirs(lines) }));
  });

  test("bare, without times or directions: it is played as it was", async () => {
    const imported = read(lines.map(({ text }) => text));
    expect(imported).toMatchObject({ timed: "by the carrier", badLines: [] });
    expect(imported.ownMessages).toBe(lines.length - theirs(lines).length);
    const mediaOnly = (messages: readonly WireMessage[]) =>
      messages.filter((message) => "text" in message && message.text.includes('"media"'));
    expect(mediaOnly(imported.messages)).toEqual(mediaOnly(theirs(lines)));
    const { turns, differences } = await playWire(imported.messages, wireParts(carrier));
    expect(turns.map(({ userText }) => userText)).toEqual(WORDS);
    expect(differences).toEqual([]);
  });

  test("with times of whole seconds: the carrier's own are better", () => {
    const form = ({ atMs, text }: Line): string => `${iso(atMs).slice(0, 19)} ${text}`;
    expect(read(lines.map(form))).toEqual(read(lines.map(({ text }) => text)));
  });

  test("with line numbers: they are no times", () => {
    const bare = lines.map(({ text }) => text);
    expect(read(bare.map((text, index) => `${index + 1}:${text}`))).toEqual(read(bare));
  });
});

/** Without what a carrier says of its sound. */
const undated = (text: string): string => {
  const { sequenceNumber: _, media, ...message } = JSON.parse(text);
  if (!media) return JSON.stringify(message);
  const { timestamp, ...sound } = media;
  return JSON.stringify({ ...message, media: sound });
};

describe("a log that says little", () => {
  test("neither times nor timestamps: sound stands behind the sound before it, the rest with what is before it", () => {
    const imported = read(twilio.map(({ text }) => undated(text)));
    expect(imported.timed).toBe("by the sound");
    expect(imported.ownMessages).toBe(twilio.length - theirs(twilio).length);
    expect(lastMs(imported.messages)).toBe(lastMs(theirs(twilio)) - 20);
    const key = imported.messages.findIndex((message) => "text" in message && message.text.includes("dtmf"));
    expect(imported.messages[key]?.atMs).toBe(imported.messages[key - 1]?.atMs);
  });

  test("a line that was damaged is left out and named; more than a few make it another kind of file", () => {
    const lines = twilio.map(({ text }) => text);
    const damaged = lines.with(7, lines[7]?.slice(0, 40) ?? "").with(20, "[]");
    expect(read(["", ...damaged]).badLines).toEqual([9, 22]);
    expect(() => read(["name,age", ...Array<string>(9).fill("Asha,30"), ...lines])).toThrow(
      new ImportError("line 1 is no message of a media stream, nor are 9 more: one JSON message a line is expected"),
    );
  });

  test("without a start, or of several streams, it is refused", () => {
    const lines = twilio.map(({ text }) => text);
    expect(() => read(lines.slice(2))).toThrow(
      "none of its messages from the carrier is a start message of twilio or exotel",
    );
    expect(() => read([...lines, ...lines.map((text) => text.replaceAll("MZ1", "MZ2"))])).toThrow(
      `it holds several streams: one begins in line 2, another in line ${lines.length + 2}; split it`,
    );
  });

  test("messages of kinds that nobody knows stay in, as the gateway must live with them", () => {
    const strange = '{"event":"weather","sequenceNumber":"9","streamSid":"MZ1"}';
    const lines = theirs(twilio).flatMap((message) => ("text" in message ? [message.text] : []));
    expect(read(lines.toSpliced(5, 0, strange)).messages[5]).toMatchObject({ text: strange });
  });

  test.each([
    '{"event":"close","code":1006}',
    '{"ts":"2026-05-01T23:59:59.500Z","direction":"in","msg":{"event":"disconnect","code":1006}}',
    "2026-05-01 23:59:59.500 WebSocket closed abnormally (1006)",
  ])("I20: %s closes the socket", (line) => {
    const lines = twilio.map(({ text }) => text).slice(0, -1);
    const { messages, badLines } = read([...lines, line]);
    expect([messages.at(-1), badLines]).toEqual([{ atMs: lastMs(messages), closed: 1006 }, []]);
  });
});
