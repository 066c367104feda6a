import { useComputed } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { browserClock } from "../client/browser-clock.ts";
import { ask } from "../ui/api.ts";
import { callList, rowsOf } from "./call-list.ts";
import { CallPage } from "./call-page.tsx";
import { CallRow } from "./call-row.tsx";
import { CallSearch } from "./call-search.tsx";
import { feed } from "./console-feed.ts";
import type { CallsRoute } from "./route.ts";
import { meaningOf, WORDS_DAYS } from "./seeking.ts";

/** As it was left, whatever page was looked at meanwhile. */
const book = callList({
  ask: (path, signal) => ask("GET", path, undefined, signal),
  clock: browserClock,
});

/** The calls, and beside them the one that is looked at; where there is little room, one of both. */
export function CallsPage({ route }: { readonly route: CallsRoute }) {
  const { call, ...list } = route;
  const { portion, search } = list;
  // What happened while the feed was away, only the books know.
  const gaps = feed.gaps.value;
  useEffect(() => book.look({ portion, search }), [portion, search, gaps]);
  return (
    <div class={call === undefined ? "calls" : "calls open"}>
      <section class="calls-list" aria-labelledby="calls-title">
        {call === undefined ? <h1 id="calls-title">Calls</h1> : <h2 id="calls-title">Calls</h2>}
        <CallSearch route={route} />
        <Rows route={route} />
      </section>
      <div class="calls-one">
        {call === undefined ? (
          <p class="empty">Choose a call to see what was said in it, and why.</p>
        ) : (
          <CallPage key={call} id={call} back={list} />
        )}
      </div>
    </div>
  );
}

function Rows({ route }: { readonly route: CallsRoute }) {
  const state = book.state.value;
  const rows = useComputed(() => {
    const { value } = book.state;
    return rowsOf(value.state === "told" ? value.told.calls : [], feed.news.value, route);
  });
  // As the books answered: who listens is not told of each call that comes and goes.
  const found = useMemo(() => rows.peek().length, [state]);
  if (state.state === "asking")
    return (
      <p class="empty" role="status">
        Looking…
      </p>
    );
  if (state.state === "refused")
    return (
      <div class="empty stack">
        <p role="alert" class="bad">
          {state.why}
        </p>
        <button type="button" onClick={() => book.look(route)}>
          Try again
        </button>
      </div>
    );
  return (
    <>
      <p role="status" class="unseen">
        {found === 1 ? "1 call" : `${found} calls`}
      </p>
      <ul class="rows">
        {rows.value.map((call) => (
          <li key={call.id}>
            <CallRow call={call} route={route} />
          </li>
        ))}
      </ul>
      {rows.value.length === 0 && <p class="empty">{emptyWords(route)}</p>}
      <p role="alert" class="bad">
        {book.missed}
      </p>
      {state.told.next_cursor !== undefined && (
        <button class="older" type="button" aria-disabled={book.growing.value} onClick={book.more}>
          {book.growing.value ? "Looking…" : "Older calls"}
        </button>
      )}
    </>
  );
}

function emptyWords({ portion, search }: CallsRoute): string {
  const meaning = meaningOf(search);
  switch (meaning.kind) {
    case "words":
      return `Nobody said or heard “${meaning.words}” in a call of the last ${WORDS_DAYS} days.`;
    case "number":
      return `No call from or to ${meaning.number}.`;
    case "call":
      return "Press Enter to open the call.";
    case "anything":
      return { live: "Nobody is on the line now.", failed: "No call has failed.", all: "No calls yet." }[portion];
    default:
      return meaning satisfies never;
  }
}
