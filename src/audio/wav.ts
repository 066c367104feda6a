import wavefile from "wavefile";
import type { AudioFormat } from "./format.ts";

/** Where a WAV header of 44 bytes says how long the file and its samples are; both count to the file's end. */
const FILE_LENGTH_AT = 4;
const DATA_LENGTH_AT = 40;

/**
 * The 44 bytes before `dataBytes` bytes of PCM16 little-endian, `channels` samples at a time. The library makes whole files only,
 * all samples in memory: it makes an empty one here, and the lengths are put in, so that hours of sound can be streamed behind it.
 */
export function wavHeader(channels: number, rate: number, dataBytes: number): Buffer {
  const wav = new wavefile.WaveFile();
  wav.fromScratch(channels, rate, "16", []);
  const header = Buffer.from(wav.toBuffer());
  header.writeUInt32LE(header.length - (FILE_LENGTH_AT + 4) + dataBytes, FILE_LENGTH_AT);
  header.writeUInt32LE(dataBytes, DATA_LENGTH_AT);
  return header;
}

const HEADER_BYTES = 44;

/** What such a header says, of PCM16 without anything else in it; `undefined` where it is none. */
export function readWavHeader(
  header: Buffer,
):
  | { readonly channels: number; readonly rate: number; readonly dataBytes: number; readonly dataAt: number }
  | undefined {
  const is = (at: number, text: string): boolean => header.toString("latin1", at, at + text.length) === text;
  if (header.length < HEADER_BYTES || !is(0, "RIFF") || !is(8, "WAVEfmt ") || !is(36, "data")) return undefined;
  if (header.readUInt16LE(20) !== 1 || header.readUInt16LE(34) !== 16) return undefined;
  return {
    channels: header.readUInt16LE(22),
    rate: header.readUInt32LE(24),
    dataBytes: header.readUInt32LE(DATA_LENGTH_AT),
    dataAt: HEADER_BYTES,
  };
}

/** More than any file holds: players take it for a stream of which nobody knows how long it is. */
const ENDLESS = 0xffff_ffff;

/** What stands before sound that goes on for as long as it likes, mono. */
export function endlessWavHeader({ encoding, rate }: AudioFormat): Buffer {
  const wav = new wavefile.WaveFile();
  wav.fromScratch(1, rate, encoding === "mulaw" ? "8m" : "16", []);
  const header = Buffer.from(wav.toBuffer());
  header.writeUInt32LE(ENDLESS, FILE_LENGTH_AT);
  header.writeUInt32LE(ENDLESS, header.length - 4);
  return header;
}
