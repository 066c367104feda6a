import type { Page } from "playwright-core";

declare const peers: RTCPeerConnection[];

/** What a call of the page sent so far. */
export type Sent = { readonly packets: number; readonly energy: number };

/**
 * Listens, from before the page is opened, to what its telephone calls bring: read it by `audibleFrom` and `silentFrom`, whose list of
 * samples this fills. Calls are heard by an audio element, which no graph of nodes leads to.
 */
export async function listenToCalls(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const heardBySpeaker: { readonly atMs: number; readonly rms: number }[] = [];
    const all: RTCPeerConnection[] = [];
    Object.assign(globalThis, { heardBySpeaker, peers: all });
    const Real = RTCPeerConnection;
    const listen = ({ streams: [stream] }: RTCTrackEvent): void => {
      if (!stream) return;
      const context = new AudioContext();
      const ear = context.createAnalyser();
      ear.fftSize = 512;
      context.createMediaStreamSource(stream).connect(ear);
      const samples = new Float32Array(ear.fftSize);
      setInterval(() => {
        ear.getFloatTimeDomainData(samples);
        const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
        heardBySpeaker.push({ atMs: performance.now(), rms });
      }, 5);
    };
    globalThis.RTCPeerConnection = class extends Real {
      constructor(...given: ConstructorParameters<typeof RTCPeerConnection>) {
        super(...given);
        all.push(this);
        this.addEventListener("track", listen);
      }
    };
  });
}

/** Of its last call. */
export const sentBy = (page: Page): Promise<Sent> =>
  page.evaluate(async () => {
    const stats = [...((await peers.at(-1)?.getStats()) ?? new Map()).values()];
    const of = (type: string) => stats.find((one) => one.type === type && one.kind === "audio");
    return { packets: of("outbound-rtp")?.packetsSent ?? 0, energy: of("media-source")?.totalAudioEnergy ?? 0 };
  });
