import { browserClock } from "../client/browser-clock.ts";
import { timeOf } from "../ui/format.ts";
import { type CarrierHealth, named, type Provider } from "./health-reading.ts";

type ReachedProps = {
  readonly title: string;
  readonly kind?: string;
  readonly reach?: string;
  readonly backlog?: number;
  readonly counts?: Readonly<Record<string, number>>;
};

const REACH: Readonly<Record<string, { readonly words: string; readonly look: string }>> = {
  up: { words: "answers", look: "good" },
  down: { words: "does not answer", look: "bad" },
};

/** Something that the gateway leans on. */
export function Reached({ title, kind, reach = "unknown", backlog, counts = {} }: ReachedProps) {
  const { words, look } = REACH[reach] ?? { words: "not asked yet", look: "" };
  return (
    <section class="card stack tight">
      <div class="apart">
        <h2>{title}</h2>
        <span class={`pill ${look}`}>{words}</span>
      </div>
      <Lines
        of={[
          ...(kind === undefined ? [] : [["kind", named(kind)] as const]),
          ...(backlog === undefined ? [] : [["waiting to be written", String(backlog)] as const]),
          ...countsOf(counts, "jobs "),
        ]}
      />
    </section>
  );
}

export const Sockets = ({ open }: { readonly open: Readonly<Record<string, number>> }) => (
  <section class="card stack tight">
    <h2>Open sockets</h2>
    <Lines of={countsOf(open)} />
  </section>
);

const countsOf = (counts: Readonly<Record<string, number>>, of = "") =>
  Object.entries(counts).map(([name, count]) => [of + named(name), String(count)] as const);

const Lines = ({ of: lines }: { readonly of: readonly (readonly [string, string])[] }) => (
  <dl class="lines">
    {lines.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd class="number">{value}</dd>
      </div>
    ))}
  </dl>
);

export function Carriers({ carriers }: { readonly carriers: readonly CarrierHealth[] }) {
  const setUp = carriers.filter((carrier) => carrier.setUp !== false);
  const others = carriers.filter((carrier) => carrier.setUp === false);
  return (
    <section class="card stack tight">
      <h2>
        Carriers <small>calls since the start</small>
      </h2>
      <Lines of={setUp.map(({ name, calls }) => [name, String(calls ?? "—")])} />
      {others.length > 0 && <small>Not set up: {others.map(({ name }) => name).join(", ")}</small>}
    </section>
  );
}

export const Providers = ({ providers }: { readonly providers: readonly Provider[] }) => (
  <section class="card stack tight">
    <h2>Errors of providers</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Provider</th>
          <th scope="col">Errors since the start</th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        {providers.map(({ name, errors = [], lastErrorAt }) => (
          <tr key={name}>
            <th scope="row">{named(name)}</th>
            <td>
              {errors.length === 0 ? "none" : errors.map(({ kind, count }) => `${named(kind)}: ${count}`).join(" · ")}
            </td>
            <td>{lastErrorAt === undefined ? "—" : timeOf(lastErrorAt, browserClock.wall())}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
