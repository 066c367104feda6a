/** What packets become: PCM16, at the rate that suits speech recognition. */
export const OPUS_LINE = { encoding: "linear16", rate: 16_000 } as const;

/** A packet as it says of itself: how long its sound is, and whether it is put together as packets are (RFC 6716, section 3). */
export type OpusPacket = { readonly bytes: Uint8Array; readonly ms: number; readonly whole: boolean };

/** Nobody who talks waits longer for the next packet. */
const LONGEST_MS = 60;
const MOST_BYTES = 1_500;
const LONGEST_FRAME_BYTES = 1_275;
/** Lengths from here on take a second byte. */
const LONG = 252;

/** From base64. `undefined` where it does not say how long it is, or it is longer than 60 ms or 1500 bytes. */
export function readOpusPacket(payload: string): OpusPacket | undefined {
  if (payload.length > (MOST_BYTES * 4) / 3) return undefined;
  const bytes = Buffer.from(payload, "base64");
  const [first, second = 0] = bytes;
  if (first === undefined) return undefined;
  const code = first & 3;
  const frames = code === 0 ? 1 : code === 3 ? second & 0x3f : 2;
  const ms = frames * frameMs(first >> 3);
  return ms === 0 || ms > LONGEST_MS ? undefined : { bytes, ms, whole: isWhole(bytes, code, frames) };
}

/** Of the 32 ways to make a frame: for speech, for both, for music. */
function frameMs(way: number): number {
  if (way < 12) return [10, 20, 40, 60][way & 3] ?? 0;
  if (way < 16) return way & 1 ? 20 : 10;
  return [2.5, 5, 10, 20][way & 3] ?? 0;
}

function isWhole(bytes: Uint8Array, code: number, frames: number): boolean {
  if (code < 2) return areAlike(bytes.length - 1, frames);
  if (code === 2) return areWithin(bytes.subarray(1), frames);
  const flags = bytes[1] ?? 0;
  const rest = flags & 0x40 ? withoutPadding(bytes.subarray(2)) : bytes.subarray(2);
  if (!rest) return false;
  return flags & 0x80 ? areWithin(rest, frames) : areAlike(rest.length, frames);
}

/** Frames of one length. */
const areAlike = (bytes: number, frames: number): boolean =>
  bytes % frames === 0 && bytes / frames <= LONGEST_FRAME_BYTES;

/** The lengths of all frames but the last, then the frames. */
function areWithin(bytes: Uint8Array, frames: number): boolean {
  let at = 0;
  let named = 0;
  for (let frame = 1; frame < frames; frame += 1) {
    const length = bytes[at] ?? LONG;
    const more = length < LONG ? 0 : bytes[at + 1];
    if (more === undefined) return false;
    named += length + 4 * more;
    at += length < LONG ? 1 : 2;
  }
  const last = bytes.length - at - named;
  return last >= 0 && last <= LONGEST_FRAME_BYTES;
}

/** How long the padding is stands first, 255 meaning 254 and more to come; itself it stands at the end. */
function withoutPadding(bytes: Uint8Array): Uint8Array | undefined {
  let at = 0;
  let end = bytes.length;
  let said = 255;
  while (said === 255) {
    if (at >= end) return undefined;
    said = bytes[at] ?? 0;
    at += 1;
    end -= Math.min(said, 254);
  }
  return end < at ? undefined : bytes.subarray(at, end);
}
