import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../ui/api.ts";
import type { CallLog, LogEntry } from "./answers.ts";
import { refused } from "./asked.ts";
import { actorsOf, dataOf, preciseTimeOf } from "./log-reading.ts";
import type { Playback } from "./playback.ts";

type EventLogProps = { readonly callId: string; readonly version: number; readonly player: Playback };

/** So many lines are drawn at first, and more on demand: a long call has thousands. */
const PAGE = 300;

/** What entered and left the call, event by event. */
export function EventLog({ callId, version, player }: EventLogProps) {
  const log = useSignal<CallLog | undefined>(undefined);
  const failed = useSignal("");
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const most = useSignal(PAGE);
  const path = `/v1/calls/${callId}/log`;
  const read = async (from: number, signal?: AbortSignal): Promise<void> => {
    try {
      const page = await ask<CallLog>("GET", `${path}?from=${from}`, undefined, signal);
      const known = log.peek();
      if (from === 0) log.value = page;
      // Unless it was read meanwhile: by another press, or anew.
      else if (known?.next === from) log.value = { ...page, entries: [...known.entries, ...page.entries] };
      failed.value = "";
    } catch (error) {
      if (!signal?.aborted) failed.value = refused(error).why;
    }
  };
  useEffect(() => {
    const stop = new AbortController();
    void read(0, stop.signal);
    return () => stop.abort();
  }, [path, version]);

  if (failed.value !== "" && !log.value)
    return (
      <p class="card empty" role="alert">
        {failed}
      </p>
    );
  if (!log.value)
    return (
      <p class="card empty" role="status">
        Looking…
      </p>
    );
  const { entries, complete, next } = log.value;
  const shown = entries.filter(({ by }) => !hidden.value.has(by));
  return (
    <section class="card stack" aria-labelledby="log-title">
      <div class="apart">
        <h2 id="log-title">Events</h2>
        <Copy entries={shown} />
      </div>
      <fieldset class="row bare">
        <legend class="unseen">Whose events</legend>
        {actorsOf(entries).map((actor) => (
          <button
            key={actor}
            class="chip"
            type="button"
            aria-pressed={!hidden.value.has(actor)}
            onClick={() => {
              hidden.value = toggled(hidden.value, actor);
            }}
          >
            {actor}
          </button>
        ))}
      </fieldset>
      <ol class="log">
        {shown.slice(0, most.value).map((entry, index) => (
          <Entry key={`${index}-${entry.atMs}`} entry={entry} player={player} />
        ))}
      </ol>
      <p role="alert" class="bad">
        {failed}
      </p>
      <div class="row">
        {shown.length > most.value && (
          <button
            type="button"
            onClick={() => {
              most.value += 2 * PAGE;
            }}
          >
            {shown.length - most.value} more
          </button>
        )}
        {next !== undefined && (
          <button type="button" onClick={() => void read(next)}>
            Read on
          </button>
        )}
        {!complete && next === undefined && <small>The call goes on: this is as far as it is written.</small>}
      </div>
    </section>
  );
}

function Entry({ entry, player }: { readonly entry: LogEntry; readonly player: Playback }) {
  const { atMs, by, what } = entry;
  const time = preciseTimeOf(atMs);
  return (
    <li>
      {player.durationMs.value > 0 ? (
        <button
          class="plain at number"
          type="button"
          aria-label={`Play from ${time}`}
          onClick={() => player.seekInCall(atMs)}
        >
          {time}
        </button>
      ) : (
        <span class="at quiet number">{time}</span>
      )}
      <span class={`badge ${by}`}>{by}</span>
      <span class="what">
        <b>{what}</b> <span class="quiet">{dataOf(entry)}</span>
      </span>
    </li>
  );
}

function toggled(set: ReadonlySet<string>, one: string): ReadonlySet<string> {
  const without = [...set].filter((name) => name !== one);
  return new Set(set.has(one) ? without : [...without, one]);
}

function Copy({ entries }: { readonly entries: readonly LogEntry[] }) {
  const told = useSignal("");
  const copy = (): void => {
    const copied =
      navigator.clipboard?.writeText(JSON.stringify(entries, null, 2)) ?? Promise.reject(new Error("no clipboard"));
    copied.then(
      () => {
        told.value = "Copied.";
      },
      () => {
        told.value = "The browser does not let this page copy.";
      },
    );
  };
  return (
    <div class="row">
      <span role="status">{told}</span>
      <button type="button" onClick={copy}>
        Copy as JSON
      </button>
    </div>
  );
}
