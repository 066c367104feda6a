import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../ui/icon.tsx";
import type { Order } from "./order.tsx";

/** Asks once more, in its own place. */
export function HangUp({ order }: { readonly order: Order }) {
  const sure = useSignal<"not-asked" | "asking" | "kept">("not-asked");
  const first = useRef<HTMLButtonElement>(null);
  const keep = useRef<HTMLButtonElement>(null);
  // Whoever pressed a button that is gone goes on at the one that stands there now.
  useEffect(() => {
    if (sure.value === "asking") keep.current?.focus();
    if (sure.value === "kept") first.current?.focus();
  }, [sure.value]);
  const hangUp = async (): Promise<void> => {
    sure.value = (await order.give("hang-up", {}, "The call ends.")) ? "not-asked" : "kept";
  };
  if (sure.value !== "asking") {
    return (
      <button
        ref={first}
        class="danger"
        type="button"
        onClick={() => {
          sure.value = "asking";
        }}
      >
        <Icon name="hangUp" />
        Hang up
      </button>
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div class="row" role="group" aria-label="Hang up on the caller?">
      <span>Hang up on the caller?</span>
      <button class="danger" type="button" aria-disabled={order.asked} onClick={() => void hangUp()}>
        Yes, hang up
      </button>
      <button
        ref={keep}
        type="button"
        onClick={() => {
          sure.value = "kept";
        }}
      >
        No
      </button>
    </div>
  );
}
