import type { SocketRecord, WireEvent } from "../../src/simulator/sarvam/sarvam.ts";
import type { TwinEvent } from "../../src/simulator/twins/twin.ts";

/** The last this many milliseconds of a call may still be on their way when it ends. */
const IN_FLIGHT_MS = 500;

/** One call's account: what went in on one side, and when it came out on the other. All times are one process's clock. */
class Account {
  readonly frames: { readonly endByte: number; readonly atMs: number }[] = [];
  sentBytes = 0;
  arrivedBytes = 0;
  nextFrame = 0;
  spokenBytes = 0;
  heardBytes = 0;
  greetingLostBytes: number | undefined;
  playing = false;
  /** When the first audio of a reply left the mouth's provider, until the caller's line has some. */
  audioSentMs: number | undefined;
  /** When the ear's provider told that the caller speaks into a reply, until the line was cleared. */
  noticedMs: number | undefined;
  /** Between a clear and the transcript of the words that caused it, nothing may be played. */
  mustBeSilent = false;
}

/** Puts together what the twins and the simulated Sarvam saw of the same calls. */
export class Measurement {
  readonly inMs: number[] = [];
  readonly outMs: number[] = [];
  readonly clearMs: number[] = [];
  stale = 0;
  missedClears = 0;
  warnings = 0;
  measuring = false;
  readonly #lineBytesPerMs: number;
  readonly #accounts: Account[] = [];
  readonly #ears = new Map<SocketRecord, { readonly account: Account; readonly perLineByte: number }>();
  readonly #mouths = new Map<SocketRecord, Account>();
  readonly #unclaimed: SocketRecord[] = [];

  constructor(lineBytesPerMs: number) {
    this.#lineBytesPerMs = lineBytesPerMs;
  }

  account(call: number): Account {
    const account = this.#accounts[call] ?? new Account();
    this.#accounts[call] = account;
    return account;
  }

  /** True once the newest ear socket is known to be this call's: calls are placed one at a time. */
  claimEar(call: number): boolean {
    const socket = this.#unclaimed.pop();
    if (!socket) return false;
    const perLineByte = socket.kind === "stt-streaming" && this.#lineBytesPerMs === 8 ? 2 : 1;
    this.#ears.set(socket, { account: this.account(call), perLineByte });
    return true;
  }

  frameSent(call: number, bytes: number, atMs: number): void {
    const account = this.account(call);
    account.sentBytes += bytes;
    account.frames.push({ endByte: account.sentBytes, atMs });
  }

  mediaCame(call: number, bytes: number, atMs: number): void {
    const account = this.account(call);
    account.heardBytes += bytes;
    if (account.mustBeSilent) this.stale += 1;
    if (account.audioSentMs !== undefined) this.#note(this.outMs, atMs - account.audioSentMs);
    account.audioSentMs = undefined;
  }

  twinSaw(call: number, event: TwinEvent): void {
    const account = this.account(call);
    switch (event.kind) {
      case "playback-started":
        account.playing = true;
        return;
      case "playback-ended":
        account.playing = false;
        return;
      case "speech-started":
        // The caller's first words: the greeting was heard out before.
        account.greetingLostBytes ??= Math.max(0, account.spokenBytes - account.heardBytes);
        return;
      case "clear-received":
        account.mustBeSilent = true;
        if (account.noticedMs !== undefined) this.#note(this.clearMs, event.atMs - account.noticedMs);
        account.noticedMs = undefined;
        return;
      case "warning":
        this.warnings += 1;
        return;
      default:
    }
  }

  sarvamSaw(event: WireEvent): void {
    const { socket } = event;
    if (event.kind === "socket-opened" && socket.kind !== "tts") this.#unclaimed.push(socket);
    const ear = this.#ears.get(socket);
    if (ear) this.#earSaw(ear.account, ear.perLineByte, event);
    if (event.kind === "text-received") {
      const tag = /caller (\d+)/i.exec(event.text)?.[1];
      if (tag) this.#mouths.set(socket, this.account(Number(tag)));
    }
    const speaker = this.#mouths.get(socket);
    if (!speaker || event.kind !== "tts-audio-sent") return;
    speaker.spokenBytes += event.bytes;
    // After a clear, what was already on its way from the provider is dropped by the gateway, as it must.
    if (!speaker.playing && !speaker.mustBeSilent) speaker.audioSentMs ??= event.atMs;
  }

  #earSaw(account: Account, perLineByte: number, event: WireEvent): void {
    if (event.kind === "audio-received") {
      account.arrivedBytes += event.bytes / perLineByte;
      for (;;) {
        const frame = account.frames[account.nextFrame];
        if (!frame || frame.endByte > account.arrivedBytes) return;
        account.nextFrame += 1;
        this.#note(this.inMs, event.atMs - frame.atMs);
      }
    }
    if (event.kind === "speech-start-sent" && account.playing) account.noticedMs = event.atMs;
    if (event.kind !== "final-sent") return;
    account.mustBeSilent = false;
    if (account.noticedMs !== undefined) this.missedClears += 1;
    account.noticedMs = undefined;
  }

  /** Frames of 20 ms that never reached the ear, the last moments of each call apart. */
  get lostIn(): number {
    const lost = this.#accounts.map(({ sentBytes, arrivedBytes }) =>
      Math.max(0, sentBytes - IN_FLIGHT_MS * this.#lineBytesPerMs - arrivedBytes),
    );
    return this.#frames(lost);
  }

  /** Frames of the greetings that never reached a caller: the one reply that nobody interrupts. */
  get lostOut(): number {
    return this.#frames(this.#accounts.map(({ greetingLostBytes }) => greetingLostBytes ?? 0));
  }

  get framesIn(): number {
    return this.#frames(this.#accounts.map(({ sentBytes }) => sentBytes));
  }

  get framesOut(): number {
    return this.#frames(this.#accounts.map(({ heardBytes }) => heardBytes));
  }

  #frames(bytes: readonly number[]): number {
    return Math.ceil(bytes.reduce((sum, value) => sum + value, 0) / (20 * this.#lineBytesPerMs));
  }

  #note(list: number[], ms: number): void {
    if (this.measuring) list.push(ms);
  }
}

/** The value that `share` of all are at most; `undefined` of nothing. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
