import type { Page } from "playwright-core";
import { until } from "../rig.ts";

type Sample = { readonly atMs: number; readonly rms: number };
declare const heardBySpeaker: Sample[];

/** Louder than what a speaker makes of nothing. */
const AUDIBLE = 0.002;
/** Longer than the pauses of somebody who speaks. */
const SILENT_MS = 400;
const PATIENCE_MS = 20_000;

/** Listens, from before the page is opened, to what its speaker plays. Times are the page's own `performance.now()`. */
export async function listenTo(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const heard: Sample[] = [];
    Object.assign(globalThis, { heardBySpeaker: heard });
    const connect = AudioNode.prototype.connect;
    const listen = (source: AudioNode): void => {
      const ear = source.context.createAnalyser();
      ear.fftSize = 512;
      Reflect.apply(connect, source, [ear]);
      const samples = new Float32Array(ear.fftSize);
      setInterval(() => {
        ear.getFloatTimeDomainData(samples);
        const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
        heard.push({ atMs: performance.now(), rms });
      }, 5);
    };
    AudioNode.prototype.connect = function (this: AudioNode, ...to: unknown[]) {
      if (to[0] instanceof AudioDestinationNode) listen(this);
      return Reflect.apply(connect, this, to);
    } as typeof connect;
  });
}

/** Resolves once the speaker plays something, with when that began. */
export const audibleFrom = (page: Page, sinceMs = 0): Promise<number> =>
  until("sound", async () => (await heardSince(page, sinceMs)).find(isAudible)?.atMs, PATIENCE_MS);

/** Resolves once the speaker has fallen silent for longer than anybody pauses, with when that began. */
export const silentFrom = (page: Page, sinceMs: number): Promise<number> =>
  until("silence", async () => silenceIn(await heardSince(page, sinceMs), sinceMs), PATIENCE_MS);

const heardSince = (page: Page, sinceMs: number): Promise<readonly Sample[]> =>
  page.evaluate((since) => heardBySpeaker.filter(({ atMs }) => atMs >= since), sinceMs);

const isAudible = ({ rms }: Sample): boolean => rms > AUDIBLE;

function silenceIn(heard: readonly Sample[], sinceMs: number): number | undefined {
  const loud = [sinceMs, ...heard.filter(isAudible).map(({ atMs }) => atMs)];
  return loud.find((atMs, at) => (loud[at + 1] ?? heard.at(-1)?.atMs ?? atMs) - atMs >= SILENT_MS);
}
