import type { SocketKind } from "./wire-log.ts";

/** What can go wrong. Every field is read at the moment it matters, so a test may set and clear them while calls run. */
export type Faults = {
  /** Which sockets the three upgrade faults below hit; empty means all. */
  sockets: readonly SocketKind[];
  /** How many more upgrades they hit; each hit takes one. */
  upgrades: number;
  /** Waits so long before answering an upgrade; `Infinity` never answers. */
  stallUpgradeMs: number;
  /** HTTP status for refused upgrades; 0 for none. */
  refuseUpgrade: number;
  /** Closes the socket so after opening it. `code` 1006 cuts the connection without a close frame. */
  closeAfterOpen: { readonly code: number; readonly reason: string; readonly afterMs: number } | null;

  /** Speech is noticed but never transcribed. */
  noFinals: boolean;
  /** How many times more each final is sent. */
  duplicateFinals: number;
  /** Added to the delay of each final. */
  lateFinalMs: number;
  /** Realtime: when the final comes, from the end of speech; `null` leaves it to chance within ±150 ms. */
  finalOffsetMs: number | null;
  blankTranscript: boolean;
  /** Streaming: the transcript comes before END_SPEECH. */
  reorderEnd: boolean;
  /** No speech start and end is ever told. */
  noVadEvents: boolean;

  /** One text frame that is no JSON, before the next message of each socket. */
  nonJsonFrame: boolean;
  /** One binary frame, before the next message of each socket. */
  binaryFrame: boolean;

  /** Added before the first audio of each reply. */
  slowTtsMs: number;
  /** No more audio after so many chunks of a socket; -1 never. */
  stallTtsAfterChunks: number;
  /** Cuts the connection after so many chunks of a socket; -1 never. */
  dropTtsAfterChunks: number;
  /** Puts a RIFF header in front of each synthesised text. */
  riffHeader: boolean;
  /** Answers each text with this error instead of audio; empty for none. */
  ttsError: string;
  /** No `final` event. */
  noCompletion: boolean;
  /** Bytes per audio message, tiny or huge; 0 for the usual. */
  chunkBytes: number;

  /**
   * `error`: HTTP 500. `stall`: two words, then nothing. `garbage`: broken SSE. `cut`: two words, then the connection is lost.
   * `prose`: plain words though JSON was asked for.
   */
  chat: "none" | "error" | "stall" | "garbage" | "cut" | "prose";
  /** Batch jobs that are started: `failed` come to nothing, `stuck` to no end. */
  batch: "none" | "failed" | "stuck";
  /** HTTP status of every other REST answer; 0 for the usual. */
  restStatus: number;
};

export function noFaults(): Faults {
  return {
    sockets: [],
    upgrades: Number.POSITIVE_INFINITY,
    stallUpgradeMs: 0,
    refuseUpgrade: 0,
    closeAfterOpen: null,
    noFinals: false,
    duplicateFinals: 0,
    lateFinalMs: 0,
    finalOffsetMs: null,
    blankTranscript: false,
    reorderEnd: false,
    noVadEvents: false,
    nonJsonFrame: false,
    binaryFrame: false,
    slowTtsMs: 0,
    stallTtsAfterChunks: -1,
    dropTtsAfterChunks: -1,
    riffHeader: false,
    ttsError: "",
    noCompletion: false,
    chunkBytes: 0,
    chat: "none",
    batch: "none",
    restStatus: 0,
  };
}

/** The upgrade faults that hit this socket now; takes one of `upgrades`. */
export function upgradeFaults(
  faults: Faults,
  kind: SocketKind,
): Pick<Faults, "stallUpgradeMs" | "refuseUpgrade" | "closeAfterOpen"> {
  const { stallUpgradeMs, refuseUpgrade, closeAfterOpen } = faults;
  const set = stallUpgradeMs > 0 || refuseUpgrade > 0 || closeAfterOpen !== null;
  const aimed = faults.sockets.length === 0 || faults.sockets.includes(kind);
  if (!set || !aimed || faults.upgrades <= 0) return { stallUpgradeMs: 0, refuseUpgrade: 0, closeAfterOpen: null };
  faults.upgrades -= 1;
  return { stallUpgradeMs, refuseUpgrade, closeAfterOpen };
}

/** Sets the faults named in `wanted` (from JSON) and answers the names it does not know. */
export function setFaults(faults: Faults, wanted: Readonly<Record<string, unknown>>): readonly string[] {
  const unknown = Object.keys(wanted).filter((name) => !(name in faults));
  const known = Object.entries(wanted).filter(([name]) => name in faults);
  Object.assign(faults, Object.fromEntries(known));
  return unknown;
}
