import { WaveFile } from "wavefile";

/** Telephone sound (µ-law, 8 kHz) as a WAV file that browsers can read. */
export function mulawWav(mulaw: Buffer): Buffer {
  const file = new WaveFile();
  file.fromScratch(1, 8000, "8m", mulaw);
  file.fromMuLaw();
  return Buffer.from(file.toBuffer());
}
