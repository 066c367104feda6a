import { computed, type ReadonlySignal, signal } from "@preact/signals";

/** The recording of the call that is looked at, as whatever stands on its page follows and moves it. */
export type Playback = {
  /** ms since it began. */
  readonly atMs: ReadonlySignal<number>;
  /** The same moment in ms since the call began, which is earlier: it rang. `undefined` until somebody has begun to listen. */
  readonly callMs: ReadonlySignal<number | undefined>;
  readonly playing: ReadonlySignal<boolean>;
  readonly durationMs: ReadonlySignal<number>;
  /** The element that plays it came to be, how long it takes, and when in the call it begins. The returned function takes it away. */
  readonly attach: (audio: HTMLMediaElement | null, durationMs: number, beganMs: number) => () => void;
  readonly seek: (ms: number) => void;
  readonly seekInCall: (callMs: number) => void;
  readonly toggle: () => void;
  readonly refresh: () => void;
};

export function playback(): Playback {
  const atMs = signal(0);
  const playing = signal(false);
  const begun = signal(false);
  const durationMs = signal(0);
  const beganMs = signal(0);
  const callMs = computed(() => (begun.value ? atMs.value + beganMs.value : undefined));
  let audio: HTMLMediaElement | null = null;
  const refresh = (): void => {
    if (!audio) return;
    if (begun.peek()) atMs.value = audio.currentTime * 1000;
    playing.value = !audio.paused;
    if (playing.value) begun.value = true;
  };
  const seek = (ms: number): void => {
    if (!audio) return;
    const to = Math.min(Math.max(0, ms), durationMs.peek());
    audio.currentTime = to / 1000;
    begun.value = true;
    atMs.value = to;
  };
  return {
    ...{ atMs, callMs, playing, durationMs, refresh, seek },
    seekInCall: (ms) => seek(ms - beganMs.peek()),
    attach(to, lastsMs, sinceMs) {
      audio = to;
      durationMs.value = lastsMs;
      beganMs.value = sinceMs;
      return () => {
        audio = null;
        durationMs.value = 0;
      };
    },
    toggle() {
      if (!audio) return;
      // What keeps it from playing, the element's own events tell.
      if (audio.paused) void audio.play().catch(refresh);
      else audio.pause();
    },
  };
}
