import type { AudioFormat } from "./format.ts";
import { encodeMulaw } from "./g711.ts";
import { isMp3, mp3Decoder, mp3Sound } from "./mp3-file.ts";
import { Resampler } from "./resample.ts";
import type { Sound } from "./sound.ts";
import { isWav, wavSound } from "./wav-file.ts";

const MOST_BYTES = 10 * 1024 * 1024;
const MOST_SECONDS = 600;

/**
 * The sound in a file that somebody wants played: WAV or MP3. The file's own bytes say what it
 * is; `contentType` only helps where they do not. Rejects with what is wrong with the file, in words for whoever sent it.
 */
export async function soundOf(file: Buffer, contentType: string | undefined): Promise<Sound> {
  if (file.length > MOST_BYTES) throw new Error(`it has ${file.length} bytes; ${MOST_BYTES} is the most`);
  if (isWav(file)) return wavSound(file, MOST_SECONDS);
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  if (!isMp3(file) && type !== "audio/mpeg" && type !== "audio/mp3") {
    throw new Error(`it is ${type ? `${type} and ` : ""}no sound file that can be played; WAV and MP3 can`);
  }
  return mp3Sound(file, MOST_SECONDS, await mp3Decoder());
}

/** Sound as the line carries it, as loud as it was: `soundPieces` in one. */
export const soundIn = (sound: Sound, format: AudioFormat): Buffer => Buffer.concat([...soundPieces(sound, format)]);

/**
 * Sound as the line carries it, a second in each piece. What a slower line cannot carry is removed first, instead of folded back
 * as noise. A piece takes up to 10 ms to make: other calls want their turn between those of a long sound.
 */
export function* soundPieces({ rate, samples }: Sound, format: AudioFormat): Generator<Buffer> {
  const resampler = rate === format.rate ? undefined : new Resampler(rate, format.rate);
  for (let at = 0; at < samples.length; at += rate) {
    const part = pcmOf(samples.subarray(at, at + rate));
    const pcm = resampler ? resampler.push(part) : part;
    yield format.encoding === "mulaw" ? encodeMulaw(pcm) : pcm;
  }
}

/** The same memory as bytes: Node runs on little-endian machines. */
const pcmOf = ({ buffer, byteOffset, byteLength }: Int16Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);
