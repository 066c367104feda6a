import type { AudioFormat } from "../audio/format.ts";
import type { Framing } from "../carrier/carrier.ts";

/** What a line tells the call, apart from audio. */
export type LineSignal =
  | { readonly kind: "started"; readonly format: AudioFormat }
  | { readonly kind: "key"; readonly digit: string }
  | { readonly kind: "played"; readonly mark: string }
  /** The caller hung up, or the line is lost. Nothing comes after it. */
  | { readonly kind: "line-over"; readonly how: "caller-hung-up" | "carrier-lost"; readonly detail: string }
  /** The gateway must stop and has waited long enough. */
  | { readonly kind: "drain-forced" };

/** One phone line as the call sees it, whoever the carrier is. The call sets both listeners before anything arrives. */
export interface Line {
  /** Every inbound frame: base64 in the line's format, untouched. `filled`: silence in place of what did not come. The hot path. */
  onAudio: (payload: string, filled?: boolean) => void;
  onSignal: (signal: LineSignal) => void;
  framing(format: AudioFormat): Framing;
  play(payload: string): void;
  mark(name: string): void;
  clear(): void;
}
