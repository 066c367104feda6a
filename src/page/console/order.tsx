import { type ReadonlySignal, useSignal } from "@preact/signals";
import { ask } from "../ui/api.ts";
import { refused } from "./asked.ts";

type Outcome =
  | { readonly kind: "none" }
  | { readonly kind: "asked" }
  | { readonly kind: "done"; readonly words: string }
  | { readonly kind: "refused"; readonly words: string };

export type Order = {
  readonly outcome: ReadonlySignal<Outcome>;
  /** The answer is still to come. Never `false`: a button that says so of itself passes for enabled in a fieldset that is not. */
  readonly asked: true | undefined;
  /** `then`: what it means that it was taken. Resolves with whether it was, which nothing is before the answer to the last; never rejects. */
  give(path: string, body: object | undefined, then: string): Promise<boolean>;
};

/** Something that is asked of a call, one at a time. `path` is below the call's own. */
export function useOrder(callId: string): Order {
  const outcome = useSignal<Outcome>({ kind: "none" });
  return {
    outcome,
    asked: outcome.value.kind === "asked" || undefined,
    async give(path, body, then) {
      if (outcome.value.kind === "asked") return false;
      outcome.value = { kind: "asked" };
      try {
        await ask("POST", `/v1/calls/${callId}/${path}`, body);
        outcome.value = { kind: "done", words: then };
        return true;
      } catch (error) {
        outcome.value = { kind: "refused", words: `Not done: ${refused(error).why}` };
        return false;
      }
    },
  };
}

/** How it went, in words, where it was asked. Both places are always there, so that what comes to stand in them is read out. */
export function Told({ by: { outcome } }: { readonly by: Order }) {
  const { value } = outcome;
  return (
    <div class="told">
      <p role="status" class={value.kind === "done" ? "good" : "quiet"}>
        {value.kind === "done" ? value.words : value.kind === "asked" ? "Asking…" : ""}
      </p>
      <p role="alert" class="bad">
        {value.kind === "refused" ? value.words : ""}
      </p>
    </div>
  );
}
