import { signal } from "@preact/signals";
import type { Option } from "./option.ts";

/** The microphones and speakers of this computer. Browsers name them once the page was let use a microphone. */
export class Devices {
  readonly microphones = signal<readonly Option[]>([]);
  readonly speakers = signal<readonly Option[]>([]);
  /** May a page choose where it is heard? */
  readonly choosesSpeaker = "AudioContext" in globalThis && "setSinkId" in AudioContext.prototype;

  /** Now, and whenever something is plugged in or out, until `signal` aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.look(), { signal });
    await this.look();
  }

  async look(): Promise<void> {
    // Absent where the page did not come over https.
    const found = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    this.microphones.value = optionsOf(found, "audioinput");
    this.speakers.value = optionsOf(found, "audiooutput");
  }
}

/** Without a name there is nothing to choose by; `default` is what is used unless another one is chosen. */
export const optionsOf = (
  devices: readonly Pick<MediaDeviceInfo, "kind" | "deviceId" | "label">[],
  wanted: MediaDeviceKind,
): readonly Option[] =>
  devices
    .filter(({ kind, deviceId, label }) => kind === wanted && label !== "" && deviceId !== "" && deviceId !== "default")
    .map(({ deviceId, label }) => ({ value: deviceId, text: label }));
