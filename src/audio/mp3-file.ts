import { deadline } from "../kit/clock.ts";
import { type Sound, sampleOf } from "./sound.ts";

/** So much is decoded before its length is looked at: a second at the best quality, half a minute at the worst. */
const SLICE_BYTES = 64 * 1024;

/** A file that was made to keep the decoder busy is given up after this. */
const PATIENCE_MS = 20_000;

type Decoded = {
  /** Full scale is 1. Mono comes as two channels that are the same. */
  readonly channelData: readonly Float32Array[];
  readonly samplesDecoded: number;
  readonly sampleRate: number;
};

/** Of the library's decoder what is used here. */
export type Mp3Decoder = {
  readonly ready: Promise<void>;
  decode(bytes: Uint8Array): Promise<Decoded>;
  /** Ends its thread, whatever that is doing. */
  free(): void;
};

/** ID3 tags first, or the eleven bits that begin a frame; of these, AAC has no layer. */
export function isMp3(file: Buffer): boolean {
  if (file.toString("latin1", 0, 3) === "ID3") return true;
  const [first = 0, second = 0] = file;
  return first === 0xff && (second & 0xe0) === 0xe0 && (second & 0x06) !== 0;
}

/** A decoder of its own for each file: mpg123 in WebAssembly, on a thread of its own. Loaded when the first MP3 comes. */
export async function mp3Decoder(): Promise<Mp3Decoder> {
  const { MPEGDecoderWebWorker } = await import("mpg123-decoder");
  // Its own `free` waits for the thread's answer, which one that spins never gives.
  const worker = new MPEGDecoderWebWorker() as InstanceType<typeof MPEGDecoderWebWorker> & { terminate(): void };
  return { ready: worker.ready, decode: (bytes) => worker.decode(bytes), free: () => worker.terminate() };
}

/** The sound in an MP3 file, stereo mixed down; damaged stretches are left out. Rejects when it is too long or holds no sound. */
export async function mp3Sound(file: Buffer, mostSeconds: number, decoder: Mp3Decoder): Promise<Sound> {
  const parts: Int16Array[] = [];
  let [rate, count] = [0, 0];
  try {
    const late = deadline(PATIENCE_MS);
    await within(late, decoder.ready);
    for (let at = 0; at < file.length; at += SLICE_BYTES) {
      const decoded = await within(late, decoder.decode(Uint8Array.from(file.subarray(at, at + SLICE_BYTES))));
      if (decoded.samplesDecoded === 0) continue;
      if (rate !== 0 && decoded.sampleRate !== rate) throw new Error("its rate changes on the way");
      rate = decoded.sampleRate;
      count += decoded.samplesDecoded;
      if (count > rate * mostSeconds) throw new Error(`it lasts more than ${mostSeconds} s, which is the most`);
      parts.push(mixedDown(decoded));
    }
  } finally {
    decoder.free();
  }
  if (count === 0) throw new Error("there is no sound in this MP3 file");
  return { rate, samples: joined(parts, count) };
}

/** What `work` gives, unless it is too late. */
function within<T>(late: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Error("it takes too long to decode"));
    if (late.aborted) giveUp();
    late.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => late.removeEventListener("abort", giveUp));
  });
}

function mixedDown({ channelData, samplesDecoded }: Decoded): Int16Array {
  const scale = 32_768 / channelData.length;
  return Int16Array.from({ length: samplesDecoded }, (_, at) =>
    sampleOf(channelData.reduce((sum, channel) => sum + (channel[at] ?? 0), 0) * scale),
  );
}

function joined(parts: readonly Int16Array[], count: number): Int16Array {
  const samples = new Int16Array(count);
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}
