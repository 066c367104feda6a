import alawmulaw from "alawmulaw";
import wavefile from "wavefile";
import { type AudioFormat, bytesPerMs, silenceByte } from "../../audio/format.ts";
import type { PlayedPart } from "./playback.ts";

/** µ-law at 8 kHz as this line would carry it: kept as it is, or made 16-bit PCM and stretched to 16 or 24 kHz. */
export function forLine(mulaw8k: Buffer, format: AudioFormat): Buffer {
  if (format.encoding === "mulaw") return mulaw8k;
  const samples = alawmulaw.mulaw.decode(mulaw8k);
  const factor = format.rate / 8000;
  const out = Buffer.alloc(samples.length * factor * 2);
  for (let i = 0; i < samples.length; i += 1) {
    const here = samples[i] ?? 0;
    const next = samples[i + 1] ?? here;
    for (let k = 0; k < factor; k += 1) {
      out.writeInt16LE(Math.round(here + ((next - here) * k) / factor), (i * factor + k) * 2);
    }
  }
  return out;
}

/** A stretch of agent sound without a gap, as the caller heard it. Times are the twin's clock. */
export type HeardSegment = { readonly startMs: number; readonly endMs: number; readonly parts: readonly PlayedPart[] };

/** Joins parts that were played without a gap between them. */
export function segmentsOf(parts: readonly PlayedPart[]): readonly HeardSegment[] {
  const segments: { startMs: number; endMs: number; parts: PlayedPart[] }[] = [];
  for (const part of parts) {
    const last = segments.at(-1);
    if (last && last.endMs === part.startMs) {
      last.parts.push(part);
      last.endMs = part.endMs;
    } else segments.push({ startMs: part.startMs, endMs: part.endMs, parts: [part] });
  }
  return segments;
}

/** Everything that reached the caller's ear between two times: the agent where it spoke, silence elsewhere. */
export function renderHeard(
  segments: readonly HeardSegment[],
  format: AudioFormat,
  startMs: number,
  endMs: number,
): Buffer {
  const sampleBytes = format.encoding === "mulaw" ? 1 : 2;
  const offset = (atMs: number): number =>
    Math.max(0, Math.round(((atMs - startMs) * bytesPerMs(format)) / sampleBytes) * sampleBytes);
  const out = Buffer.alloc(offset(endMs), silenceByte(format));
  for (const segment of segments) {
    let at = offset(segment.startMs);
    for (const { audio } of segment.parts) at += audio.copy(out, at);
  }
  return out;
}

/** A playable WAV file of a line's audio. */
export function wavOf(audio: Buffer, format: AudioFormat): Uint8Array {
  const wav = new wavefile.WaveFile();
  if (format.encoding === "mulaw") wav.fromScratch(1, format.rate, "8m", new Uint8Array(audio));
  else {
    const samples = new Int16Array(audio.length / 2);
    for (let i = 0; i < samples.length; i += 1) samples[i] = audio.readInt16LE(i * 2);
    wav.fromScratch(1, format.rate, "16", samples);
  }
  return wav.toBuffer();
}
