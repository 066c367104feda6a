import wavefile from "wavefile";

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
