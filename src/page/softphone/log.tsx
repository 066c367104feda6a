import type { Logbook } from "./logbook.ts";

const time = new Intl.DateTimeFormat("en-IN", { hour: "numeric", minute: "2-digit", second: "2-digit" });

export function Log({ book }: { readonly book: Logbook }) {
  const { value: entries } = book.entries;
  return (
    <section class="card stack" aria-labelledby="log-title">
      <h2 id="log-title">What happened</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys. */}
      <div class="log" role="log" aria-labelledby="log-title" tabIndex={0}>
        {entries.length === 0 && <p class="quiet">Nothing yet. Go online to call the agent, or to be rung.</p>}
        <ol>
          {entries.toReversed().map(({ id, at, text }) => (
            <li key={id}>
              <time class="number quiet" dateTime={new Date(at).toISOString()}>
                {time.format(at)}
              </time>
              <span>{text}</span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
