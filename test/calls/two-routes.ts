import { decodeMulaw } from "../../src/audio/g711.ts";
import { Resampler } from "../../src/audio/resample.ts";
import { systemClock } from "../../src/kit/clock.ts";

const RATE = 16_000;
const CHUNK_MS = 200;
const HEADER_BYTES = 44;

export type TwoRoutes = {
  /** What of the agent's sound has arrived, loud samples alone, in ms. */
  readonly heardMs: number;
  /** Answers to chunks that were not 204. */
  readonly refused: readonly number[];
  say(mulaw8k: Buffer): void;
  /** Says that the caller leaves. */
  hangUp(): Promise<number>;
  /** Leaves without a word. */
  leave(): void;
  /** The sound has ended. */
  readonly over: Promise<void>;
};

/** A caller who has no WebSocket: reads one stream, and sends what is said in chunks, each of them twice as on a bad network. */
export async function twoRoutes(url: string): Promise<TwoRoutes> {
  const stop = new AbortController();
  const answer = await fetch(url, { signal: stop.signal });
  let toSay = Buffer.alloc(0);
  let heardMs = 0;
  const refused: number[] = [];
  const listen = async (): Promise<void> => {
    let skip = HEADER_BYTES;
    for await (const piece of answer.body ?? []) {
      const sound = Buffer.from(piece);
      const loud = loudSamples(sound.subarray(Math.min(skip, sound.length)));
      skip = Math.max(0, skip - sound.length);
      heardMs += (loud / RATE) * 1000;
    }
  };
  const post = async (seq: number, chunk: Buffer): Promise<void> => {
    const { status } = await fetch(`${url}?seq=${seq}`, {
      method: "POST",
      body: new Uint8Array(chunk),
      headers: { "content-type": `audio/l16;rate=${RATE}` },
    });
    if (status !== 204 && !stop.signal.aborted) refused.push(status);
  };
  const speak = async (): Promise<void> => {
    const beganAt = systemClock.now();
    for (let seq = 0; ; seq++) {
      await systemClock.sleep(Math.max(0, beganAt + (seq + 1) * CHUNK_MS - systemClock.now()), stop.signal);
      const chunk = Buffer.alloc((RATE / 1000) * CHUNK_MS * 2);
      toSay.copy(chunk);
      toSay = toSay.subarray(chunk.length);
      await Promise.all([post(seq, chunk), post(seq, chunk)]);
    }
  };
  // Whoever leaves stops both.
  void speak().catch(() => undefined);
  const over = listen()
    .catch(() => undefined)
    .finally(() => stop.abort());
  return {
    get heardMs() {
      return heardMs;
    },
    refused,
    over,
    say(mulaw8k) {
      toSay = new Resampler(8_000, RATE).push(decodeMulaw(mulaw8k)) as typeof toSay;
    },
    async hangUp() {
      return (await fetch(url, { method: "DELETE" })).status;
    },
    leave: () => stop.abort(),
  };
}

function loudSamples(pcm: Buffer): number {
  let loud = 0;
  for (let at = 0; at + 1 < pcm.length; at += 2) if (Math.abs(pcm.readInt16LE(at)) > 500) loud += 1;
  return loud;
}
