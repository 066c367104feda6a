import { expect, test } from "vitest";
import type { Dialect } from "../../src/carrier/carrier.ts";
import { chance } from "./fixtures.ts";

/** One random change to a recorded message: of its text, or of the type of one of its values. */
function damaged(line: string, below: (limit: number) => number): string {
  const odd = ['""', "null", "[]", "{}", "-1", "1e999", "true", '"\\u0000"', '"9"', "[[]]", '{"__proto__":1}'];
  const at = below(line.length);
  switch (below(5)) {
    case 0:
      return line.slice(0, at) + String.fromCharCode(below(0x10000)) + line.slice(at + 1);
    case 1:
      return line.slice(0, at) + line.slice(at + below(40));
    case 2:
      return line.slice(0, at);
    case 3:
      return line.replace(/("[^"]*":)("[^"]*"|\d+)/g, (whole, key) =>
        below(4) === 0 ? `${key}${odd[below(odd.length)]}` : whole,
      );
    default:
      return Array.from({ length: below(60) }, () => String.fromCharCode(below(0x250))).join("");
  }
}

const isCount = (value: number | undefined): boolean => value === undefined || (Number.isFinite(value) && value >= 0);

/**
 * The part of the contract about messages that nobody should send. `lines`: good ones, to be damaged. `played`: the event that
 * says a mark was reached.
 */
export function hostileContract(dialect: Dialect, lines: readonly string[], played: string): void {
  test("5 000 damaged messages are survived: an event, a complaint or nothing, never an exception", () => {
    const below = chance(20_260_801);
    const kinds = new Set<string>();
    for (let round = 0; round < 5000; round += 1) {
      const text = damaged(lines[below(lines.length)] ?? "", below);
      const decoded = dialect.decode(text);
      kinds.add(decoded?.kind ?? "nothing");
      if (decoded?.kind === "audio") {
        expect(() => JSON.parse(`{"splice":"${decoded.payload}"}`)).not.toThrow();
        expect([decoded.atMs, decoded.place].every(isCount)).toBe(true);
      }
      if (decoded?.kind === "malformed") expect(decoded.why.length).toBeLessThan(80);
    }
    expect([...kinds].sort()).toEqual(["audio", "key", "malformed", "nothing", "played", "started", "stopped"]);
  });

  test.each(["", "null", "42", '"media"', "[]", "{}", "{", "\u0000", '{"event":null}', '{"event":["media"]}'])(
    "%j is a complaint",
    (text) => {
      expect(dialect.decode(text)?.kind).toBe("malformed");
    },
  );

  test("an event of a kind that carriers have thought of since is no complaint", () => {
    for (const event of ["", "speech", "pong", "__proto__", "constructor", "x".repeat(10_000)]) {
      expect(dialect.decode(JSON.stringify({ event, media: 5 }))).toBeUndefined();
    }
  });

  test("every known event without its contents is a complaint, except a beginning and an end", () => {
    for (const event of ["start", "media", "dtmf", played]) {
      expect(dialect.decode(JSON.stringify({ event }))?.kind).toBe("malformed");
    }
    expect(dialect.decode('{"event":"connected"}')).toBeUndefined();
    expect(dialect.decode('{"event":"stop"}')?.kind).toBe("stopped");
  });

  test.each([[""], [null], [7], [{}], [[]]])("audio with the payload %j is a complaint", (payload) => {
    expect(dialect.decode(JSON.stringify({ event: "media", media: { timestamp: "5", payload } }))?.kind).toBe(
      "malformed",
    );
  });

  test("audio whose time makes no sense is audio all the same", () => {
    for (const timestamp of [undefined, null, "", "soon", -5, {}, "12.5", Number.NaN]) {
      expect(dialect.decode(JSON.stringify({ event: "media", media: { timestamp, payload: "//8=" } }))).toEqual({
        kind: "audio",
        payload: "//8=",
      });
    }
  });

  test("times are read as strings and as numbers", () => {
    for (const timestamp of ["1234", 1234]) {
      expect(dialect.decode(JSON.stringify({ event: "media", media: { timestamp, payload: "//8=" } }))).toEqual({
        kind: "audio",
        payload: "//8=",
        atMs: 1234,
      });
    }
  });

  test("a payload cannot break out of the text it will be spliced into", () => {
    for (const payload of ['AAAA","x":"', "AA\\", "AA\nAA", "AA\u0000"]) {
      expect(dialect.decode(JSON.stringify({ event: "media", media: { payload } }))?.kind).toBe("malformed");
    }
  });

  test("a payload whose slashes came escaped is the same audio", () => {
    expect(dialect.decode('{"event":"media","media":{"payload":"\\/\\/8="}}')).toEqual({
      kind: "audio",
      payload: "//8=",
    });
  });
}
