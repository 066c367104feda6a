import { Elapsed } from "../ui/elapsed.tsx";
import { latencyOf } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { useKeptFocus } from "../ui/kept-focus.ts";
import { Meter } from "../ui/meter.tsx";
import { Waveform } from "./waveform.tsx";
import type { Phase, WebCall } from "./web-call.ts";

const WORDS: Readonly<Record<Phase, string>> = {
  idle: "Ready",
  connecting: "Connecting…",
  resuming: "Connecting again…",
  listening: "Listening…",
  thinking: "Thinking…",
  speaking: "Speaking",
  error: "The call failed",
};

type CallControlsProps = {
  readonly call: WebCall;
  readonly start: (how: "call" | "chat") => Promise<void>;
  /** By the key of whoever is logged in. */
  readonly allowed: boolean;
};

/** Starts and ends the call, and shows how it stands. */
export function CallControls({ call, start, allowed }: CallControlsProps) {
  const busy = call.busy.value;
  const buttons = useKeptFocus(busy);
  return (
    <section class="card controls" aria-label="Call" data-phase={call.phase}>
      <Waveform call={call} />
      <Standing call={call} />
      <div class="stack tight">
        <Meter of="caller" label="You" level={call.caller.now} />
        <Meter of="agent" label="Agent" level={call.agent.now} />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields */}
      <div class="row buttons" ref={buttons} tabIndex={-1} role="group" aria-label="Call">
        {busy ? <DuringCall call={call} /> : <BeforeCall start={start} allowed={allowed} />}
      </div>
      {!allowed && (
        <p class="notice warn">
          Your key may look, but not call. Log out, and in again with a key that has the scope <code>control</code>.
        </p>
      )}
      <Troubles call={call} />
      {!busy && <Afterwards call={call} />}
    </section>
  );
}

function Standing({ call }: { readonly call: WebCall }) {
  const over = call.phase.value === "idle" && call.interactionId.value !== undefined;
  return (
    <p class="standing">
      <strong role="status">{over ? "The call has ended" : WORDS[call.phase.value]}</strong>
      <Elapsed ms={call.elapsedMs} />
    </p>
  );
}

function BeforeCall({ start, allowed }: Pick<CallControlsProps, "start" | "allowed">) {
  return (
    <>
      <button class="go" type="button" disabled={!allowed} onClick={() => void start("call")}>
        <Icon name="phone" />
        Call
      </button>
      <button type="button" disabled={!allowed} onClick={() => void start("chat")}>
        Write instead
      </button>
    </>
  );
}

function DuringCall({ call }: { readonly call: WebCall }) {
  return (
    <>
      <button type="button" aria-pressed={call.muted.value} onClick={() => call.toggleMute()}>
        <Icon name={call.muted.value ? "muted" : "microphone"} />
        {call.muted.value ? "Muted" : "Mute"}
      </button>
      <button class="danger" type="button" onClick={() => void call.stop()}>
        <Icon name="hangUp" />
        End call
      </button>
    </>
  );
}

function Troubles({ call }: { readonly call: WebCall }) {
  const { value: complaint } = call.complaint;
  return (
    <>
      <div role="alert">
        {complaint && (
          <p class="notice bad">
            <strong>{complaint.what}</strong> {complaint.advice}
          </p>
        )}
      </div>
      {call.phase.value === "resuming" && <p class="notice warn">Connection lost, taking the conversation up again…</p>}
      {call.congested.value && call.busy.value && (
        <p class="notice warn">Your network is slow: some of what you say may be missing.</p>
      )}
    </>
  );
}

/** What there is to know of a call that is over. */
function Afterwards({ call }: { readonly call: WebCall }) {
  const { value: id } = call.interactionId;
  const { value: firstMs } = call.firstAudibleMs;
  if (id === undefined) return null;
  return (
    <p class="quiet">
      {firstMs !== undefined && <>The agent was first heard {latencyOf(firstMs)} after the click. </>}
      <a href={`/calls/${id}`}>See this call in the console</a>
    </p>
  );
}
