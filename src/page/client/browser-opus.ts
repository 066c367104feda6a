import type { Opus } from "./ports.ts";

/** Speech, as telephones on the internet send it: less would be heard. */
const BITRATE = 24_000;
const FRAME_US = 20_000;

/** The typings do not know yet that an encoder may be told what it is for. */
type OpusConfig = OpusEncoderConfig & { readonly application: "voip" };

const configOf = (sampleRate: number) => ({
  codec: "opus",
  sampleRate,
  numberOfChannels: 1,
  bitrate: BITRATE,
  opus: { frameDuration: FRAME_US, application: "voip" } satisfies OpusConfig,
});

/** The browser's own encoder (WebCodecs), where it has one; on pages that did not come over https it has none. */
export const browserOpus: Opus = {
  async supports(rate) {
    if (!("AudioEncoder" in globalThis)) return false;
    const { supported } = await AudioEncoder.isConfigSupported(configOf(rate)).catch(() => ({ supported: false }));
    return supported === true;
  },
  open(sampleRate, { packet, failed }) {
    const encoder = new AudioEncoder({
      output(chunk) {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        packet(bytes, chunk.timestamp / 1000);
      },
      error: failed,
    });
    encoder.configure(configOf(sampleRate));
    return {
      encode(samples, atMs) {
        if (encoder.state !== "configured") return;
        const sound = new AudioData({
          format: "s16",
          sampleRate,
          numberOfFrames: samples.length,
          numberOfChannels: 1,
          timestamp: atMs * 1000,
          data: new Int16Array(samples),
        });
        encoder.encode(sound);
        sound.close();
      },
      close() {
        if (encoder.state !== "closed") encoder.close();
      },
    };
  },
};
