import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { PRICES, readPrices } from "../../src/record/price-table.ts";
import { costOf, type Price, type PriceTable } from "../../src/record/prices.ts";
import type { Usage } from "../../src/record/usage.ts";

const NOTHING: Usage = { calls: 1, streamSeconds: 0, spokenMs: 0, voices: [], models: [], carriers: [] };
const TWILIO: Price = {
  what: "carrier",
  provider: "twilio",
  unit: "minute",
  rupees: "0.75",
  per: 1,
  source: "contract",
};
const table = (...prices: readonly Price[]): PriceTable => ({ asOf: "2026-09-20", prices });
const bill = (usage: Partial<Usage>, prices = PRICES) => costOf({ ...NOTHING, ...usage }, prices);
const model = (more: object) => [
  { model: "sarvam-105b", answers: 1, uncounted: 0, prompt: 0, cached: 0, completion: 0, ...more },
];

describe("I28: what is billed by the minute, cached tokens, nothing below zero", () => {
  test("a carrier that bills by the minute is paid each begun minute, one that bills by the second each second", () => {
    const carriers = [{ carrier: "twilio", seconds: 61, minutes: 2 }] as const;
    expect(bill({ carriers }, table(TWILIO))).toMatchObject({
      rupees: "1.500000",
      lines: [{ quantity: 2, unit: "minute" }],
    });
    const bySecond = table({ ...TWILIO, unit: "second", rupees: "0.6", per: 60 });
    expect(bill({ carriers }, bySecond)).toMatchObject({
      rupees: "0.610000",
      lines: [{ quantity: 61, unit: "second" }],
    });
  });

  test("cached tokens are paid as cached, and not once more as the prompt's", () => {
    const { lines, rupees } = bill({ models: model({ prompt: 1_000_000, cached: 1_000_000 }) });
    expect(lines.map(({ what, quantity }) => [what, quantity])).toEqual([["cached-tokens", 1_000_000]]);
    expect(rupees).toBe("10.980000");
    expect(bill({ models: model({ prompt: 1_000_000, cached: 250_000 }) }).rupees).toBe("24.705000");
  });

  test("more cached than there was prompt, and counts below zero, take nothing off the bill", () => {
    expect(bill({ models: model({ prompt: 100, cached: 400 }) }).lines).toMatchObject([
      { what: "cached-tokens", quantity: 100 },
    ]);
    const carriers = [{ carrier: "twilio", seconds: -5, minutes: -1 }] as const;
    const broken = bill(
      { streamSeconds: -61, carriers, models: model({ completion: -10 }) },
      table(TWILIO, ...PRICES.prices),
    );
    const half = [{ carrier: "twilio", seconds: 61, minutes: -1 }] as const;
    expect(bill({ carriers: half }, table(TWILIO)).rupees).toBe("0.000000");
    expect(broken).toEqual({ lines: [], rupees: "0.000000", unpriced: false, uncounted: 0 });
  });
});

test("sums do not drift: a hundred thousand bills of a third of a paisa are as much as their sum", () => {
  const one = bill({ voices: [{ model: "bulbul:v3", characters: 1 }] });
  expect(one.rupees).toBe("0.003000");
  expect(bill({ voices: [{ model: "bulbul:v3", characters: 100_000 }] }).rupees).toBe("300.000000");
  // 0.1 and 0.2 are 0.3.
  const tenths = table({ ...TWILIO, rupees: "0.1" }, { ...TWILIO, provider: "exotel", rupees: "0.2" });
  const carriers = [
    { carrier: "twilio", seconds: 1, minutes: 1 },
    { carrier: "exotel", seconds: 1, minutes: 1 },
  ] as const;
  expect(bill({ carriers }, tenths).rupees).toBe("0.300000");
});

test("what has no price is a line without an amount, in no sum, and said", () => {
  const used = bill({
    voices: [{ model: "bulbul:v9", characters: 100 }],
    carriers: [{ carrier: "plivo", seconds: 61, minutes: 2 }],
    models: model({ uncounted: 3 }),
  });
  expect(used).toMatchObject({ rupees: "0.000000", unpriced: true, uncounted: 3 });
  expect(used.lines).toEqual([
    { what: "text-to-speech", model: "bulbul:v9", unit: "character", quantity: 100 },
    { what: "carrier", carrier: "plivo", unit: "minute", quantity: 2 },
  ]);
});

describe("a price table of one's own", () => {
  const dir = mkdtempSync(join(tmpdir(), "durvani-prices-"));
  afterAll(() => rmSync(dir, { recursive: true }));
  const file = (text: string): string => {
    const path = join(dir, "prices.json");
    writeFileSync(path, text);
    return path;
  };

  test("is read as it is", () => {
    expect(readPrices(file(JSON.stringify(table(TWILIO))))).toEqual(table(TWILIO));
    expect(readPrices(file(JSON.stringify(PRICES)))).toEqual(PRICES);
  });

  test("with mistakes is told all of them, each with its place", () => {
    const prices = [
      { ...TWILIO, rupees: 0.75 },
      { ...TWILIO, unit: "token" },
      { ...TWILIO, rupees: "-1", per: 0 },
      { ...TWILIO, colour: "red" },
    ];
    const read = readPrices(file(JSON.stringify({ asOf: "soon", prices })));
    const complaints = "complaints" in read ? read.complaints.join("\n") : "";
    for (const place of [
      "asOf",
      "prices › 0 › rupees",
      "prices › 1 › unit",
      "prices › 2 › rupees",
      "prices › 2 › per",
      "prices › 3",
    ])
      expect(complaints).toContain(place);
  });

  test("that prices a thing twice, is no JSON or is not there is refused", () => {
    expect(readPrices(file(JSON.stringify(table(TWILIO, TWILIO))))).toHaveProperty("complaints");
    expect(readPrices(file("{"))).toMatchObject({ complaints: [expect.stringContaining("is not JSON")] });
    expect(readPrices(join(dir, "none"))).toMatchObject({ complaints: [expect.stringContaining("cannot be read")] });
  });
});
