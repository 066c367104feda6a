import { type ReadonlySignal, signal } from "@preact/signals";
import type { Clock } from "../client/ports.ts";
import { Refusal, reasonOf } from "../ui/api.ts";
import type { CallSummary } from "../ui/told.ts";
import { type Asked, isPassing, refused } from "./asked.ts";
import type { News } from "./call-news.ts";
import type { CallsRoute } from "./route.ts";
import { belongs, listPath, meaningOf } from "./seeking.ts";

type Page = { readonly calls: readonly CallSummary[]; readonly next_cursor?: string };
type Wanted = Pick<CallsRoute, "portion" | "search">;

export type ListParts = {
  readonly ask: (path: string, signal: AbortSignal) => Promise<Page>;
  readonly clock: Clock;
};

export type CallList = {
  readonly state: ReadonlySignal<Asked<Page>>;
  /** Whether the page behind the last one is on its way. */
  readonly growing: ReadonlySignal<boolean>;
  /** Why the last question has no answer, where what was told before still stands; else empty. */
  readonly missed: ReadonlySignal<string>;
  /** From the beginning. What is there stays until the answer comes, unless it is of another question. */
  look(wanted: Wanted): void;
  /** The page behind. */
  more(): void;
};

/** One search is answered at a time, whoever asks. */
const SEARCH_TRIES = 5;
const SEARCH_WAIT_MS = 1_000;
const isBusy = (error: unknown): boolean => error instanceof Refusal && error.status === 503;

/** The calls that fit, page by page, as the books have them. */
export function callList({ ask, clock }: ListParts): CallList {
  const state = signal<Asked<Page>>({ state: "asking" });
  const growing = signal(false);
  const missed = signal("");
  let wanted: Wanted | undefined;
  let stop = new AbortController();

  const fetch = async (path: string, then: (page: Page) => Page): Promise<void> => {
    stop.abort();
    stop = new AbortController();
    const { signal: stopped } = stop;
    missed.value = "";
    try {
      const page = await patiently(path, stopped);
      if (!stopped.aborted) state.value = { state: "told", told: then(page) };
    } catch (error) {
      if (stopped.aborted) return;
      if (state.value.state === "told" && isPassing(error)) missed.value = reasonOf(error);
      else state.value = refused(error);
    } finally {
      if (!stopped.aborted) growing.value = false;
    }
  };
  const patiently = async (path: string, stopped: AbortSignal, patience = SEARCH_TRIES): Promise<Page> => {
    try {
      return await ask(path, stopped);
    } catch (error) {
      if (patience <= 1 || !isBusy(error) || meaningOf(wanted?.search ?? "").kind !== "words") throw error;
      await new Promise<void>((resolve) => clock.after(SEARCH_WAIT_MS, resolve));
      stopped.throwIfAborted();
      return patiently(path, stopped, patience - 1);
    }
  };
  return {
    state,
    growing,
    missed,
    look(next) {
      if (wanted?.portion !== next.portion || wanted.search !== next.search || state.value.state === "refused")
        state.value = { state: "asking" };
      wanted = next;
      growing.value = false;
      void fetch(listPath(next, clock.wall()), (page) => page);
    },
    more() {
      const { value } = state;
      if (!wanted || growing.value || value.state !== "told" || value.told.next_cursor === undefined) return;
      growing.value = true;
      const { calls } = value.told;
      void fetch(listPath(wanted, clock.wall(), value.told.next_cursor), (page) => ({
        ...page,
        calls: [...calls, ...page.calls],
      }));
    },
  };
}

/** The rows: what the books said, with what was heard since, newest first. */
export function rowsOf(listed: readonly CallSummary[], news: News, wanted: Wanted): readonly CallSummary[] {
  const known = new Set(listed.map(({ id }) => id));
  const fresh = [...news.values()]
    .map(({ call }) => call)
    .filter((call) => !known.has(call.id) && belongs(call, wanted));
  const current = listed.map((call) => newer(call, news.get(call.id)?.call));
  const rows = [...fresh, ...current.filter((call) => wanted.portion !== "live" || call.status === "open")];
  return rows.toSorted((a, b) => b.openedAt - a.openedAt);
}

/** What the books have of an ended call, they have for good. */
export const newer = <Known extends CallSummary>(known: Known, heard: CallSummary | undefined): Known =>
  heard === undefined || known.status === "ended" ? known : { ...known, ...heard };
