import type { Frame, Page } from "playwright-core";
import { voice } from "../../src/simulator/voices.ts";
import { mulawWav } from "./mulaw-wav.ts";

type Scripted = { readonly sayWav: (base64: string) => Promise<number> };
declare const scripted: Scripted;

/**
 * Gives the page a microphone that says what the test wants, when it wants: silence otherwise. Before the page is opened. Chromium's own
 * fake one plays one file from the beginning each time it is opened.
 */
export async function scriptMicrophone(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let line: { readonly context: AudioContext; readonly mouth: MediaStreamAudioDestinationNode } | undefined;
    const opened = () => {
      if (line) return line;
      const context = new AudioContext({ sampleRate: 48_000 });
      const mouth = context.createMediaStreamDestination();
      const silence = context.createConstantSource();
      silence.offset.value = 0;
      silence.connect(mouth);
      silence.start();
      line = { context, mouth };
      return line;
    };
    MediaDevices.prototype.getUserMedia = async () => {
      const { context, mouth } = opened();
      await context.resume();
      return mouth.stream.clone();
    };
    Object.assign(globalThis, {
      scripted: {
        async sayWav(base64: string) {
          const { context, mouth } = opened();
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          const source = context.createBufferSource();
          source.buffer = await context.decodeAudioData(bytes.buffer);
          source.connect(mouth);
          const ended = new Promise((resolve) => {
            source.onended = resolve;
          });
          const beganAt = performance.now();
          source.start();
          await ended;
          return beganAt;
        },
      } satisfies Scripted,
    });
  });
}

/** Says one of the recorded phrases. Resolves at its end with when it began, on the page's own `performance.now()`. */
export const say = (page: Page | Frame, name: string): Promise<number> =>
  page.evaluate((wav) => scripted.sayWav(wav), mulawWav(voice(name).audio).toString("base64"));
