import { useEffect, useMemo } from "preact/hooks";
import { Devices } from "../ui/devices.ts";
import type { Option } from "../ui/option.ts";
import type { Softphone } from "./softphone.ts";

const USUAL: Option = { value: "", text: "The computer's usual one" };
const choosesOutput = "HTMLMediaElement" in globalThis && "setSinkId" in HTMLMediaElement.prototype;

export function DevicePickers({ phone }: { readonly phone: Softphone }) {
  const devices = useMemo(() => new Devices(), []);
  useEffect(() => {
    const left = new AbortController();
    void devices.follow(left.signal);
    return () => left.abort();
  }, []);
  const { value: phase } = phone.phase;
  // Whoever was let use a microphone learns what devices are called.
  useEffect(() => void devices.look(), [phase]);
  const inCall = phone.call.value !== undefined && phase !== "rung";
  return (
    <section class="card stack" aria-labelledby="devices-title">
      <div class="apart">
        <h2 id="devices-title">Devices</h2>
        {inCall && <small>The microphone is locked during the call</small>}
      </div>
      <div class="pickers">
        <Picker
          label="Microphone"
          value={phone.microphone.value}
          options={devices.microphones.value}
          locked={inCall}
          choose={(device) => {
            phone.microphone.value = device;
          }}
        />
        {choosesOutput && (
          <>
            <Picker
              label="Speaker"
              value={phone.outputs.speaker.value}
              options={devices.speakers.value}
              choose={(device) => void phone.chooseOutput("speaker", device)}
            />
            <Picker
              label="Ringtone"
              value={phone.outputs.ringtone.value}
              options={devices.speakers.value}
              choose={(device) => void phone.chooseOutput("ringtone", device)}
            />
          </>
        )}
      </div>
    </section>
  );
}

type PickerProps = {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Option[];
  readonly locked?: boolean;
  readonly choose: (device: string) => void;
};

const Picker = ({ label, value, options, locked = false, choose }: PickerProps) => (
  <label>
    {label}
    <select value={value} disabled={locked} onChange={(event) => choose(event.currentTarget.value)}>
      {[USUAL, ...options].map((option) => (
        <option key={option.value} value={option.value}>
          {option.text}
        </option>
      ))}
    </select>
  </label>
);
