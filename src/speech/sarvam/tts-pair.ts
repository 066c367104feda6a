import type { Ids } from "../../kit/ids.ts";
import type { Log } from "../../kit/log.ts";
import type { ProviderError } from "../../kit/provider-error.ts";
import { backoffMs } from "../../kit/retry.ts";
import type { Loss } from "./tts-loss.ts";
import { type TtsProof, TtsSocket, type TtsSocketOptions } from "./tts-socket.ts";

type TtsPairOptions = TtsSocketOptions & { readonly ids: Ids; readonly log: Log };

const REFILL = { firstMs: 250, capMs: 30_000 };
/** A socket that lived this long before it was closed was a good one: what follows is not a storm. */
const PROVEN_MS = 10_000;

/**
 * A socket to speak through and a warm spare. Sarvam has no cancel, so an interrupted socket is thrown away; the spare takes its
 * place without a connect, and the next spare opens beside. Lost sockets are replaced one at a time with growing pauses.
 */
export class TtsPair {
  readonly #options: TtsPairOptions;
  #current: TtsSocket | undefined;
  #spare: TtsSocket | undefined;
  /** Set once by a loss that would only repeat itself: nothing is opened any more. */
  #refusal: ProviderError | undefined;
  readonly #proof: TtsProof = { spoke: false, finals: false };
  #closed = false;
  #lossesInARow = 0;
  #toReplace = 0;
  #cancelRefill: (() => void) | undefined;

  constructor(options: TtsPairOptions) {
    this.#options = options;
    this.#fill();
  }

  /** The socket to speak through now, perhaps still connecting. Throws the ProviderError that ended all trying. */
  take(): TtsSocket {
    this.#promote();
    if (this.#current) return this.#current;
    if (this.#refusal) throw this.#refusal;
    if (this.#closed) throw new Error("a closed mouth was asked to speak");
    this.#current = this.#open();
    return this.#current;
  }

  /** True if a socket is open and configured, so that `take` costs no waiting. */
  get warm(): boolean {
    return [this.#current, this.#spare].some((socket) => socket?.phase === "ready");
  }

  get proof(): Readonly<TtsProof> {
    return this.#proof;
  }

  /** Throws a socket away with whatever it has in flight; the spare takes its place at once. */
  discard(socket: TtsSocket): void {
    socket.close();
    if (!this.#forget(socket)) return;
    this.#promote();
    this.#fill();
  }

  /** Something was spoken: whatever went wrong before is over. */
  succeeded(): void {
    this.#lossesInARow = 0;
  }

  close(): void {
    this.#closed = true;
    this.#cancelRefill?.();
    this.#current?.close();
    this.#spare?.close();
    this.#current = undefined;
    this.#spare = undefined;
  }

  #open(): TtsSocket {
    if (this.#toReplace > 0) {
      this.#toReplace -= 1;
      this.#options.meter.count("tts_reconnects");
    }
    return new TtsSocket(this.#options, this.#proof, (socket, loss) => this.#onLost(socket, loss));
  }

  #promote(): void {
    if (this.#current || !this.#spare) return;
    this.#current = this.#spare;
    this.#spare = undefined;
    this.#options.meter.count("tts_spare_used");
    this.#fill();
  }

  #forget(socket: TtsSocket): boolean {
    if (this.#current === socket) this.#current = undefined;
    else if (this.#spare === socket) this.#spare = undefined;
    else return false;
    return true;
  }

  #onLost(socket: TtsSocket, loss: Loss): void {
    if (!this.#forget(socket)) return;
    const proven = socket.ageMs >= PROVEN_MS;
    const ordinary = proven && socket.outstanding === 0 && loss.kind === "broken";
    const fields = { kind: loss.kind, why: loss.error.message, ageMs: socket.ageMs };
    this.#options.log[ordinary ? "debug" : "warn"](fields, "speech socket lost");
    if (loss.kind === "fatal" && loss.lasting) {
      this.#refusal = loss.error;
      this.#cancelRefill?.();
      return;
    }
    this.#lossesInARow = proven ? 1 : this.#lossesInARow + 1;
    this.#toReplace += 1;
    this.#refillLater(loss.kind === "broken" ? loss.leastMs : 0);
  }

  #refillLater(leastMs: number): void {
    if (this.#cancelRefill) return;
    const waitMs = backoffMs(Math.max(0, this.#lossesInARow - 1), this.#options.ids.chance, REFILL);
    this.#cancelRefill = this.#options.clock.after(Math.max(leastMs, waitMs), () => {
      this.#cancelRefill = undefined;
      this.#fill();
    });
  }

  #fill(): void {
    if (this.#closed || this.#refusal || this.#cancelRefill) return;
    this.#current ??= this.#open();
    if (this.#spare) return;
    // After losses one socket at a time is enough to find out whether the server is back.
    if (this.#lossesInARow > 0 && this.#current.phase === "connecting") this.#refillLater(0);
    else this.#spare = this.#open();
  }
}
