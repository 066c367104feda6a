import type { Usage } from "./usage.ts";

/** What is paid for, and the unit it is counted in. A carrier's time is paid by the begun second or the begun minute. */
export const PRICED = {
  "speech-to-text": ["second"],
  "text-to-speech": ["character"],
  "prompt-tokens": ["token"],
  "cached-tokens": ["token"],
  "completion-tokens": ["token"],
  carrier: ["second", "minute"],
} as const;
export type Priced = keyof typeof PRICED;
export type Unit = "second" | "minute" | "character" | "token";

/** `rupees`, a decimal number with six places at most, for each `per` of the unit; without tax. */
export type Price = {
  readonly what: Priced;
  /** Who is paid; of a carrier its name. */
  readonly provider: string;
  /** Of a voice or a language model. Absent: whatever the model. */
  readonly model?: string;
  readonly unit: Unit;
  readonly rupees: string;
  readonly per: number;
  /** Where it was read. */
  readonly source: string;
};

/** Prices change: `asOf`, such as 2026-09-20, is when these were read. */
export type PriceTable = { readonly asOf: string; readonly prices: readonly Price[] };

/** One line of a bill. Without a `price` nobody knows what it costs, and it is in no sum. */
export type CostLine = {
  readonly what: Priced;
  /** Of a voice or a language model; empty where it was not written down. */
  readonly model?: string;
  readonly carrier?: string;
  readonly unit: Unit;
  readonly quantity: number;
  readonly price?: Price;
  /** Rupees, to six places. */
  readonly rupees?: string;
};

/** `rupees`: the sum of what has a price. `unpriced`: some line has none. `uncounted`: answers whose tokens nobody knows. */
export type Cost = {
  readonly lines: readonly CostLine[];
  readonly rupees: string;
  readonly unpriced: boolean;
  readonly uncounted: number;
};

/** Pure. Amounts are reckoned in whole millionths of a rupee, each line rounded to the nearest. */
export function costOf(usage: Usage, table: PriceTable): Cost {
  const lines = quantities(usage)
    .filter(({ quantity }) => quantity > 0)
    .map((line) => priced(line, table.prices));
  const sum = lines.reduce((total, { micro = 0n }) => total + micro, 0n);
  return {
    lines: lines.map(({ micro, ...line }) => ({ ...line, ...(micro !== undefined && { rupees: decimal(micro) }) })),
    rupees: decimal(sum),
    unpriced: lines.some(({ micro }) => micro === undefined),
    uncounted: usage.models.reduce((count, { uncounted }) => count + uncounted, 0),
  };
}

type Quantity = Omit<CostLine, "price" | "rupees" | "unit"> & { readonly of: Partial<Record<Unit, number>> };
type Counted = Quantity & { readonly quantity: number };

function quantities({ streamSeconds, voices, models, carriers }: Usage): readonly Counted[] {
  const line = (what: Priced, of: Partial<Record<Unit, number>>, more: Pick<Quantity, "model" | "carrier"> = {}) => {
    const counts = Object.fromEntries(Object.entries(of).map(([unit, count]) => [unit, Math.max(Math.ceil(count), 0)]));
    return { what, of: counts, quantity: Math.max(...Object.values(counts)), ...more };
  };
  return [
    line("speech-to-text", { second: streamSeconds }),
    ...voices.map(({ model, characters }) => line("text-to-speech", { character: characters }, { model })),
    ...models.flatMap(({ model, prompt, cached, completion }) => [
      // Cached tokens are among those of the prompt, and are not paid for twice.
      line("prompt-tokens", { token: prompt - Math.min(cached, prompt) }, { model }),
      line("cached-tokens", { token: Math.min(cached, prompt) }, { model }),
      line("completion-tokens", { token: completion }, { model }),
    ]),
    // A browser comes by itself.
    ...carriers
      .filter(({ carrier }) => carrier !== "web")
      .map(({ carrier, seconds, minutes }) => line("carrier", { minute: minutes, second: seconds }, { carrier })),
  ];
}

function priced(
  { of, quantity: _, ...line }: Counted,
  prices: readonly Price[],
): Omit<CostLine, "rupees"> & { readonly micro?: bigint } {
  const price = prices.find((price) => fits(price, line));
  const unit = price?.unit ?? PRICED[line.what].findLast((unit) => of[unit] !== undefined) ?? PRICED[line.what][0];
  const quantity = of[unit] ?? 0;
  return { ...line, unit, quantity, ...(price && { price, micro: amount(quantity, price) }) };
}

function fits(price: Price, { what, model, carrier }: Omit<Quantity, "of" | "quantity">): boolean {
  if (price.what !== what) return false;
  if (carrier !== undefined) return price.provider === carrier;
  return price.model === undefined || price.model === model;
}

const MICRO_PLACES = 6;

/** In millionths of a rupee, rounded to the nearest. */
function amount(quantity: number, { rupees, per }: Price): bigint {
  const [whole = "0", places = ""] = rupees.split(".");
  const micro = BigInt(whole + places.padEnd(MICRO_PLACES, "0"));
  const divisor = BigInt(per);
  return (BigInt(quantity) * micro * 2n + divisor) / (divisor * 2n);
}

function decimal(micro: bigint): string {
  const digits = micro.toString().padStart(MICRO_PLACES + 1, "0");
  return `${digits.slice(0, -MICRO_PLACES)}.${digits.slice(-MICRO_PLACES)}`;
}
