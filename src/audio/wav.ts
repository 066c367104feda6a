import wavefile from "wavefile";
import { z } from "zod";
import type { AudioFormat } from "./format.ts";

/** A recording: one buffer per channel, each in `format`, all of one length. */
export type Wav = { readonly format: AudioFormat; readonly channels: readonly Buffer[] };

/** RIFF format tags: 1 is PCM, 7 is µ-law. */
const header = z.discriminatedUnion("audioFormat", [
  z.object({ audioFormat: z.literal(1), bitsPerSample: z.literal(16), ...shape() }),
  z.object({ audioFormat: z.literal(7), bitsPerSample: z.literal(8), ...shape() }),
]);

function shape() {
  return { numChannels: z.int().min(1).max(2), sampleRate: z.literal([8000, 16000, 24000]) };
}

/** A WAV file of one or two channels, samples untouched. A shorter channel is filled up with silence by the caller. */
export function writeWav({ format, channels }: Wav): Buffer {
  const [first, second] = channels;
  if (!first || channels.length > 2 || (second && second.length !== first.length)) {
    throw new Error("a WAV here has one channel, or two of one length");
  }
  const file = new wavefile.WaveFile();
  const samples = channels.map((channel) => samplesOf(format, channel));
  file.fromScratch(
    channels.length,
    format.rate,
    format.encoding === "mulaw" ? "8m" : "16",
    second ? samples : (samples[0] ?? []),
  );
  return Buffer.from(file.toBuffer());
}

/** Throws where the bytes are no WAV file, or one of another kind than we write. */
export function readWav(bytes: Uint8Array): Wav {
  const file = new wavefile.WaveFile(bytes);
  const { audioFormat, numChannels, sampleRate } = header.parse(file.fmt);
  const encoding = audioFormat === 7 ? "mulaw" : "linear16";
  const samples: ArrayLike<number> = file.getSamples(true, encoding === "mulaw" ? Uint8Array : Int16Array);
  const count = Math.floor(samples.length / numChannels);
  const width = encoding === "mulaw" ? 1 : 2;
  const channels = Array.from({ length: numChannels }, (_, channel) => {
    const out = Buffer.allocUnsafe(count * width);
    for (let index = 0; index < count; index += 1) {
      const sample = samples[index * numChannels + channel] ?? 0;
      if (width === 1) out[index] = sample;
      else out.writeInt16LE(sample, index * 2);
    }
    return out;
  });
  return { format: { encoding, rate: sampleRate }, channels };
}

function samplesOf({ encoding }: AudioFormat, bytes: Buffer): Uint8Array | Int16Array {
  if (encoding === "mulaw") return bytes;
  return Int16Array.from({ length: bytes.length >> 1 }, (_, index) => bytes.readInt16LE(index * 2));
}
