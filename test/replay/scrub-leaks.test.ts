import { describe, expect, test } from "vitest";
import { doubts, leaks } from "../../src/replay/scrub/leaks.ts";

const line = (json: object): string => JSON.stringify(json);

describe("what a finished fixture must not have in it", () => {
  test.each([
    [line({ in: { kind: "final", text: "it is 98450" } }), "line 2 in.text: 98450"],
    [line({ in: { kind: "final", text: "nine, eight 4 5" } }), "line 2 in.text: nine, eight 4 5"],
    [line({ book: { opening: { from: "+919845012345" } } }), "line 2 book.opening.from: 919845012345"],
    [line({ out: { turn: { userText: "x@okaxis or a@b.in" } } }), "line 2 out.turn.userText: x@okaxis"],
    [line({ decision: { why: "refused 9845012345", otherwise: "" } }), "line 2 decision.why: 9845012345"],
    ["call 98450", "line 2 : 98450"],
    [line({ in: { kind: "ear-failed", message: "my number is 98450" } }), "line 2 in.message: 98450"],
    [line({ in: { kind: "ear-note", note: "heard 984501" } }), "line 2 in.note: 984501"],
    [line({ decision: { why: "said nau aath chaar paanch" } }), "line 2 decision.why: nau aath chaar paanch"],
    [line({ why: "told 9845 2800 ms ago" }), "line 2 why: 9845"],
  ])("%s", (text, complaint) => expect(leaks(`{}\n${text}\n`)[0]).toBe(complaint));

  test.each([
    line({ journal: 2, call: "call_2026-11-20" }),
    line({ atMs: 12345.678, in: { kind: "final", text: "0000 and zero zero zero zero or 123" } }),
    line({
      book: { opening: { from: "+910000000000", openedAt: 1_760_000_000_000, carrierCallId: "CA".padEnd(34, "0") } },
    }),
    line({ line: { do: "mark", mark: "g1234:0" } }),
    line({ why: "closed with 1006", otherwise: "after 4000 ms" }),
    line({ note: "told 12800 ms again, at 16000 Hz", detail: "the speech socket closed with 4001: error 1008" }),
    line({ spoken: { audio: "12345678" } }),
    "",
  ])("%s is clean", (text) => expect(leaks(`{}\n${text}\n`)).toEqual([]));

  test("a number in keys that a carrier told of", () => {
    const key = (digit: string): string => line({ atMs: 1, message: { event: "dtmf", dtmf: { digit } } });
    expect(leaks(["9", "8", "#", "4", "5"].map(key).join("\n"))).toEqual(["line 1 message.dtmf.digit: 9845"]);
    expect(leaks(["9", "8", "#", "4"].map(key).join("\n"))).toEqual([]);
    expect(leaks(["0", "0", "0", "0"].map(key).join("\n"))).toEqual([]);
  });

  test("a file that is one piece of JSON is read whole", () => {
    const golden = { transcript: [{ by: "caller", text: "98450" }], decisions: [{ atMs: 12345 }] };
    expect(leaks(JSON.stringify(golden, null, 2))).toEqual(["transcript.text: 98450"]);
  });
});

describe("words that were to be scrubbed away", () => {
  test.each([
    [{ book: { kind: "decision", decision: { what: "x", why: "Ramesh rang" } } }, "book.decision.why: Ramesh"],
    [{ book: { decision: { why: "x", otherwise: "for ramesh's" } } }, "book.decision.otherwise: ramesh's"],
    [{ book: { decision: { what: "asked RAMESH" } } }, "book.decision.what: RAMESH"],
    [
      { book: { kind: "close", closing: { end: { how: "failed", detail: "no ramesh" } } } },
      "book.closing.end.detail: ramesh",
    ],
    [{ call: { voice: { speaker: "ramesh" } } }, "call.voice.speaker: ramesh"],
    [{ call: { voice: { model: "ramesh:v2" } } }, "call.voice.model: ramesh"],
    [{ call: { agent: "shop of रमेश" } }, "call.agent: रमेश"],
    [{ journal: 2, call: "call_for-ramesh" }, "call: ramesh"],
  ])("%j", (json, complaint) => {
    const text = `{}\n${line(json)}\n`;
    expect(leaks(text, ["Ramesh", "रमेश"])).toEqual([`line 2 ${complaint}`]);
    expect(leaks(text)).toEqual([]);
  });

  test("are not sought in sound, in what masks them, or in the few words that programs go by", () => {
    const json = { do: "mark", mark: "mark", audio: "/mark/==", event: "mark", payload: "mark", text: "NameA, Marks" };
    expect(leaks(line(json), ["Mark"])).toEqual([]);
    expect(leaks(line({ text: "NameA" }), ["name*"])).toEqual([]);
  });
});

describe("what may be a number", () => {
  const doubtful = (text: string) => doubts(line({ in: { text } })).map(({ what }) => what);

  test.each([
    ["it is nine, then eight, then four, then five bas", "nine, then eight, then four, then five"],
    ["98 um 45 um 01", "98 um 45 um 01"],
    ["key 9a8b4c5d", "9a8b4c5"],
    ["nine lakh eighty four thousand five hundred", "nine lakh eighty four thousand five hundred"],
    ["नौ फिर आठ फिर चार और फिर पाँच", "नौ फिर आठ फिर चार और फिर पाँच"],
  ])("%s", (text, found) => {
    expect(leaks(line({ in: { text } }))).toEqual([]);
    expect(doubtful(text)).toEqual([found]);
  });

  test.each([
    "98450",
    "zero zero zero zero and zero",
    "one or two or three",
    "one hundred and ninety-nine",
    "9, 8 and so on until 45",
    "from 9:30 to 10:45",
    "98? No! 45",
  ])("%s is none, or no doubtful one", (text) => expect(doubtful(text)).toEqual([]));

  test("is told with its place; what programs measure is none", () => {
    expect(doubts(`{}\n${line({ out: { text: "98 um 45" } })}`)).toEqual([
      { where: "line 2 out.text", what: "98 um 45" },
    ]);
    expect(doubts(line({ otherwise: "2000 ms without one end it", why: "x" }))).toEqual([]);
    expect(doubts(line({ model: "9a8b4c5d", from: "+910000000000" }))).toEqual([]);
  });
});
