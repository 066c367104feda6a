import alawmulaw from "alawmulaw";
import { type Sound, sampleOf } from "./sound.ts";

const RATES = [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000];
/** Behind `RIFF`, the file's length and `WAVE`. */
const FIRST_CHUNK_AT = 12;
/** A chunk's name and its length. */
const CHUNK_HEAD = 8;
/** More than any recorder writes; a file of nothing else would take long to walk through. */
const MOST_CHUNKS = 1000;

const FORMATS: Readonly<Record<number, string>> = { 1: "pcm", 3: "float", 6: "alaw", 7: "mulaw" };
/** The real format then stands further back. */
const EXTENSIBLE = 0xfffe;
const EXTENSIBLE_BYTES = 40;
const EXTENDED_FORMAT_AT = 24;

/** A sample at its place, on the scale of 16 bits but not yet rounded. */
type Read = (bytes: Buffer, at: number) => number;

const SAMPLES: Readonly<Record<string, Read>> = {
  pcm8: (bytes, at) => (bytes.readUInt8(at) - 128) * 256,
  pcm16: (bytes, at) => bytes.readInt16LE(at),
  pcm24: (bytes, at) => bytes.readIntLE(at, 3) / 256,
  pcm32: (bytes, at) => bytes.readInt32LE(at) / 65_536,
  float32: (bytes, at) => bytes.readFloatLE(at) * 32_768,
  float64: (bytes, at) => bytes.readDoubleLE(at) * 32_768,
  mulaw8: (bytes, at) => alawmulaw.mulaw.decodeSample(bytes.readUInt8(at)),
  alaw8: (bytes, at) => alawmulaw.alaw.decodeSample(bytes.readUInt8(at)),
};

type Layout = { readonly channels: number; readonly rate: number; readonly bits: number; readonly format: string };

export const isWav = (file: Buffer): boolean =>
  file.toString("latin1", 0, 4) === "RIFF" && file.toString("latin1", 8, FIRST_CHUNK_AT) === "WAVE";

/**
 * The sound in a WAV file, stereo mixed down. A data length that is too great, as of a file that was streamed while it was
 * written, means all there is. Throws what is wrong with the file, before it decodes one that lasts longer than `mostSeconds`.
 *
 * It walks through the file by itself: `wavefile` believes a file that claims billions of cue points, and takes any format that
 * it does not know for PCM. These files come from anywhere.
 */
export function wavSound(file: Buffer, mostSeconds: number): Sound {
  const chunks = chunksOf(file);
  const [head, data] = [chunks.get("fmt "), chunks.get("data")];
  if (!head || head.length < 16) throw new Error("this WAV file does not say its format");
  if (!data) throw new Error("there is no sound in this WAV file");
  const layout = layoutOf(head);
  const frameBytes = (layout.channels * layout.bits) / 8;
  const frames = Math.floor(data.length / frameBytes);
  const seconds = Math.ceil(frames / layout.rate);
  if (seconds > mostSeconds) throw new Error(`it lasts ${seconds} s; ${mostSeconds} s is the most`);
  return { rate: layout.rate, samples: mixedDown(data, frames, layout) };
}

/** The first chunk of each name. */
function chunksOf(file: Buffer): ReadonlyMap<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  let at = FIRST_CHUNK_AT;
  for (let count = 0; count < MOST_CHUNKS && at + CHUNK_HEAD <= file.length && !chunks.has("data"); count += 1) {
    const name = file.toString("latin1", at, at + 4);
    const length = file.readUInt32LE(at + 4);
    if (!chunks.has(name)) chunks.set(name, file.subarray(at + CHUNK_HEAD, at + CHUNK_HEAD + length));
    at += CHUNK_HEAD + length + (length % 2);
  }
  return chunks;
}

function layoutOf(head: Buffer): Layout {
  const code = head.readUInt16LE(0);
  const extended = code === EXTENSIBLE && head.length >= EXTENSIBLE_BYTES;
  const number = extended ? head.readUInt16LE(EXTENDED_FORMAT_AT) : code;
  const layout = {
    channels: head.readUInt16LE(2),
    rate: head.readUInt32LE(4),
    bits: head.readUInt16LE(14),
    format: FORMATS[number] ?? `format ${number}`,
  };
  const { channels, rate, bits, format } = layout;
  if (!SAMPLES[`${format}${bits}`]) {
    throw new Error(
      `its samples are ${format} of ${bits} bits; PCM of 8 to 32 bits, float, µ-law and A-law can be played`,
    );
  }
  if (channels !== 1 && channels !== 2) throw new Error(`it has ${channels} channels; mono and stereo can be played`);
  if (!RATES.includes(rate)) throw new Error(`its rate is ${rate} Hz; these can be played: ${RATES.join(", ")}`);
  return layout;
}

function mixedDown(data: Buffer, frames: number, { channels, bits, format }: Layout): Int16Array {
  const read = SAMPLES[`${format}${bits}`];
  if (!read) throw new Error(`no reader for ${format} of ${bits} bits`);
  const step = bits / 8;
  const samples = new Int16Array(frames);
  // A loop: `Int16Array.from` takes three times as long, and there may be millions.
  for (let frame = 0; frame < frames; frame += 1) {
    const at = frame * channels * step;
    samples[frame] = sampleOf(channels === 1 ? read(data, at) : (read(data, at) + read(data, at + step)) / 2);
  }
  return samples;
}
