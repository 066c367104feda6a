import { type AudioFormat, bytesPerMs, silenceByte } from "./format.ts";
import { encodeMulaw } from "./g711.ts";

/** What fits: a card number and its pauses. Longer digits are refused, never cut: half a number is a wrong number. */
const MOST_DIGITS = 32;

/** ITU-T Q.23: a key is the tone of its row and the tone of its column. */
const KEYPAD = ["123A", "456B", "789C", "*0#D"];
const ROWS_HZ = [697, 770, 852, 941];
const COLUMNS_HZ = [1209, 1336, 1477, 1633];
/** Q.24 asks receivers for 40 ms of each; exchanges in the field want more. */
const TONE_MS = 100;
const GAP_MS = 100;
/** In and out of a tone, against clicks, which a receiver takes for speech. */
const RAMP_MS = 5;
/** A quarter of full scale each: both together stay at -6 dBFS, far from clipping. */
const AMPLITUDE = 32767 / 4;

const PAUSE_MS: Readonly<Record<string, number>> = { w: 500, W: 1000 };

/** What is wrong with digits to be sent, for whoever asked for them: `undefined` when they can be. */
export function digitsComplaint(digits: string): string | undefined {
  if (digits === "") return "there are no digits";
  if (digits.length > MOST_DIGITS) return `there are ${digits.length} digits and pauses; ${MOST_DIGITS} is the most`;
  return /^[0-9A-D#*wW]+$/.test(digits) ? undefined : "digits are 0-9, A-D, # and *; w waits 0.5 s, W 1 s";
}

/**
 * Keys as the tones that a keypad makes, in the line's format: 100 ms each with 100 ms of silence behind, `w` and `W` half a
 * second and a second of silence. Throws what `digitsComplaint` says.
 */
export function dtmfTones(digits: string, format: AudioFormat): Buffer {
  const complaint = digitsComplaint(digits);
  if (complaint !== undefined) throw new Error(complaint);
  return Buffer.concat([...digits].flatMap((digit) => sound(digit, format)));
}

function sound(digit: string, format: AudioFormat): Buffer[] {
  const pauseMs = PAUSE_MS[digit];
  if (pauseMs !== undefined) return [silence(pauseMs, format)];
  const pcm = tone(digit, format.rate);
  return [format.encoding === "mulaw" ? encodeMulaw(pcm) : pcm, silence(GAP_MS, format)];
}

const silence = (ms: number, format: AudioFormat): Buffer => Buffer.alloc(ms * bytesPerMs(format), silenceByte(format));

/** PCM16 little-endian. */
function tone(digit: string, rate: number): Buffer {
  const row = KEYPAD.findIndex((keys) => keys.includes(digit));
  const hertz = [ROWS_HZ[row] ?? 0, COLUMNS_HZ[KEYPAD[row]?.indexOf(digit) ?? -1] ?? 0];
  const count = (TONE_MS * rate) / 1000;
  const ramp = (RAMP_MS * rate) / 1000;
  const pcm = Buffer.alloc(count * 2);
  for (let at = 0; at < count; at += 1) {
    const near = Math.min(1, at / ramp, (count - 1 - at) / ramp);
    const loud = AMPLITUDE * (0.5 - 0.5 * Math.cos(Math.PI * near));
    const sum = hertz.reduce((total, hz) => total + Math.sin((2 * Math.PI * hz * at) / rate), 0);
    pcm.writeInt16LE(Math.round(loud * sum), at * 2);
  }
  return pcm;
}
