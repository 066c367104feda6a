import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { CallSummary } from "../ui/told.ts";
import { Told, useOrder } from "./order.tsx";
import { ownNumber, type TransferForm, transferBody } from "./transfer-form.ts";

const KINDS = [
  { kind: "cold", title: "At once", means: "The caller is connected to them and the agent leaves." },
  { kind: "warm", title: "Brief them first", means: "They are rung and told; the caller joins when they are ready." },
] as const;

type Field = Exclude<keyof TransferForm, "kind">;
type Wrong = { readonly field: keyof TransferForm; readonly complaint: string };

/** Gives the caller to another telephone. */
export function Transfer({ call }: { readonly call: CallSummary }) {
  const order = useOrder(call.id);
  const form = useSignal<TransferForm>({ to: "", kind: "cold", callerId: ownNumber(call), say: "", briefing: "" });
  const wrong = useSignal<Wrong | undefined>(undefined);
  const fields = useRef<HTMLFormElement>(null);
  const field = (name: Field) => ({
    name,
    value: form.value[name],
    "aria-invalid": wrong.value?.field === name,
    "aria-describedby": `transfer-${name}`,
    onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement | HTMLTextAreaElement }) => {
      form.value = { ...form.value, [name]: currentTarget.value };
    },
  });
  const complaintAt = (name: Field) => (
    <span class="bad" id={`transfer-${name}`}>
      {wrong.value?.field === name ? wrong.value.complaint : ""}
    </span>
  );
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const filled = transferBody(form.value);
    wrong.value = filled.ok ? undefined : filled;
    if (filled.ok) {
      const then = filled.body.kind === "cold" ? "The caller is being connected." : "They are being rung and briefed.";
      await order.give("transfer", filled.body, then);
    } else fields.current?.querySelector<HTMLElement>(`[name="${filled.field}"]`)?.focus();
  };
  const warm = form.value.kind === "warm";
  return (
    <form ref={fields} onSubmit={send} noValidate>
      <div class="stack tight">
        <div class="field">
          <label>
            Number
            <input type="tel" autocomplete="off" placeholder="+91 98450 12345" {...field("to")} />
          </label>
          {complaintAt("to")}
        </div>
        <fieldset class="bare">
          <legend>How</legend>
          {KINDS.map(({ kind, title, means }) => (
            <label key={kind} class="check">
              <input
                type="radio"
                name="kind"
                checked={form.value.kind === kind}
                onChange={() => {
                  form.value = { ...form.value, kind };
                }}
              />
              <span>
                {title} <small>{means}</small>
              </span>
            </label>
          ))}
        </fieldset>
        {warm && (
          <div class="field">
            <label>
              Briefing, said to them
              <textarea rows={3} maxLength={2500} lang={call.language} {...field("briefing")} />
            </label>
            {complaintAt("briefing")}
          </div>
        )}
        <div class="field">
          <label>
            Their telephone shows {warm ? "" : "(may be empty)"}
            <input type="tel" autocomplete="off" {...field("callerId")} />
          </label>
          {complaintAt("callerId")}
        </div>
        <div class="field">
          <label>
            Said to the caller before (may be empty)
            <input type="text" maxLength={2500} lang={call.language} {...field("say")} />
          </label>
          {complaintAt("say")}
        </div>
        <button type="submit" aria-disabled={order.asked}>
          Transfer the call
        </button>
      </div>
      <Told by={order} />
    </form>
  );
}
