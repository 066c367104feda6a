import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import wavefile from "wavefile";
import type { AudioFormat } from "../../src/audio/format.ts";
import { decodeMulaw } from "../../src/audio/g711.ts";
import { type Mp3Decoder, mp3Sound } from "../../src/audio/mp3-file.ts";
import type { Sound } from "../../src/audio/sound.ts";
import { soundIn, soundOf } from "../../src/audio/sound-file.ts";
import { loudnessDbfs } from "./loudness.ts";

const PCM8K: AudioFormat = { encoding: "linear16", rate: 8000 };
const MULAW: AudioFormat = { encoding: "mulaw", rate: 8000 };

const sine = (rate: number, hertz: number, ms: number, amplitude = 16_000): Int16Array =>
  Int16Array.from({ length: (rate * ms) / 1000 }, (_, at) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hertz * at) / rate)),
  );

/** A file as another program writes it. */
function wav(rate: number, depth: string, channels: readonly Int16Array[]): Buffer {
  const file = new wavefile.WaveFile();
  file.fromScratch(channels.length, rate, "16", channels.length === 1 ? (channels[0] ?? []) : [...channels]);
  if (depth === "8m") file.toMuLaw();
  else if (depth === "8a") file.toALaw();
  else file.toBitDepth(depth);
  return Buffer.from(file.toBuffer());
}

function chunk(name: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, "latin1");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

type Head = { readonly format?: number; readonly channels?: number; readonly rate?: number; readonly bits?: number };

function head({ format = 1, channels = 1, rate = 8000, bits = 16 }: Head = {}): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(format, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(rate, 4);
  body.writeUInt16LE(bits, 14);
  return chunk("fmt ", body);
}

const riff = (...chunks: readonly Buffer[]): Buffer => chunk("RIFF", Buffer.concat([Buffer.from("WAVE"), ...chunks]));
const bytesOf = (samples: Int16Array): Buffer => Buffer.from(samples.buffer);
const furthest = (a: Int16Array, b: Int16Array): number =>
  a.reduce((most, sample, at) => Math.max(most, Math.abs(sample - (b[at] ?? 0))), 0);
const pcmOf = (sound: Buffer, { encoding }: AudioFormat): Buffer => (encoding === "mulaw" ? decodeMulaw(sound) : sound);
/** Past the filter's own beginning. */
const settled = (pcm: Buffer, { rate }: AudioFormat): Buffer => pcm.subarray(rate / 50);

describe("WAV files", () => {
  const said = sine(22_050, 440, 200);

  test.each([
    { depth: "8", within: 1.5 * 256 },
    { depth: "16", within: 0 },
    { depth: "24", within: 1 },
    { depth: "32", within: 1 },
    { depth: "32f", within: 1 },
    { depth: "64", within: 1 },
    { depth: "8m", within: 520 },
    { depth: "8a", within: 520 },
  ])("of $depth bits sound as they did", async ({ depth, within }) => {
    const { rate, samples } = await soundOf(wav(22_050, depth, [said]), "audio/wav");
    expect([rate, samples.length]).toEqual([22_050, said.length]);
    expect(furthest(samples, said)).toBeLessThanOrEqual(within);
  });

  test.each(["8", "16", "24", "32f"])("in stereo of %s bits are mixed down, both sides alike", async (depth) => {
    const left = sine(8000, 300, 100, 12_000);
    const right = sine(8000, 1000, 100, 20_000);
    const { samples } = await soundOf(wav(8000, depth, [left, right]), undefined);
    const mixed = left.map((sample, at) => (sample + (right[at] ?? 0)) / 2);
    expect(furthest(samples, mixed)).toBeLessThanOrEqual(depth === "8" ? 1.5 * 256 : 1);
  });

  test("in stereo at full scale do not clip when mixed down", async () => {
    const loud = Int16Array.of(32_767, -32_768, 32_767);
    expect((await soundOf(wav(8000, "16", [loud, loud]), undefined)).samples).toEqual(loud);
  });

  test("with samples beyond full scale, or no numbers, are cut to what there is", async () => {
    const data = Buffer.alloc(16);
    [1.5, -3, Number.NaN, Number.POSITIVE_INFINITY].forEach((value, at) => {
      data.writeFloatLE(value, at * 4);
    });
    const { samples } = await soundOf(riff(head({ format: 3, bits: 32 }), chunk("data", data)), undefined);
    expect([...samples]).toEqual([32_767, -32_768, 0, 32_767]);
  });

  test("whose header is the long one are read by the format that stands further back in it", async () => {
    const floats = Buffer.alloc(8);
    floats.writeFloatLE(0.5, 0);
    floats.writeFloatLE(-0.25, 4);
    const body = Buffer.alloc(40);
    head({ format: 0xfffe, bits: 32 }).copy(body, 0, 8);
    body.writeUInt16LE(3, 24);
    const { samples } = await soundOf(riff(chunk("fmt ", body), chunk("data", floats)), undefined);
    expect([...samples]).toEqual([16_384, -8192]);
  });

  test.each([0xffffffff, 100_000])("whose length was never filled in (%i) are read to the end", async (length) => {
    const file = riff(head(), chunk("data", bytesOf(said)));
    file.writeUInt32LE(length, 40);
    expect((await soundOf(file, undefined)).samples).toEqual(said);
  });

  test("with other chunks before the sound, of odd length too, lose nothing; what is behind it is no sound", async () => {
    const file = riff(
      chunk("LIST", Buffer.alloc(7, 1)),
      head(),
      chunk("data", bytesOf(said)),
      chunk("id3 ", Buffer.alloc(9)),
    );
    expect((await soundOf(file, undefined)).samples).toEqual(said);
  });

  test("that claim billions of cue points are read as fast as others", async () => {
    const file = riff(head(), chunk("cue ", Buffer.alloc(4, 0xff)), chunk("data", bytesOf(said)));
    const beganMs = performance.now();
    expect((await soundOf(file, undefined)).samples).toEqual(said);
    expect(performance.now() - beganMs).toBeLessThan(500);
  });

  const data = chunk("data", Buffer.alloc(320));
  test.each([
    { of: "no format", file: riff(data), says: "does not say its format" },
    { of: "a header cut short", file: riff(chunk("fmt ", Buffer.alloc(8)), data), says: "does not say its format" },
    { of: "no data", file: riff(head()), says: "there is no sound" },
    { of: "nothing but empty chunks", file: riff(Buffer.alloc(1e6)), says: "does not say its format" },
    { of: "ADPCM", file: riff(head({ format: 2, bits: 4 }), data), says: "its samples are format 2 of 4 bits" },
    { of: "MP3 in it", file: riff(head({ format: 0x55 }), data), says: "its samples are format 85 of 16 bits" },
    { of: "12 bits", file: riff(head({ bits: 12 }), data), says: "its samples are pcm of 12 bits" },
    { of: "0 bits", file: riff(head({ bits: 0 }), data), says: "its samples are pcm of 0 bits" },
    { of: "no channel", file: riff(head({ channels: 0 }), data), says: "it has 0 channels" },
    { of: "six channels", file: riff(head({ channels: 6 }), data), says: "it has 6 channels" },
    { of: "no rate", file: riff(head({ rate: 0 }), data), says: "its rate is 0 Hz" },
    { of: "an odd rate", file: riff(head({ rate: 44_101 }), data), says: "its rate is 44101 Hz" },
    { of: "big-endian samples", file: chunk("RIFX", Buffer.from("WAVE")), says: "no sound file that can be played" },
  ])("with $of are refused, and it is said why", async ({ file, says }) => {
    await expect(soundOf(file, undefined)).rejects.toThrow(says);
  });

  test("of more than 10 MB or 10 minutes are refused, of as much as that are not", async () => {
    const most = 10 * 1024 * 1024;
    await expect(soundOf(Buffer.alloc(most + 1), "audio/wav")).rejects.toThrow(`${most} is the most`);
    const minutes = (samples: number): Buffer =>
      riff(head({ format: 7, bits: 8 }), chunk("data", Buffer.alloc(samples)));
    expect((await soundOf(minutes(600 * 8000), undefined)).samples).toHaveLength(600 * 8000);
    await expect(soundOf(minutes(600 * 8000 + 1), undefined)).rejects.toThrow("it lasts 601 s; 600 s is the most");
  });
});

describe("on the line", () => {
  const lines: readonly AudioFormat[] = [MULAW, PCM8K, { ...PCM8K, rate: 16_000 }, { ...PCM8K, rate: 24_000 }];
  const rates = [8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000];
  const ways = lines.flatMap((format) =>
    rates.map((rate) => ({ format, rate, name: `${format.encoding} ${format.rate}` })),
  );
  const sound = (rate: number, hertz: number, ms = 400): Sound => ({ rate, samples: sine(rate, hertz, ms) });

  test.each(ways)("$rate Hz on $name: voices are as long and as loud as in the file", ({ format, rate }) => {
    for (const hertz of [300, 1000, 3000]) {
      const heard = pcmOf(soundIn(sound(rate, hertz), format), format);
      expect(heard).toHaveLength((400 * format.rate * 2) / 1000);
      const before = loudnessDbfs(Buffer.from(sound(rate, hertz).samples.buffer));
      expect(Math.abs(loudnessDbfs(settled(heard, format)) - before)).toBeLessThan(0.25);
    }
  });

  test.each(ways.filter(({ format, rate }) => rate > format.rate))(
    "$rate Hz on $name: what the line cannot carry is gone instead of folded back",
    ({ format, rate }) => {
      const between = [0.02, 0.3, 0.9].map((part) => format.rate / 2 + part * (rate - format.rate) * 0.5);
      for (const hertz of between) {
        const heard = settled(pcmOf(soundIn(sound(rate, hertz), format), format), format);
        expect(loudnessDbfs(heard), `${hertz} Hz`).toBeLessThan(-60);
      }
    },
  );

  test("the peak is kept: the loudest tone neither shrinks nor wraps around", () => {
    for (const format of [PCM8K, { ...PCM8K, rate: 16_000 }] as const) {
      const pcm = settled(soundIn({ rate: 44_100, samples: sine(44_100, 1000, 200, 32_767) }, format), format);
      const heard = Array.from({ length: pcm.length / 2 - 1 }, (_, at) => pcm.readInt16LE(at * 2));
      expect(Math.max(...heard)).toBeGreaterThan(32_300);
      const steepest = 32_767 * 2 * Math.PI * (1000 / format.rate) * 1.02;
      heard.slice(1).forEach((sample, at) => {
        expect(Math.abs(sample - (heard[at] ?? 0))).toBeLessThan(steepest);
      });
    }
  });

  test("a sound that needs no change goes out as it came in, in memory of its own", () => {
    const came = sound(8000, 440, 1500);
    const out = soundIn(came, PCM8K);
    expect(out.equals(bytesOf(came.samples))).toBe(true);
    out.fill(0);
    expect(came.samples.some((sample) => sample !== 0)).toBe(true);
  });

  test("no sound is no bytes", () => {
    expect(soundIn({ rate: 44_100, samples: new Int16Array() }, MULAW)).toHaveLength(0);
  });

  test("there is no seam between one second and the next", () => {
    const pcm = soundIn(sound(48_000, 997, 2500), PCM8K);
    const twoCos = 2 * Math.cos((2 * Math.PI * 997) / 8000);
    for (let at = 400; at < pcm.length / 2; at += 1) {
      const expected = twoCos * pcm.readInt16LE((at - 1) * 2) - pcm.readInt16LE((at - 2) * 2);
      expect(Math.abs(pcm.readInt16LE(at * 2) - expected)).toBeLessThan(4);
    }
  });
});

describe("MP3 files", () => {
  type Made = { readonly rate?: number; readonly samples?: number; readonly channels?: readonly number[] };

  /** A decoder as the library's, which makes so much of each slice. */
  function decoder({ rate = 44_100, samples = 10, channels = [0.5, 0.25] }: Made, freed: string[] = []): Mp3Decoder {
    return {
      ready: Promise.resolve(),
      decode: async () => ({
        channelData: channels.map((value) => new Float32Array(samples).fill(value)),
        samplesDecoded: samples,
        sampleRate: samples === 0 ? 0 : rate,
      }),
      free: () => void freed.push("freed"),
    };
  }

  test("are decoded slice by slice and mixed down, and the decoder is given back", async () => {
    const freed: string[] = [];
    const { rate, samples } = await mp3Sound(Buffer.alloc(150_000), 600, decoder({}, freed));
    expect([rate, samples.length, freed]).toEqual([44_100, 30, ["freed"]]);
    expect(new Set(samples)).toEqual(new Set([0.375 * 32_768]));
  });

  test("that last too long are given up on the way, and the decoder is given back", async () => {
    const freed: string[] = [];
    const long = mp3Sound(Buffer.alloc(9e6), 2, decoder({ rate: 8000, samples: 4000 }, freed));
    await expect(long).rejects.toThrow("it lasts more than 2 s");
    expect(freed).toEqual(["freed"]);
  });

  test("are decoded by mpg123, and are as loud and as long as they were", async () => {
    const { rate, samples } = await soundOf(readFileSync(join(import.meta.dirname, "tone.mp3")), "audio/mpeg");
    expect(rate).toBe(16_000);
    expect(samples.length / rate).toBeGreaterThan(0.59);
    expect(samples.length / rate).toBeLessThan(0.75);
    const middle = samples.subarray(4000, 8000);
    const crossings = middle.filter((sample, at) => at > 0 && sample >= 0 && (middle[at - 1] ?? 0) < 0).length;
    expect(Math.abs(crossings / 0.25 - 440)).toBeLessThan(8);
    expect(Math.max(...middle) / 32_768).toBeCloseTo(0.5, 1);
  });

  test("in which nothing can be decoded are refused", async () => {
    const empty = mp3Sound(Buffer.alloc(10), 600, decoder({ samples: 0 }));
    await expect(empty).rejects.toThrow("there is no sound in this MP3 file");
  });

  test.each([
    { of: "an ID3 tag", file: Buffer.from("ID3\u0004\0\0"), type: undefined },
    { of: "a frame", file: Buffer.of(0xff, 0xfb, 0x90, 0x64), type: "application/octet-stream" },
    { of: "a content type only", file: Buffer.alloc(100), type: "Audio/MPEG; charset=binary" },
  ])("known by $of are never taken for something else", async ({ file, type }) => {
    await expect(soundOf(file, type)).rejects.toThrow(/^there is no sound in this MP3/);
  });
});

test.each([
  {
    of: "a page",
    file: Buffer.from("<!doctype html>"),
    type: "text/html; charset=utf-8",
    says: "it is text/html and no",
  },
  { of: "nothing", file: Buffer.alloc(0), type: undefined, says: "it is no sound file" },
  { of: "AAC", file: Buffer.of(0xff, 0xf1, 0x50, 0x80), type: "audio/aac", says: "it is audio/aac and no sound file" },
  { of: "Ogg", file: Buffer.from("OggS"), type: "audio/ogg", says: "WAV and MP3 can" },
])("$of in place of a sound file is refused, and what can be played is said", async ({ file, type, says }) => {
  await expect(soundOf(file, type)).rejects.toThrow(says);
});
