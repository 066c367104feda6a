import type { Signal } from "@preact/signals";
import type { Devices } from "../ui/devices.ts";
import type { Option } from "../ui/option.ts";
import { type Choices, FORMATS, type Format, USUAL } from "./choices.ts";

type SettingsProps = {
  readonly choices: Choices;
  readonly devices: Devices;
  /** A call cannot be made another one. */
  readonly locked: boolean;
  readonly hasOpus: boolean;
};

const DEFAULT_DEVICE: Option = { value: USUAL, text: "The usual one" };

export function Settings({ choices, devices, locked, hasOpus }: SettingsProps) {
  const formats = (Object.keys(FORMATS) as Format[]).filter((format) => format !== "opus" || hasOpus);
  const formatOptions = formats.map((value) => ({ value, text: FORMATS[value].text }));
  const { agent, language, voice, microphone, speaker, format } = choices;
  return (
    <fieldset class="card settings" disabled={locked}>
      <legend class="unseen">Settings</legend>
      <div class="apart">
        <h2>Settings</h2>
        {locked && <small>Locked during the call</small>}
      </div>
      <div class="pickers">
        <Picker
          label="Agent"
          chosen={agent}
          options={choices.agentOptions}
          choose={(name) => choices.chooseAgent(name)}
        />
        <Picker label="Language" chosen={language} options={choices.languageOptions} />
        <Picker label="Voice" chosen={voice} options={choices.voiceOptions} />
        <Picker label="Microphone" chosen={microphone} options={[DEFAULT_DEVICE, ...devices.microphones.value]} />
        {devices.choosesSpeaker && (
          <Picker label="Speaker" chosen={speaker} options={[DEFAULT_DEVICE, ...devices.speakers.value]} />
        )}
        <Picker label="Sound" chosen={format} options={formatOptions} />
      </div>
    </fieldset>
  );
}

type PickerProps<Value extends string> = {
  readonly label: string;
  readonly chosen: Signal<Value>;
  readonly options: readonly { readonly value: Value; readonly text: string }[];
  readonly choose?: (value: Value) => void;
};

function Picker<Value extends string>({ label, chosen, options, choose }: PickerProps<Value>) {
  const take = (value: Value): void => {
    if (choose) choose(value);
    else chosen.value = value;
  };
  return (
    <label>
      {label}
      <select value={chosen.value} onChange={(event) => take(event.currentTarget.value as Value)}>
        {options.map(({ value, text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
