/** How a twin misbehaves. Nothing is set on a well-behaved one. */
export type TwinFaults = {
  /** Marks that are never returned. Plivo is known to lose the first. */
  readonly dropMarks?: "first" | "all";
  /** Marks come back this much later than playback reaches them. */
  readonly lateMarksMs?: number;
  /** `clear` is taken note of and the buffer plays on. */
  readonly ignoreClear?: boolean;
  /** `clear` never reaches the carrier: nothing is noted, the buffer plays on. */
  readonly loseClear?: boolean;
  /** The caller hangs up and no `stop` comes before the close. */
  readonly noStop?: boolean;
  readonly order?: "media-before-start" | "mark-before-media" | "start-twice" | "media-after-stop";
  /** Frames in which the caller says nothing are left out; timestamps go on. */
  readonly omitSilence?: boolean;
  /** What the first frame is instead: over a megabyte, binary, not JSON, or JSON that means nothing. */
  readonly garbage?: "huge" | "binary" | "text" | "json";
  readonly noStatusCallback?: boolean;
  /** The media socket is opened with a ticket that was never given out. */
  readonly wrongTicket?: boolean;
};

/** The garbage itself. */
export function garbageOf(kind: NonNullable<TwinFaults["garbage"]>): string | Buffer {
  switch (kind) {
    case "huge":
      return JSON.stringify({ event: "media", media: { payload: "A".repeat(4 * 1024 * 1024) } });
    case "binary":
      return Buffer.from([0, 1, 2, 3, 0xff]);
    case "text":
      return "{not json";
    case "json":
      return JSON.stringify({ event: "galaxy", media: 7 });
    default:
      return kind satisfies never;
  }
}
