import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { browserClock } from "../client/browser-clock.ts";
import { browserOpus } from "../client/browser-opus.ts";
import { reasonOf } from "../ui/api.ts";
import { Devices } from "../ui/devices.ts";
import { Shell } from "../ui/shell.tsx";
import { mayControl } from "../ui/who.ts";
import { CallControls } from "./call-controls.tsx";
import { Choices } from "./choices.ts";
import { Conversation } from "./conversation.tsx";
import { Happenings } from "./happenings.tsx";
import { placeCall } from "./place-call.ts";
import { Settings } from "./settings.tsx";
import { WebCall } from "./web-call.ts";

/** Talks to an agent from the browser. */
export function CallPage() {
  const call = useMemo(() => new WebCall({ clock: browserClock, isOnline: () => navigator.onLine }), []);
  const choices = useMemo(() => new Choices(), []);
  const devices = useMemo(() => new Devices(), []);
  const unknown = useSignal("");
  const hasOpus = useSignal(false);
  useEffect(() => {
    const left = new AbortController();
    void devices.follow(left.signal);
    const wanted = new URLSearchParams(location.search).get("agent");
    choices.learnAgents(wanted).catch((error: unknown) => {
      unknown.value = reasonOf(error);
    });
    void browserOpus.supports(16_000).then((has) => {
      hasOpus.value = has;
    });
    return () => {
      left.abort();
      // Who logs out takes the controls of the call away.
      void call.stop();
    };
  }, []);
  const start = async (how: "call" | "chat"): Promise<void> => {
    await call.start((callbacks) => placeCall(choices, how, callbacks));
    // Whoever was let use a microphone learns what devices are called.
    await devices.look();
  };
  return (
    <Shell here="/call">
      <div class="page call">
        <h1 class="unseen">Web call</h1>
        <CallControls call={call} start={start} allowed={mayControl.value} />
        <div class="stack">
          {unknown.value !== "" && <p class="notice warn">{unknown} The usual agent answers.</p>}
          <Settings choices={choices} devices={devices} locked={call.busy.value} hasOpus={hasOpus.value} />
          <Conversation call={call} choices={choices} />
          <Happenings call={call} />
        </div>
      </div>
    </Shell>
  );
}
