import type { ReadonlySignal } from "@preact/signals";

type MeterProps = {
  readonly of: "caller" | "agent";
  readonly label: string;
  /** RMS, 0 to 1. */
  readonly level: ReadonlySignal<number>;
};

/** The quietest that is drawn: a whisper in a quiet room. */
const FLOOR_DB = -50;

/** Loudness is heard as a ratio, so the bar is drawn in decibels: 0 (silence) to 1. */
export const loudness = (rms: number): number =>
  rms <= 0 ? 0 : Math.min(1, Math.max(0, 1 - (20 * Math.log10(rms)) / FLOOR_DB));

/** What is drawn as long as this. */
export const rmsOf = (loud: number): number => (loud <= 0 ? 0 : 10 ** (((1 - loud) * FLOOR_DB) / 20));

/** How loud somebody is. */
export function Meter({ of, label, level }: MeterProps) {
  const loud = loudness(level.value);
  return (
    <label class={`meter ${of}`}>
      {label}
      <meter min={0} max={100} value={Math.round(loud * 100)} />
    </label>
  );
}
