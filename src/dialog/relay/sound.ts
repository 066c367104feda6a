import { setImmediate as nextTurn } from "node:timers/promises";
import { type AudioFormat, bytesPerMs } from "../../audio/format.ts";
import { soundOf, soundPieces } from "../../audio/sound-file.ts";
import { ProviderError } from "../../kit/provider-error.ts";
import { askCustomer, type CustomerAnswer, type Reach } from "./customer-request.ts";

const FILE = { method: "GET", timeoutMs: 10_000, limitBytes: 10 * 1024 * 1024 } as const;
const REDIRECTS = 3;
/** A sound is repeated up to this often and long; 0 times means as often as that. */
const MOST_TIMES = 1000;
const LONGEST_MS = 10 * 60 * 1000;
const PIECE_MS = 1000;
/** Three bytes are four characters of base64, two are a sample: pieces of such lengths need no padding and split no sample. */
const UNPADDED = 6;

/** Fetches a sound file and makes it what the line carries. Rejects with `ProviderError`, whose message says why. */
export async function fetchSound(
  reach: Reach,
  source: string,
  format: AudioFormat,
  signal: AbortSignal,
): Promise<Buffer> {
  const { status, body, contentType } = await follow(reach, source, signal);
  if (status !== 200) throw new ProviderError("relay", `its server answered HTTP ${status}`, status >= 500);
  try {
    return await forLine(await soundOf(body, contentType), format, signal);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProviderError("relay", `it cannot be played: ${why}`, false, error);
  }
}

/** A second at a time: other calls have their turn between. */
async function forLine(
  sound: Awaited<ReturnType<typeof soundOf>>,
  format: AudioFormat,
  signal: AbortSignal,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (const piece of soundPieces(sound, format)) {
    pieces.push(piece);
    await nextTurn();
    signal.throwIfAborted();
  }
  return Buffer.concat(pieces);
}

async function follow(reach: Reach, source: string, signal: AbortSignal): Promise<CustomerAnswer> {
  let url = source;
  for (let left = REDIRECTS; ; left--) {
    const answer = await askCustomer(reach, url, FILE, signal);
    const { status, location } = answer;
    if (left === 0 || status < 300 || status > 308 || location === undefined || !URL.canParse(location, url))
      return answer;
    url = new URL(location, url).href;
  }
}

/** The sound again and again, as base64 in pieces of a second. */
export function* repeated(sound: Buffer, times: number, format: AudioFormat): Generator<string> {
  const pieceBytes = Math.floor((PIECE_MS * bytesPerMs(format)) / UNPADDED) * UNPADDED;
  let leftBytes = LONGEST_MS * bytesPerMs(format);
  for (let left = times === 0 ? MOST_TIMES : Math.min(times, MOST_TIMES); left > 0 && sound.length > 0; left--) {
    for (let at = 0; at < sound.length && leftBytes > 0; at += pieceBytes) {
      const piece = sound.subarray(at, Math.min(at + pieceBytes, at + leftBytes));
      leftBytes -= piece.length;
      yield piece.toString("base64");
    }
  }
}
