import { durationOf } from "../ui/format.ts";
import type { Decision } from "../ui/told.ts";

/** Something the gateway decided; what it went by is shown on demand. */
export function DecisionNote({ decision }: { readonly decision: Decision }) {
  const { atMs, what, why, inputs, limits, otherwise } = decision;
  return (
    <li class="decision">
      <span class="at quiet number">{durationOf(atMs)}</span>
      <details>
        <summary>
          <b class="what">{what}</b> {why !== "" && <span>· {why}</span>}
        </summary>
        <dl>
          <Values title="It went by" values={inputs} />
          <Values title="Measured against" values={limits} />
          <div>
            <dt>Otherwise</dt>
            <dd>{otherwise || "nothing would have changed it"}</dd>
          </div>
        </dl>
      </details>
    </li>
  );
}

function Values({
  title,
  values,
}: {
  readonly title: string;
  readonly values: Readonly<Record<string, string | number | boolean>>;
}) {
  const entries = Object.entries(values);
  if (entries.length === 0) return null;
  return (
    <div>
      <dt>{title}</dt>
      {entries.map(([name, value]) => (
        <dd key={name}>
          <code>{name}</code> {String(value)}
        </dd>
      ))}
    </div>
  );
}
