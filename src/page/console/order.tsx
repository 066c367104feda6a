import { type ReadonlySignal, useSignal } from "@preact/signals";
import { ask, reasonOf } from "../ui/api.ts";

type Outcome =
  | { readonly kind: "none" }
  | { readonly kind: "asked" }
  | { readonly kind: "done"; readonly words: string }
  | { readonly kind: "refused"; readonly words: string };

export type Order = {
  readonly outcome: ReadonlySignal<Outcome>;
  readonly asked: boolean;
  /** `then`: what it means that it was taken. Resolves with whether it was; never rejects. */
  give(path: string, body: object | undefined, then: string): Promise<boolean>;
};

/** Something that is asked of a call, one at a time. `path` is below the call's own. */
export function useOrder(callId: string): Order {
  const outcome = useSignal<Outcome>({ kind: "none" });
  return {
    outcome,
    asked: outcome.value.kind === "asked",
    async give(path, body, then) {
      if (outcome.value.kind === "asked") return false;
      outcome.value = { kind: "asked" };
      try {
        await ask("POST", `/v1/calls/${callId}/${path}`, body);
        outcome.value = { kind: "done", words: then };
        return true;
      } catch (error) {
        outcome.value = { kind: "refused", words: `Not done: ${sentence(reasonOf(error))}` };
        return false;
      }
    },
  };
}

const sentence = (words: string): string => (/[.!?]$/.test(words) ? words : `${words}.`);

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
