import { z } from "zod";
import { type Cost, costOf, PRICED, type Priced } from "../record/prices.ts";
import type { Usage } from "../record/usage.ts";
import { ApiError } from "./api-error.ts";
import { callId, callParams, carrier } from "./call-schema.ts";
import { callOf, read } from "./calls.ts";
import { type Operation, operation } from "./operation.ts";
import type { Site } from "./site.ts";

const LONGEST_DAYS = 366;
const USUAL_DAYS = 30;
const DAY_MS = 24 * 3_600_000;
const INDIA_MS = 5.5 * 3_600_000;

const count = z.number().int().min(0);
const rupees = z.string().describe("A decimal number with six places, without tax");
const NO_DAY = "must be a day such as 2026-09-20";
/** Before this nobody called, and databases know no year 0. */
const day = z.iso.date(NO_DAY).refine((written) => written >= "2000", NO_DAY);

const quantities = z
  .object({
    calls: count,
    stream_seconds: count.describe("What speech-to-text was given; of each call the begun seconds"),
    spoken_seconds: z.number().describe("Sound that was sent to callers"),
    voices: z.array(z.object({ model: z.string().describe("Empty: not known"), characters: count })),
    models: z.array(
      z.object({
        model: z.string(),
        answers: count.describe("Asked for"),
        unknown_answers: count.describe("Of these, those whose tokens the model did not tell, such as those cut short"),
        prompt_tokens: count,
        cached_tokens: count.describe("Among those of the prompt"),
        completion_tokens: count,
      }),
    ),
    carriers: z.array(
      z.object({ carrier, seconds: count.describe("Begun seconds"), minutes: count.describe("Begun minutes") }),
    ),
  })
  .meta({ id: "Usage", description: "What was used. Seconds and minutes are rounded up call by call." });

const cost = z
  .object({
    prices_as_of: z.string().describe("The day of the price table"),
    currency: z.literal("INR"),
    lines: z.array(
      z.object({
        what: z.enum(Object.keys(PRICED) as [Priced, ...Priced[]]),
        model: z.string().optional(),
        carrier: carrier.optional(),
        unit: z.enum(["second", "minute", "character", "token"]),
        quantity: count,
        unit_price: z
          .object({ rupees: z.string(), per: count, source: z.string().describe("Where it was read") })
          .optional()
          .describe("Absent: unpriced"),
        rupees: rupees.optional(),
      }),
    ),
    rupees: rupees.describe("The sum of what has a price, without tax"),
    unpriced: z.boolean().describe("Some line has no price, and is not in the sum"),
    note: z.string().optional().describe("What the sum leaves out"),
  })
  .meta({ id: "Cost" });

const CALL_ITSELF =
  "What it costs to write calls up afterwards is not in it: that is with each summary, translation and retranscription.";

const usageQuery = z.strictObject({
  from: day
    .optional()
    .describe(`The first day, in India, such as 2026-09-01; ${USUAL_DAYS} days until \`to\` unless said`),
  to: day.optional().describe("The last day; today unless said"),
  agent: z.string().trim().min(1).max(200).optional().describe("Of this agent alone"),
});

/** What calls used and what it cost: of one call, and of days. */
export function usageOperations(site: Site): readonly Operation[] {
  const errors = { 503: "The database does not answer" };
  return [
    operation({
      id: "getCallUsage",
      method: "GET",
      path: "/v1/calls/{id}/usage",
      scope: "read",
      summary: "What a call used, and what that cost",
      description: CALL_ITSELF,
      params: callParams,
      answer: { description: "Its usage", schema: z.object({ id: callId, usage: quantities, cost }) },
      errors: { ...errors, 404: "No such call, or it is not over" },
      run: async ({ params: { id } }) => {
        const { usage } = await callOf(site, id);
        if (!usage) throw new ApiError(404, "the call is not over: what it used is known afterwards");
        return { id, usage: told(usage), cost: costTold(site, usage) };
      },
    }),
    operation({
      id: "getUsage",
      method: "GET",
      path: "/v1/usage",
      scope: "read",
      summary: "What calls used by day and agent, and what that cost",
      description: `Of calls that are over, erased ones among them, by the day they began in India. ${CALL_ITSELF}`,
      query: usageQuery,
      answer: {
        description: "Days with calls, in order",
        schema: z.object({ days: z.array(z.object({ day: z.string(), agent: z.string(), usage: quantities, cost })) }),
      },
      errors,
      run: async ({ query: { agent, ...asked } }) => {
        const { from, to } = span(site, asked);
        const days = await read(site, () => site.parts.usageBook.byDay(from, to));
        const wanted = days.filter((one) => agent === undefined || one.agent === agent);
        return { days: wanted.map(({ usage, ...of }) => ({ ...of, usage: told(usage), cost: costTold(site, usage) })) };
      },
    }),
  ];
}

function span({ parts: { clock } }: Site, asked: Pick<z.output<typeof usageQuery>, "from" | "to">) {
  const to = asked.to ?? dayOf(clock.wall() + INDIA_MS);
  const from = asked.from ?? dayOf(Date.parse(to) - (USUAL_DAYS - 1) * DAY_MS);
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days >= 1 && days <= LONGEST_DAYS) return { from, to };
  const message = days < 1 ? "must not be before from" : `must be within ${LONGEST_DAYS} days of from`;
  throw new ApiError(400, `to: ${message}`, { fields: [{ field: "to", message }] });
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function told({ calls, streamSeconds, spokenMs, voices, models, carriers }: Usage) {
  return {
    calls,
    stream_seconds: streamSeconds,
    spoken_seconds: spokenMs / 1000,
    voices,
    models: models.map(({ model, answers, uncounted, prompt, cached, completion }) => ({
      ...{ model, answers, unknown_answers: uncounted },
      ...{ prompt_tokens: prompt, cached_tokens: cached, completion_tokens: completion },
    })),
    carriers,
  };
}

function costTold({ parts: { prices } }: Site, usage: Usage) {
  const cost = costOf(usage, prices);
  const note = noteOn(cost);
  return {
    prices_as_of: prices.asOf,
    currency: "INR" as const,
    lines: cost.lines.map(({ carrier: name, price, ...line }) => ({
      ...line,
      ...(name !== undefined && { carrier: carrier.parse(name) }),
      ...(price && { unit_price: { rupees: price.rupees, per: price.per, source: price.source } }),
    })),
    rupees: cost.rupees,
    unpriced: cost.unpriced,
    ...(note !== "" && { note }),
  };
}

function noteOn({ uncounted, unpriced }: Cost): string {
  const notes = [
    ...(uncounted > 0 ? [`tokens: unknown for ${uncounted} answer(s)`] : []),
    ...(unpriced ? ["lines without unit_price are unpriced"] : []),
  ];
  return notes.join("; ");
}
