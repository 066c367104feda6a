import type { Device } from "@twilio/voice-sdk";

const dtmf = (key: string): string => `/sounds/dtmf-${key}.wav`;

/** Of our own: the SDK loads all of them at once, and its own from Twilio. A call to an agent needs no `outgoing`. */
export const SOUNDS: Readonly<Record<Device.SoundName, string>> = {
  incoming: "/sounds/ring.wav",
  outgoing: "/sounds/disconnect.wav",
  disconnect: "/sounds/disconnect.wav",
  dtmf0: dtmf("0"),
  dtmf1: dtmf("1"),
  dtmf2: dtmf("2"),
  dtmf3: dtmf("3"),
  dtmf4: dtmf("4"),
  dtmf5: dtmf("5"),
  dtmf6: dtmf("6"),
  dtmf7: dtmf("7"),
  dtmf8: dtmf("8"),
  dtmf9: dtmf("9"),
  dtmfs: dtmf("star"),
  dtmfh: dtmf("hash"),
};
