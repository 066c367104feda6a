/** What a line carries: mono, headerless; `linear16` is signed 16-bit little-endian. The bytes are never changed on the way through. */
export type AudioFormat = {
  readonly encoding: "mulaw" | "linear16";
  readonly rate: 8000 | 16000 | 24000;
};

export const bytesPerSample = ({ encoding }: AudioFormat): number => (encoding === "mulaw" ? 1 : 2);

export const bytesPerMs = (format: AudioFormat): number => (format.rate / 1000) * bytesPerSample(format);

/** The byte that silence is made of: µ-law's positive zero, PCM's zero. */
export const silenceByte = ({ encoding }: AudioFormat): number => (encoding === "mulaw" ? 0xff : 0);

export const sameFormat = (a: AudioFormat, b: AudioFormat): boolean => a.encoding === b.encoding && a.rate === b.rate;

/** Decoded length of padded base64 text, without decoding it. */
export function base64Bytes(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}
