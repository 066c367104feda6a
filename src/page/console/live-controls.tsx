import "./live.css";
import type { ComponentChildren } from "preact";
import { Icon } from "../ui/icon.tsx";
import type { CallSummary } from "../ui/told.ts";
import { mayControl } from "../ui/who.ts";
import { partyOf } from "./call-row.tsx";
import { HangUp } from "./hang-up.tsx";
import { ListenIn } from "./listen-in.tsx";
import { Told, useOrder } from "./order.tsx";
import { MessageForm, SayForm } from "./say-form.tsx";
import { beginTakeOver, takeOver } from "./take-over.ts";
import { Tones } from "./tones.tsx";
import { Transfer } from "./transfer.tsx";

/** What may be done with a call that is up. */
export function LiveControls({ call }: { readonly call: CallSummary }) {
  return call.status === "open" ? <Controls key={call.id} call={call} /> : null;
}

function Controls({ call }: { readonly call: CallSummary }) {
  const ending = useOrder(call.id);
  const locked = !mayControl.value;
  return (
    <section class="card stack live" aria-labelledby="live-title">
      <h2 id="live-title">This call is up</h2>
      <ListenIn callId={call.id} />
      {locked && (
        <p class="notice quiet" id="live-locked">
          You may look and listen. To steer calls, log in with a key that has the scope <code>control</code>.
        </p>
      )}
      <fieldset class="bare stack" disabled={locked} aria-describedby={locked ? "live-locked" : undefined}>
        <legend class="unseen">Steer the call</legend>
        <div>
          <div class="row">
            <button
              type="button"
              disabled={takeOver.value !== undefined}
              onClick={() => beginTakeOver(call.id, partyOf(call))}
            >
              <Icon name="headset" />
              Take over
            </button>
            <HangUp order={ending} />
          </div>
          <Told by={ending} />
        </div>
        <SayForm callId={call.id} language={call.language} />
        <div class="more">
          <More title="Tell the agent something">
            <MessageForm callId={call.id} language={call.language} />
          </More>
          <More title="Transfer">
            <Transfer call={call} />
          </More>
          <More title="Keypad">
            <Tones callId={call.id} />
          </More>
          <More title="Recording">
            <Recording callId={call.id} />
          </More>
        </div>
      </fieldset>
    </section>
  );
}

const More = ({ title, children }: { readonly title: string; readonly children: ComponentChildren }) => (
  <details>
    <summary>{title}</summary>
    <div class="inside">{children}</div>
  </details>
);

/** Nobody can say whether it runs at the moment: both may be asked at any time. */
function Recording({ callId }: { readonly callId: string }) {
  const order = useOrder(callId);
  return (
    <div>
      <div class="row">
        <button
          type="button"
          onClick={() => void order.give("recording/pause", undefined, "What is said from now on is not recorded.")}
        >
          <Icon name="pause" />
          Pause
        </button>
        <button
          type="button"
          onClick={() => void order.give("recording/resume", undefined, "What is said is recorded again.")}
        >
          <Icon name="play" />
          Resume
        </button>
      </div>
      <Told by={order} />
    </div>
  );
}
