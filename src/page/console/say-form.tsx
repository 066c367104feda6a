import { useSignal } from "@preact/signals";
import { Icon } from "../ui/icon.tsx";
import { Told, useOrder } from "./order.tsx";

type WordsFormProps = {
  readonly callId: string;
  readonly language: string;
};

/** The agent says it in its own voice, next or at once. */
export function SayForm({ callId, language }: WordsFormProps) {
  const order = useOrder(callId);
  const text = useSignal("");
  const atOnce = useSignal(false);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const said = { text: text.value, interrupt: atOnce.value };
    const taken = await order.give("say", said, atOnce.value ? "The agent says it now." : "The agent says it next.");
    if (taken) text.value = "";
  };
  return (
    <form onSubmit={send}>
      <div class="stack tight">
        <label>
          Let the agent say
          <textarea rows={2} required maxLength={2500} lang={language} {...boundTo(text)} />
        </label>
        <div class="apart">
          <label class="check">
            <input
              type="checkbox"
              checked={atOnce.value}
              onChange={({ currentTarget }) => {
                atOnce.value = currentTarget.checked;
              }}
            />
            Break off what it is saying
          </label>
          <button class="primary" type="submit" aria-disabled={order.asked}>
            <Icon name="send" />
            Say
          </button>
        </div>
      </div>
      <Told by={order} />
    </form>
  );
}

/** Not heard by the caller: the agent answers as it sees fit. */
export function MessageForm({ callId, language }: WordsFormProps) {
  const order = useOrder(callId);
  const text = useSignal("");
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await order.give("messages", { text: text.value }, "The agent was told.")) text.value = "";
  };
  return (
    <form onSubmit={send}>
      <div class="stack tight">
        <label>
          What the agent should know
          <textarea rows={2} required maxLength={2500} lang={language} {...boundTo(text)} />
        </label>
        <p>
          <small>The caller does not hear it. The agent takes it into account and goes on.</small>
        </p>
        <button type="submit" aria-disabled={order.asked}>
          <Icon name="send" />
          Tell the agent
        </button>
      </div>
      <Told by={order} />
    </form>
  );
}

const boundTo = (text: { value: string }) => ({
  value: text.value,
  onInput: ({ currentTarget }: { readonly currentTarget: HTMLTextAreaElement }) => {
    text.value = currentTarget.value;
  },
});
