/** Digital silence and everything below the smallest 16-bit step is reported as this, so that the answer is always finite. */
export const SILENCE_DBFS = -96;

/** Root mean square of PCM16 little-endian in dB below full scale: a full-scale sine is -3. Empty audio is silence. */
export function loudnessDbfs(pcm: Buffer): number {
  const count = pcm.length >> 1;
  let squares = 0;
  for (let sample = 0; sample < count; sample += 1) squares += pcm.readInt16LE(sample * 2) ** 2;
  if (squares === 0) return SILENCE_DBFS;
  return Math.max(SILENCE_DBFS, 20 * Math.log10(Math.sqrt(squares / count) / 32768));
}
