import alawmulaw from "alawmulaw";
import { countCodecRun } from "./codec-runs.ts";

const PCM_OF_BYTE = Int16Array.from({ length: 256 }, (_, byte) => alawmulaw.mulaw.decodeSample(byte));

/** µ-law bytes to PCM16 little-endian, two bytes per sample. Beside the audio path: recordings, loudness, ears that take PCM only. */
export function decodeMulaw(bytes: Uint8Array): Buffer {
  countCodecRun();
  const pcm = Buffer.allocUnsafe(bytes.length * 2);
  let at = 0;
  for (const byte of bytes) at = pcm.writeInt16LE(PCM_OF_BYTE[byte] ?? 0, at);
  return pcm;
}

/** The same from a carrier's base64 payload. */
export const decodeMulawPayload = (payload: string): Buffer => decodeMulaw(Buffer.from(payload, "base64"));

/** PCM16 little-endian to µ-law, one byte per sample; a trailing half sample is ignored. */
export function encodeMulaw(pcm: Buffer): Buffer {
  countCodecRun();
  const bytes = Buffer.allocUnsafe(pcm.length >> 1);
  for (let sample = 0; sample < bytes.length; sample += 1) {
    // The library's sample encoder answers a negative int whose low byte is the code.
    bytes[sample] = alawmulaw.mulaw.encodeSample(pcm.readInt16LE(sample * 2));
  }
  return bytes;
}

const MULAW_OF_ALAW = Uint8Array.from(
  { length: 256 },
  (_, byte) => alawmulaw.mulaw.encodeSample(alawmulaw.alaw.decodeSample(byte)) & 0xff,
);

/** A carrier's base64 A-law as base64 µ-law, byte for byte: at most one step of the codec is lost, as on any exchange between them. */
export function mulawOfAlawPayload(payload: string): string {
  countCodecRun();
  const bytes = Buffer.from(payload, "base64");
  for (const [index, byte] of bytes.entries()) bytes[index] = MULAW_OF_ALAW[byte] ?? 0;
  return bytes.toString("base64");
}
