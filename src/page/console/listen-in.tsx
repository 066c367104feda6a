import { batch, signal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { browserSocket } from "../client/browser-socket.ts";
import { browserSpeaker } from "../client/browser-speaker.ts";
import worklet from "../client/playback.worklet.ts?worker&url";
import { Icon } from "../ui/icon.tsx";
import { Meter } from "../ui/meter.tsx";
import { type Listening, type ListenState, listenIn } from "./listen.ts";

const LOUDEST = 100;
/** As it was left, whichever call is listened to. */
const volume = signal(LOUDEST);

type Phase = ListenState | { readonly phase: "off" };

/** Begins with a click; ends with another, with the call, or when this leaves the page. */
export function ListenIn({ callId }: { readonly callId: string }) {
  const state = useSignal<Phase>({ phase: "off" });
  const levels = { caller: useSignal(0), agent: useSignal(0) };
  const listening = useRef<Listening>(undefined);
  const on = useComputed(() => state.value.phase === "connecting" || state.value.phase === "listening");
  const begin = (): void => {
    const url = new URL(`/v1/calls/${callId}/listen`, location.href.replace(/^http/, "ws")).href;
    const speakers = { caller: browserSpeaker({ worklet }), agent: browserSpeaker({ worklet }) };
    listening.current = listenIn(
      { url, openSocket: browserSocket, speakers },
      {
        changed: (now) => {
          state.value = now;
        },
        level: (side, rms) => {
          levels[side].value = rms;
        },
      },
    );
    listening.current.volume(volume.value / LOUDEST);
  };
  const stop = (): void => {
    listening.current?.stop();
    batch(() => {
      state.value = { phase: "off" };
      levels.caller.value = 0;
      levels.agent.value = 0;
    });
  };
  useEffect(() => () => listening.current?.stop(), []);
  return (
    <div class="stack listen">
      <button type="button" onClick={() => (on.value ? stop() : begin())}>
        <Icon name="listen" />
        {on.value ? "Stop listening" : "Listen in"}
      </button>
      <p role="status" class="quiet">
        {wordsOf(state.value)}
      </p>
      {on.value && (
        <div class="stack ears">
          <Meter of="caller" label="Caller" level={levels.caller} />
          <Meter of="agent" label="Agent" level={levels.agent} />
          <label class="volume">
            Volume
            <input
              type="range"
              min={0}
              max={LOUDEST}
              step={5}
              value={volume.value}
              onInput={({ currentTarget }) => {
                volume.value = currentTarget.valueAsNumber;
                listening.current?.volume(volume.value / LOUDEST);
              }}
            />
          </label>
        </div>
      )}
    </div>
  );
}

function wordsOf(state: Phase): string {
  switch (state.phase) {
    case "off":
      return "Nobody in the call can hear you, or that you listen.";
    case "connecting":
      return "Connecting…";
    case "listening":
      return "You hear both sides. Nobody can hear you.";
    case "over":
      return state.why;
    default:
      return state satisfies never;
  }
}
