import { useComputed } from "@preact/signals";
import { Elapsed } from "../ui/elapsed.tsx";
import { numberOf } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { useKeptFocus } from "../ui/kept-focus.ts";
import { Keypad } from "../ui/keypad.tsx";
import { Meter, rmsOf } from "../ui/meter.tsx";
import type { PhoneCall } from "./phone-call.ts";
import type { Phase, Softphone } from "./softphone.ts";

type TelephoneProps = {
  readonly phone: Softphone;
  /** Or is it only rung? */
  readonly dials: boolean;
  /** By the key of whoever is logged in. */
  readonly allowed?: boolean;
};

export function Telephone({ phone, dials, allowed = true }: TelephoneProps) {
  const { value: call } = phone.call;
  const { value: phase } = phone.phase;
  const isUp = phase === "talking" || phase === "broken";
  const buttons = useKeptFocus(phase);
  return (
    <section class="card telephone" aria-label="Telephone" data-phase={phase}>
      <Standing phone={phone} dials={dials} />
      <Troubles phone={phone} />
      {!call && dials && <NumberField phone={phone} />}
      {call && phase !== "rung" && <KeysPressed call={call} />}
      {(isUp || (dials && phase !== "rung")) && (
        <Keypad press={(key) => phone.press(key)} locked={call !== undefined && !isUp} />
      )}
      {isUp && <Meters phone={phone} />}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields */}
      <div class="row buttons" ref={buttons} tabIndex={-1} role="group" aria-label="Call">
        <Actions phone={phone} dials={dials} allowed={allowed} />
      </div>
      {!call && dials && <Whom />}
    </section>
  );
}

const WORDS: Readonly<Record<Exclude<Phase, "rung">, string>> = {
  offline: "Offline",
  opening: "Going online…",
  online: "Online",
  calling: "Calling…",
  ringing: "Ringing…",
  talking: "In a call",
  broken: "Connecting again…",
};

function Standing({ phone, dials }: Pick<TelephoneProps, "phone" | "dials">) {
  const { value: phase } = phone.phase;
  const { value: call } = phone.call;
  const peer = numberOf(call?.peer ?? "");
  return (
    <div class="standing">
      <p class="apart">
        <strong role="status">{phase === "rung" ? `Call from ${peer}` : WORDS[phase]}</strong>
        {call && phase !== "rung" && <Elapsed ms={call.elapsedMs} />}
      </p>
      <p class="quiet">
        {call && phase !== "rung" ? `With ${peer === "" ? "the agent" : peer}` : <Reach phone={phone} dials={dials} />}
      </p>
    </div>
  );
}

function Reach({ phone, dials }: Pick<TelephoneProps, "phone" | "dials">) {
  const { value: phase } = phone.phase;
  if (phase === "offline") return dials ? "Go online to call, and to be rung." : "Nobody can ring here.";
  const { value: identity } = phone.identity;
  return identity === undefined ? "Asking Twilio to let you in." : <code>client:{identity}</code>;
}

function Troubles({ phone }: { readonly phone: Softphone }) {
  const { value: complaint } = phone.complaint;
  return (
    <div role="alert">
      {complaint && (
        <p class="notice bad">
          <strong>{complaint.what}</strong> {complaint.advice}
        </p>
      )}
    </div>
  );
}

const NumberField = ({ phone }: { readonly phone: Softphone }) => (
  <label>
    Number
    <input
      type="tel"
      autocomplete="off"
      placeholder="+91 …"
      value={phone.number.value}
      aria-describedby="whom"
      onInput={(event) => {
        phone.number.value = event.currentTarget.value;
      }}
    />
  </label>
);

const KeysPressed = ({ call }: { readonly call: PhoneCall }) => (
  <p class="field">
    Keys pressed
    <output class="keys number">{call.keys.value === "" ? "none" : call.keys.value}</output>
  </p>
);

function Meters({ phone }: { readonly phone: Softphone }) {
  const own = useComputed(() => rmsOf(phone.call.value?.own.value ?? 0));
  const theirs = useComputed(() => rmsOf(phone.call.value?.theirs.value ?? 0));
  return (
    <div class="stack tight">
      <Meter of="caller" label="You" level={own} />
      <Meter of="agent" label="Other side" level={theirs} />
    </div>
  );
}

function Actions({ phone, dials, allowed }: Required<TelephoneProps>) {
  const { value: phase } = phone.phase;
  const { value: call } = phone.call;
  if (call && phase === "rung")
    return (
      <>
        <button class="go" type="button" onClick={() => phone.accept()}>
          <Icon name="phone" />
          Accept
        </button>
        <button class="danger" type="button" onClick={() => call.reject()}>
          <Icon name="hangUp" />
          Reject
        </button>
      </>
    );
  if (call) return <InCall call={call} />;
  // Where it is only rung, it goes online by itself; again only after a failure.
  if (phase === "offline" && !dials && !phone.complaint.value) return null;
  if (phase === "offline")
    return (
      <button class="primary" type="button" disabled={!allowed} onClick={() => void phone.goOnline()}>
        Go online
      </button>
    );
  return (
    <>
      {dials && (
        <button class="go" type="button" disabled={phase !== "online"} onClick={() => void phone.dial()}>
          <Icon name="phone" />
          Call
        </button>
      )}
      <button type="button" onClick={() => phone.goOffline()}>
        {phase === "opening" ? "Stop trying" : "Go offline"}
      </button>
    </>
  );
}

function InCall({ call }: { readonly call: PhoneCall }) {
  const { value: muted } = call.muted;
  return (
    <>
      <button
        type="button"
        aria-pressed={muted}
        disabled={call.phase.value !== "talking"}
        onClick={() => call.toggleMute()}
      >
        <Icon name={muted ? "muted" : "microphone"} />
        {muted ? "Muted" : "Mute"}
      </button>
      <button class="danger" type="button" onClick={() => call.hangUp()}>
        <Icon name="hangUp" />
        Hang up
      </button>
    </>
  );
}

/** What is typed is passed on, and decides nothing. */
const Whom = () => (
  <p class="quiet" id="whom">
    <small>The agent that answers is chosen by the gateway, whatever number you call.</small>
  </p>
);
