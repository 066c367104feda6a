import alawmulaw from "alawmulaw";

/** What a client may declare its bytes to be. */
export type SampleEncoding = "linear16" | "linear32" | "mulaw" | "alaw";

const { mulaw, alaw } = alawmulaw;
const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const fromMulaw = mulaw.decode(everyByte);
const fromAlaw = alaw.decode(everyByte);
const everySample = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
// `encode` costs 1 µs per sample: tables once, look-ups afterwards.
const toMulaw = mulaw.encode(everySample);
const toAlaw = alaw.encode(everySample);

const WIDTH: Readonly<Record<SampleEncoding, number>> = { linear16: 2, linear32: 4, mulaw: 1, alaw: 1 };

/** Turns a stream of bytes, cut anywhere, into 16-bit samples. */
export class SampleReader {
  readonly #encoding: SampleEncoding;
  #rest: Buffer = Buffer.alloc(0);

  constructor(encoding: SampleEncoding) {
    this.#encoding = encoding;
  }

  read(bytes: Buffer): Int16Array {
    const width = WIDTH[this.#encoding];
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    const count = Math.floor(all.length / width);
    this.#rest = all.subarray(count * width);
    const samples = new Int16Array(count);
    for (let index = 0; index < count; index += 1) samples[index] = sampleAt(all, index, this.#encoding);
    return samples;
  }
}

function sampleAt(bytes: Buffer, index: number, encoding: SampleEncoding): number {
  switch (encoding) {
    case "mulaw":
      return fromMulaw[bytes[index] ?? 0] ?? 0;
    case "alaw":
      return fromAlaw[bytes[index] ?? 0] ?? 0;
    case "linear16":
      return bytes.readInt16LE(index * 2);
    case "linear32":
      return bytes.readInt32LE(index * 4) >> 16;
    default:
      return encoding satisfies never;
  }
}

/** Headerless bytes of these samples. */
export function encodeSamples(samples: Int16Array, encoding: "linear16" | "mulaw" | "alaw"): Buffer {
  if (encoding === "linear16") {
    const bytes = Buffer.alloc(samples.length * 2);
    for (let index = 0; index < samples.length; index += 1) bytes.writeInt16LE(samples[index] ?? 0, index * 2);
    return bytes;
  }
  const table = encoding === "mulaw" ? toMulaw : toAlaw;
  const bytes = Buffer.alloc(samples.length);
  for (let index = 0; index < samples.length; index += 1) bytes[index] = table[(samples[index] ?? 0) + 32_768] ?? 0;
  return bytes;
}

/** The 44 bytes in front of mono 16-bit PCM. Without `dataBytes`, the sizes of a stream: 0xFFFFFFFF. */
export function wavHeader(rate: number, dataBytes?: number): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(dataBytes === undefined ? 0xffffffff : dataBytes + 36, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(dataBytes ?? 0xffffffff, 40);
  return header;
}

/** The rate and sample bytes of a WAV file with 16-bit PCM; `undefined` when `bytes` does not begin like one. */
export function readWav(bytes: Buffer): { readonly rate: number; readonly samples: Buffer } | undefined {
  if (bytes.length < 44 || bytes.toString("latin1", 0, 4) !== "RIFF") return undefined;
  const data = bytes.indexOf("data", 12, "latin1");
  if (data < 0 || data + 8 > bytes.length) return undefined;
  return { rate: bytes.readUInt32LE(24), samples: bytes.subarray(data + 8) };
}
