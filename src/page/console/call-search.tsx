import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { browserClock } from "../client/browser-clock.ts";
import { Icon } from "../ui/icon.tsx";
import { feed } from "./console-feed.ts";
import { amend, go } from "./navigation.ts";
import { type CallsRoute, PORTIONS, type Portion } from "./route.ts";
import { meaningOf, WORDS_DAYS } from "./seeking.ts";

/** Who pauses so long has typed what they look for. */
const PAUSE_MS = 300;
const TITLES: Readonly<Record<Portion, string>> = { all: "All", live: "Live", failed: "Failed" };

/** By whom, by what was said, by id; and which portion of the calls. All of it stands in the address. */
export function CallSearch({ route }: { readonly route: CallsRoute }) {
  const typed = useSignal(route.search);
  const cancel = useRef(() => {});
  // By the time that somebody pauses, they may have chosen another portion, or opened a call.
  const here = useRef(route);
  here.current = route;
  const looked = useRef(route.search);
  // Where the address was changed by something else, such as the way back.
  useEffect(() => {
    if (route.search === looked.current) return;
    looked.current = route.search;
    typed.value = route.search;
  }, [route.search]);
  useEffect(() => () => cancel.current(), []);

  const look = (mayOpen: boolean): void => {
    cancel.current();
    const meaning = meaningOf(typed.value);
    if (meaning.kind === "call" && mayOpen) return go({ ...here.current, search: "", call: meaning.id });
    looked.current = typed.value.trim();
    amend({ ...here.current, search: looked.current });
  };
  const type = (text: string): void => {
    typed.value = text;
    cancel.current();
    const meaning = meaningOf(text);
    cancel.current = browserClock.after(PAUSE_MS, () => look(meaning.kind === "call" && meaning.whole));
  };
  const live = [...feed.news.value.values()].filter(({ call }) => call.status === "open").length;
  return (
    <search class="stack">
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          look(true);
        }}
      >
        <Icon name="search" />
        <input
          type="search"
          aria-label="Search calls"
          aria-describedby="search-help"
          placeholder="Number, words, or id"
          value={typed}
          onInput={({ currentTarget }) => type(currentTarget.value)}
        />
      </form>
      <fieldset class="row bare">
        <legend class="unseen">Which calls</legend>
        {PORTIONS.map((portion) => (
          <button
            key={portion}
            class="chip"
            type="button"
            aria-pressed={route.portion === portion}
            onClick={() => amend({ ...route, portion })}
          >
            {TITLES[portion]}
            {portion === "live" && live > 0 && <span class="number">{live}</span>}
          </button>
        ))}
      </fieldset>
      <p id="search-help" class={meaningOf(typed.value).kind === "words" ? "quiet" : "unseen"}>
        <small>Words that were said or heard are looked for in the calls of the last {WORDS_DAYS} days.</small>
      </p>
    </search>
  );
}
