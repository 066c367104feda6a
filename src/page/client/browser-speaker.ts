import { SDKError } from "./errors.ts";
import type { Speaker } from "./ports.ts";
import { Resampler } from "./resampler.ts";

export type SpeakerOptions = {
  /** Where `playback.worklet` is served from: a file of our own origin, as a strict Content-Security-Policy wants. */
  readonly worklet: string;
  /** The id of an output device, where the browser can choose (`AudioContext.setSinkId`); its usual one unless said. */
  readonly device?: string;
};

/** Not every browser has it yet. */
type Routable = AudioContext & { readonly setSinkId?: (device: string) => Promise<void> };

/** What the worklet tells. */
type Told = { readonly played: string } | { readonly level: number };

/** One that may be started again after it was stopped. */
export function browserSpeaker({ worklet, device = "" }: SpeakerOptions): Speaker {
  let context: AudioContext | undefined;
  let port: MessagePort | undefined;
  let resampler: Resampler | undefined;
  let lineRate = 0;
  const freshResampler = (): void => {
    if (context) resampler = new Resampler(lineRate, context.sampleRate);
  };
  return {
    async start(rate, { played, level }) {
      const opening: Routable = new AudioContext({ latencyHint: "interactive" });
      context = opening;
      lineRate = rate;
      freshResampler();
      // Begun while the click lasts; without one it stays pending until there is, which is nothing to wait for.
      void opening.resume();
      if (device !== "") await opening.setSinkId?.(device).catch(unheard);
      await opening.audioWorklet.addModule(worklet);
      if (context !== opening) return; // stopped meanwhile
      const node = new AudioWorkletNode(opening, "durvani-playback", { numberOfInputs: 0, outputChannelCount: [1] });
      node.port.onmessage = ({ data }: MessageEvent<Told>) => {
        if (context !== opening) return;
        if ("played" in data) played(data.played);
        else level(data.level);
      };
      node.connect(opening.destination);
      port = node.port;
    },
    play(samples) {
      const sound = resampler?.push(Float32Array.from(samples, (sample) => sample / 32_768));
      if (sound) port?.postMessage({ sound }, [sound.buffer]);
    },
    mark: (name) => port?.postMessage({ mark: name }),
    clear() {
      // Its past belongs to what was just cut off.
      freshResampler();
      port?.postMessage({ clear: true });
    },
    stop() {
      void context?.close();
      context = undefined;
      port = undefined;
    },
  };
}

const unheard = (cause: unknown): never => {
  throw new SDKError("speaker_missing", "the chosen speaker is not there", { cause });
};
