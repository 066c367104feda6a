import { stamp, wrap } from "../../src/kit/columns.ts";
import type { TwinEvent } from "../../src/simulator/twins/twin.ts";

const WIDTH = 110;
const INDENT = 20;

/** Writes what happens as it happens, in columns: when, who, what. */
export class Timeline {
  readonly #out: (line: string) => void;
  #startMs: number | undefined;

  constructor(out: (line: string) => void) {
    this.#out = out;
  }

  tell(atMs: number, who: string, what: string): void {
    this.#startMs ??= atMs;
    this.#write(`${stamp(atMs - this.#startMs)}  ${who}`, what);
  }

  /** A line that belongs to the one before. */
  more(what: string): void {
    this.#write("", what);
  }

  #write(head: string, what: string): void {
    wrap(what, WIDTH - INDENT).forEach((line, index) => {
      this.#out(`${(index === 0 ? head : "").padEnd(INDENT)}${line}`.trimEnd());
    });
  }

  /** What the twin's log says of one event, if a reader wants to know. */
  event(event: TwinEvent): void {
    const told = describe(event);
    if (told) this.tell(event.atMs, told[0], told[1]);
  }
}

function describe(event: TwinEvent): readonly [string, string] | undefined {
  switch (event.kind) {
    case "ringing":
      return ["phone", "ringing"];
    case "webhook-answered":
      // The two about the stream itself come between lines that say as much.
      if (event.name.includes("stream")) return undefined;
      return ["gateway", `answers ${event.name}: HTTP ${event.status}`];
    case "turned-away":
      return ["gateway", `turns the call away: ${event.why}`];
    case "upgraded":
      return ["gateway", "opens the media stream"];
    case "refused":
      return ["gateway", `refuses the media stream: HTTP ${event.status} ${event.why}`];
    case "playback-started":
      return ["agent", "begins to be heard"];
    case "playback-ended":
      return ["agent", "falls silent"];
    case "mark-returned":
      return event.why === "cleared" ? undefined : ["agent", `heard up to mark ${event.name}`];
    case "clear-received":
      return ["gateway", `clears the line: ${Math.round(event.droppedMs)} ms of the agent's voice thrown away`];
    case "speech-started":
      return ["caller", `says “${event.words}”`];
    case "closed":
      return event.by === "gateway" ? ["agent", "hangs up"] : ["line", `closed by the ${event.by}: ${event.code}`];
    case "after-stream":
      return ["gateway", `wants done after the stream: ${event.verb}`];
    case "warning":
      return ["carrier", `complains: ${event.code} ${event.detail}`];
    case "status":
      return ["carrier", `says of the call: ${event.status}`];
    case "said":
      return ["carrier", `says “${event.words}”`];
    case "sounded":
      return ["carrier", `plays ${event.what}`];
    case "dialled":
    case "dial-ended":
      return [
        "carrier",
        event.kind === "dialled" ? "rings somebody else" : `has done with somebody else: ${event.status}`,
      ];
    case "joined":
    case "left":
      return ["carrier", `${event.kind} the room ${event.room}`];
    case "first-media":
    case "mark-received":
    case "mark-dropped":
    case "generation":
    case "speech-ended":
    case "key-pressed":
      return undefined;
    default:
      return event satisfies never;
  }
}
