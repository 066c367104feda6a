import { SDKError } from "./errors.ts";
import type { Microphone } from "./ports.ts";
import { framesOf } from "./resampler.ts";

/** The browser's own echo cancellation: what the agent says must not come back as what the user says. */
const WISHES = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export type MicrophoneOptions = {
  /** Where `capture.worklet` is served from: a file of our own origin, as a strict Content-Security-Policy wants. */
  readonly worklet: string;
  /** Added to what is asked for, such as `{ deviceId: { exact: "…" } }`. */
  readonly constraints?: MediaTrackConstraints;
};

/** One that may be started again after it was stopped. */
export function browserMicrophone({ worklet, constraints = {} }: MicrophoneOptions): Microphone {
  let current: AbortController | undefined;
  return {
    async start(rate, frame) {
      const stop = new AbortController();
      current = stop;
      const context = new AudioContext({ latencyHint: "interactive" });
      stop.signal.addEventListener("abort", () => void context.close());
      // Begun while the click lasts; without one it stays pending until there is, which is nothing to wait for.
      void context.resume();
      const stream = await opened({ ...WISHES, ...constraints });
      const silence = (): void => {
        for (const track of stream.getTracks()) track.stop();
      };
      // The person may have answered after we were stopped: then nobody wants it any more.
      if (stop.signal.aborted) return silence();
      stop.signal.addEventListener("abort", silence);
      await context.audioWorklet.addModule(worklet);
      if (stop.signal.aborted) return;
      const node = new AudioWorkletNode(context, "durvani-capture", { numberOfOutputs: 0 });
      const cut = framesOf(context.sampleRate, rate, frame);
      node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
        if (!stop.signal.aborted) cut(data);
      };
      context.createMediaStreamSource(stream).connect(node);
    },
    stop: () => current?.abort(),
  };
}

const REFUSALS: Readonly<Record<string, readonly [code: string, message: string]>> = {
  NotAllowedError: ["microphone_denied", "this page may not use the microphone"],
  NotFoundError: ["microphone_missing", "there is no microphone"],
  OverconstrainedError: ["microphone_missing", "the chosen microphone is not there"],
  NotReadableError: ["microphone_busy", "the microphone is in use or broken"],
};

async function opened(audio: MediaTrackConstraints): Promise<MediaStream> {
  // Absent where the page did not come over https.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new SDKError("insecure_page", "browsers give the microphone to https pages only");
  return devices.getUserMedia({ audio }).catch((cause: unknown) => {
    const name = cause instanceof DOMException ? cause.name : "";
    const [code, message] = REFUSALS[name] ?? ["microphone_failed", "the microphone cannot be opened"];
    throw new SDKError(code, message, { cause });
  });
}
