import { languageOf } from "../ui/format.ts";
import type { Call } from "../ui/told.ts";

const OUTCOMES: Readonly<Record<NonNullable<Call["summary"]>["outcome"], string>> = {
  resolved: "Dealt with",
  unresolved: "Not dealt with",
  callback: "To be called back",
  transferred: "Given to somebody else",
  "no-conversation": "No conversation",
};

/** What was written up of the call. */
export function AfterCall({ call }: { readonly call: Call }) {
  const { summary, translation } = call;
  return (
    <>
      {summary && summary.summary !== "" && <Summary summary={summary} />}
      {translation && <Translation translation={translation} spoken={call.language} />}
    </>
  );
}

function Summary({ summary }: { readonly summary: NonNullable<Call["summary"]> }) {
  const { outcome, sentiment, extracted = {} } = summary;
  return (
    <section class="card stack tight" aria-labelledby="summary-title">
      <h2 id="summary-title">Summary</h2>
      <p>{summary.summary}</p>
      <p class="row">
        <span class="pill">{OUTCOMES[outcome]}</span>
        <span class="pill">Caller: {sentiment}</span>
      </p>
      {Object.keys(extracted).length > 0 && (
        <dl class="extracted">
          {Object.entries(extracted).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

type TranslationProps = {
  readonly translation: NonNullable<Call["translation"]>;
  /** In which language it was said: what is not translated yet stands as it was. */
  readonly spoken: string;
};

function Translation({ translation, spoken }: TranslationProps) {
  const { language, lines, complete } = translation;
  return (
    <section class="card fold" aria-labelledby="translation-title">
      <details>
        <summary>
          <h2 id="translation-title">In {languageOf(language)}</h2>
        </summary>
        <ol class="stack tight">
          {lines.map(({ by, atMs, text, translation: translated }) => (
            <li key={`${by}-${atMs}`}>
              <b class={`by-${by}`}>{by === "caller" ? "Caller" : "Agent"}</b>{" "}
              <span lang={translated === undefined ? spoken : language}>{translated ?? text}</span>
            </li>
          ))}
        </ol>
        {!complete && <p class="quiet">The rest is still being translated.</p>}
      </details>
    </section>
  );
}
