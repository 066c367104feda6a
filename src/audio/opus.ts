import { OpusDecoder } from "opus-decoder";
import { countCodecRun } from "./codec-runs.ts";
import { OPUS_LINE, type OpusPacket } from "./opus-packet.ts";
import { sampleOf } from "./sound.ts";

/** The packets of one stream, each of which builds on those before. libopus in WebAssembly; let go of with `free()`. */
export class OpusStream {
  readonly #decoder: OpusDecoder<typeof OPUS_LINE.rate>;

  private constructor(decoder: OpusDecoder<typeof OPUS_LINE.rate>) {
    this.#decoder = decoder;
  }

  static async open(): Promise<OpusStream> {
    const decoder = new OpusDecoder({ sampleRate: OPUS_LINE.rate, channels: 1 });
    await decoder.ready;
    return new OpusStream(decoder);
  }

  /** PCM16, two channels mixed into one; `undefined` of a damaged packet. */
  decode({ bytes, whole }: OpusPacket): Buffer | undefined {
    // The library would complain of it on the console.
    if (!whole) return undefined;
    countCodecRun();
    const { channelData, samplesDecoded, errors } = this.#decoder.decodeFrame(bytes);
    const [samples] = channelData;
    if (!samples || samplesDecoded === 0 || errors.length > 0) return undefined;
    const pcm = Buffer.allocUnsafe(samplesDecoded * 2);
    for (const [index, sample] of samples.entries()) pcm.writeInt16LE(sampleOf(sample * 32_768), index * 2);
    return pcm;
  }

  free(): void {
    this.#decoder.free();
  }
}
