/** Samples are PCM16, as sound cards give them: every browser runs on little-endian machines, and so does the wire. */

export const pcmBytes = (samples: Int16Array): Uint8Array =>
  new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);

/** A trailing half sample is ignored. */
export const pcmSamples = (bytes: Uint8Array): Int16Array => new Int16Array(bytes.slice(0, bytes.length & ~1).buffer);

/** G.711 by its definition: a sign, an exponent of three bits and four of the rest, of a value moved up by 132, all inverted. */
const BIAS = 132;
const LOUDEST = 32_635;

const DECODED = Int16Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff;
  const size = ((((code & 0x0f) << 3) + BIAS) << ((code >> 4) & 7)) - BIAS;
  return code & 0x80 ? -size : size;
});

function mulawByte(sample: number): number {
  const size = Math.min(Math.abs(sample), LOUDEST) + BIAS;
  const exponent = 31 - Math.clz32(size) - 7;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | ((size >> (exponent + 3)) & 0x0f)) & 0xff;
}

export const mulawBytes = (samples: Int16Array): Uint8Array => Uint8Array.from(samples, mulawByte);
export const mulawSamples = (bytes: Uint8Array): Int16Array => Int16Array.from(bytes, (byte) => DECODED[byte] ?? 0);

/** Engines limit how many arguments one call may have. */
const PIECE = 8_192;

export function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

/** `undefined` where it is no base64. */
export function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined; // the one thing that `atob` throws for
  }
}

/** Loudness from 0 to 1. */
export function rmsOf(samples: Int16Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length) / 32_768;
}
