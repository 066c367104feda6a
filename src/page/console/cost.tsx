import type { ReadonlySignal } from "@preact/signals";
import type { CallUsage, CostLine } from "./answers.ts";
import type { Asked } from "./asked.ts";

const money = new Intl.NumberFormat("en-IN", { style: "currency", currency: "INR", maximumFractionDigits: 2 });
const exact = new Intl.NumberFormat("en-IN", { style: "currency", currency: "INR", maximumFractionDigits: 4 });
const amount = new Intl.NumberFormat("en-IN");

/** `₹1.24`, or `₹1.24+` where something has no price. */
export const CostOfCall = ({ usage: { cost } }: { readonly usage: CallUsage }) => (
  <>
    {money.format(Number(cost.rupees))}
    {cost.unpriced && (
      <>
        <span aria-hidden="true">+</span>
        <span class="unseen"> and more</span>
      </>
    )}
  </>
);

const WHAT: Readonly<Record<string, string>> = {
  "speech-to-text": "Speech to text",
  "text-to-speech": "Text to speech",
  "prompt-tokens": "Model, prompt",
  "cached-tokens": "Model, prompt it knew",
  "completion-tokens": "Model, answers",
  carrier: "Telephone line",
};

/** What the call cost, line by line. */
export function Cost({ usage, ended }: { readonly usage: ReadonlySignal<Asked<CallUsage>>; readonly ended: boolean }) {
  const { value } = usage;
  if (!ended) return <p class="card empty">What the call costs is known once it is over.</p>;
  if (value.state === "asking")
    return (
      <p class="card empty" role="status">
        Looking…
      </p>
    );
  if (value.state === "refused")
    return (
      <p class="card empty" role="alert">
        {value.why}
      </p>
    );
  const { cost, usage: used } = value.told;
  const unknown = used.models.reduce((sum, { unknown_answers: answers }) => sum + answers, 0);
  return (
    <section class="card stack" aria-labelledby="cost-title">
      <h2 id="cost-title">Cost</h2>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">For</th>
              <th scope="col" class="figure">
                Used
              </th>
              <th scope="col" class="figure">
                Price
              </th>
              <th scope="col" class="figure">
                Cost
              </th>
            </tr>
          </thead>
          <tbody>
            {cost.lines.map((line) => (
              <Row key={`${line.what} ${line.model ?? ""} ${line.carrier ?? ""}`} line={line} />
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={3}>
                In all, without tax
              </th>
              <td class="number figure">
                <b>{exact.format(Number(cost.rupees))}</b>
              </td>
            </tr>
          </tfoot>
        </table>
      </div>
      <p class="quiet">
        <small>
          Prices as of {cost.prices_as_of}. {cost.unpriced && "What has no price is not in the sum. "}
          {unknown > 0 &&
            `Of ${unknown === 1 ? "one answer" : `${unknown} answers`} the model did not tell what it took.`}
        </small>
      </p>
    </section>
  );
}

function Row({ line }: { readonly line: CostLine }) {
  const { what, model, carrier, quantity, unit, unit_price: price, rupees } = line;
  return (
    <tr>
      <th scope="row">
        {WHAT[what] ?? what} <small>{model ?? carrier}</small>
      </th>
      <td class="number figure">
        {amount.format(quantity)} {quantity === 1 ? unit : `${unit}s`}
      </td>
      <td class="number figure">
        {price ? `${exact.format(Number(price.rupees))} per ${per(price.per, unit)}` : "no price"}
      </td>
      <td class="number figure">{rupees === undefined ? "–" : exact.format(Number(rupees))}</td>
    </tr>
  );
}

const per = (count: number, unit: string): string => (count === 1 ? unit : `${amount.format(count)} ${unit}s`);
