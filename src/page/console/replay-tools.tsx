import { useSignal } from "@preact/signals";
import { ask, askFile } from "../ui/api.ts";
import { latencyOf } from "../ui/format.ts";
import type { Call } from "../ui/told.ts";
import { isAdmin, mayControl } from "../ui/who.ts";
import type { ReplayReport } from "./answers.ts";
import { refused } from "./asked.ts";
import { preciseTimeOf } from "./log-reading.ts";
import { saveFile } from "./saved-file.ts";

type State =
  | { readonly is: "idle" }
  | { readonly is: "asking"; readonly words: string }
  | { readonly is: "saved" }
  | { readonly is: "replayed"; readonly report: ReplayReport }
  | { readonly is: "refused"; readonly why: string };

/** A call that is over, played again; or kept as a test. */
export function ReplayTools({ call }: { readonly call: Call }) {
  const state = useSignal<State>({ is: "idle" });
  const path = `/v1/calls/${call.id}`;
  const busy = state.value.is === "asking";
  const work = async (words: string, ask: () => Promise<State>): Promise<void> => {
    if (busy) return;
    state.value = { is: "asking", words };
    state.value = await ask().catch((error: unknown) => ({ is: "refused" as const, why: refused(error).why }));
  };
  const replay = (): Promise<void> =>
    work("Playing it again…", async () => ({
      is: "replayed",
      report: await ask<ReplayReport>("POST", `${path}/replay`),
    }));
  const fixture = (): Promise<void> =>
    work("Making it…", async () => {
      saveFile(await askFile("POST", `${path}/fixture`), `${call.id}.jsonl`);
      return { is: "saved" };
    });
  return (
    <section class="card stack tight" aria-labelledby="replay-title">
      <h2 id="replay-title">Replay</h2>
      <p class="quiet">
        <small>Everything that entered the call enters it again, under the rules of today.</small>
      </p>
      <div class="row">
        <button
          type="button"
          disabled={!mayControl.value}
          aria-disabled={busy}
          aria-describedby={isAdmin.value ? undefined : "replay-locks"}
          onClick={() => void replay()}
        >
          Replay
        </button>
        <button
          type="button"
          disabled={!isAdmin.value}
          aria-disabled={busy}
          aria-describedby={isAdmin.value ? undefined : "replay-locks"}
          onClick={() => void fixture()}
        >
          Make a fixture
        </button>
      </div>
      {!isAdmin.value && (
        <p id="replay-locks" class="quiet">
          <small>{locks()}</small>
        </p>
      )}
      <div class="told">
        <p role="status">
          {state.value.is === "asking" && state.value.words}
          {state.value.is === "saved" && "Saved, without sound and without personal data."}
          {state.value.is === "replayed" && resultOf(state.value.report)}
        </p>
        <p role="alert" class="bad">
          {state.value.is === "refused" && `Not done: ${state.value.why}`}
        </p>
      </div>
      {state.value.is === "replayed" && !state.value.report.same && <Differences of={state.value.report.differences} />}
    </section>
  );
}

const locks = (): string =>
  mayControl.value
    ? "A fixture needs a key with the scope admin."
    : "Replaying needs a key with the scope control, a fixture one with the scope admin.";

function resultOf({ same, events, tookMs, callMs, differences }: ReplayReport): string {
  const took = `${events} events of ${latencyOf(callMs)} in ${latencyOf(tookMs)}`;
  if (same) return `The same: ${took}.`;
  return `${differences.length} ${differences.length === 1 ? "difference" : "differences"}: ${took}.`;
}

const Differences = ({ of }: { readonly of: ReplayReport["differences"] }) => (
  <ol class="differences stack tight">
    {of.map(({ atMs, about, was, now, cause }) => (
      <li key={`${atMs} ${about}`}>
        <p>
          <span class="number quiet">{preciseTimeOf(atMs)}</span> <b>{about}</b>
        </p>
        <p>
          was <del>{was || "nothing"}</del>, is <ins>{now || "nothing"}</ins>
        </p>
        {cause !== undefined && <p class="quiet">{cause}</p>}
      </li>
    ))}
  </ol>
);
