import type { AudioFormat } from "../audio/format.ts";
import type { Framing } from "../carrier/carrier.ts";

/** What a line tells the call, apart from audio. */
export type LineSignal =
  | { readonly kind: "started"; readonly format: AudioFormat }
  | { readonly kind: "key"; readonly digit: string }
  /** Written by the caller instead of said. */
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "played"; readonly mark: string }
  /** The caller hung up, or the line is lost. Nothing comes after it. */
  | { readonly kind: "line-over"; readonly how: "caller-hung-up" | "carrier-lost"; readonly detail: string }
  /** The gateway must stop and has waited long enough. */
  | { readonly kind: "drain-forced" };

/** What a line that can show things shows of a call, as it happens. */
export type Caption =
  /** `final: false`: so far. The agent's words are final once they were heard. */
  | { readonly kind: "transcript"; readonly who: "user" | "agent"; readonly text: string; readonly final: boolean }
  | { readonly kind: "state"; readonly state: "listening" | "thinking" | "speaking" | "ended" };

/** One phone line as the call sees it, whoever the carrier is. The call sets both listeners before anything arrives. */
export interface Line {
  /** Every inbound frame: base64 in the line's format, untouched. `filled`: silence in place of what did not come. The hot path. */
  onAudio: (payload: string, filled?: boolean) => void;
  onSignal: (signal: LineSignal) => void;
  framing(format: AudioFormat): Framing;
  play(payload: string): void;
  mark(name: string): void;
  clear(): void;
  /** Only lines that lead to a screen show what is said. */
  show?(caption: Caption): void;
}
