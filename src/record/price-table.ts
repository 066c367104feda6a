import { readFileSync } from "node:fs";
import { z } from "zod";
import { PRICED, type Price, type Priced, type PriceTable } from "./prices.ts";

const SARVAM = "https://docs.sarvam.ai/api/getting-started/pricing";

/**
 * What Sarvam's list said on that day, without tax. Carriers' prices are a matter of each contract, and that of a voice that is not here is
 * published nowhere: both are told as unpriced.
 */
export const PRICES: PriceTable = {
  asOf: "2026-09-20",
  prices: [
    sarvam("speech-to-text", "second", "30", 3600),
    sarvam("text-to-speech", "character", "30", 10_000, "bulbul:v3"),
    sarvam("prompt-tokens", "token", "29.28", 1_000_000, "sarvam-105b"),
    sarvam("cached-tokens", "token", "10.98", 1_000_000, "sarvam-105b"),
    sarvam("completion-tokens", "token", "73.20", 1_000_000, "sarvam-105b"),
  ],
};

function sarvam(what: Priced, unit: Price["unit"], rupees: string, per: number, model?: string): Price {
  return { what, provider: "sarvam", ...(model !== undefined && { model }), unit, rupees, per, source: SARVAM };
}

const whats = Object.keys(PRICED) as [Priced, ...Priced[]];
const priceSchema = z
  .strictObject({
    what: z.enum(whats),
    provider: z.string().trim().min(1),
    model: z.string().trim().min(1).exactOptional(),
    unit: z.enum(["second", "minute", "character", "token"]),
    rupees: z.string().regex(/^\d{1,9}(\.\d{1,6})?$/, 'must be written as a decimal number in quotes, such as "29.28"'),
    per: z.int().min(1),
    source: z.string().trim().min(1),
  })
  .superRefine(({ what, unit }, context) => {
    const units: readonly string[] = PRICED[what];
    if (!units.includes(unit))
      context.addIssue({ code: "custom", path: ["unit"], message: `of ${what} is ${units.join(" or ")}` });
  });

const tableSchema = z
  .strictObject({ asOf: z.iso.date("must be a date such as 2026-09-20"), prices: z.array(priceSchema) })
  .superRefine(({ prices }, context) => {
    for (const [index, price] of prices.entries()) {
      const first = prices.findIndex((other) => sameThing(price, other));
      if (first < index)
        context.addIssue({ code: "custom", path: ["prices", index], message: `is priced by ${first} already` });
    }
  });

const sameThing = (one: Price, other: Price): boolean =>
  one.what === other.what && one.model === other.model && (one.what !== "carrier" || one.provider === other.provider);

/** A price table that takes the place of ours, from a JSON file of the same shape; or every mistake in it, in plain words. */
export function readPrices(file: string): PriceTable | { readonly complaints: readonly string[] } {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const what = error instanceof SyntaxError ? "is not JSON" : "cannot be read";
    return { complaints: [`${what}: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const { data, error } = tableSchema.safeParse(json);
  if (data) return data;
  return { complaints: error.issues.map(({ path, message }) => [...path, message].map(String).join(" › ")) };
}
