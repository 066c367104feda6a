import { expect, test } from "vitest";
import wavefile from "wavefile";
import { wavHeader } from "../../src/audio/wav.ts";

test.each([8000, 16_000, 24_000])(
  "samples behind the header are the WAV file that the library would make (%i Hz)",
  (rate) => {
    const samples = Int16Array.from({ length: 2000 }, (_, n) => ((n * 7919) % 65_536) - 32_768);
    const wav = new wavefile.WaveFile();
    const side = (which: number): Int16Array => samples.filter((_, n) => n % 2 === which);
    wav.fromScratch(2, rate, "16", [side(0), side(1)]);
    const pcm = Buffer.alloc(samples.length * 2);
    for (const [n, sample] of samples.entries()) pcm.writeInt16LE(sample, n * 2);
    expect(Buffer.concat([wavHeader(2, rate, pcm.length), pcm]).equals(Buffer.from(wav.toBuffer()))).toBe(true);
  },
);
