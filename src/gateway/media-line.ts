import type { RawData } from "ws";
import type { AudioFormat } from "../audio/format.ts";
import type { Line, LineSignal } from "../call/call.ts";
import type { Dialect, Framing, LineCommand, Showing, Stream } from "../carrier/carrier.ts";
import type { Clock } from "../kit/clock.ts";
import type { Log } from "../kit/log.ts";
import type { Meter } from "../kit/meter.ts";
import { LineTap, type Listener } from "./line-tap.ts";
import { Pace } from "./pace.ts";
import { SoundIn, type Started } from "./sound-in.ts";

/** A stream that does not begin within this is none. */
const START_MS = 5_000;
/** Carriers send audio every 20 to 100 ms, in silence too. A frozen peer shows in nothing else: the kernel buffers for it. */
const QUIET_MS = 10_000;
/** A timer this late says that we were busy: what came meanwhile is still to be read. */
const LATE_MS = 50;
/** Malformed messages within a second that are an attack or a broken peer, no slip. */
const MALFORMED_LIMIT = 20;
const OUTBOUND_LIMIT_BYTES = 512 * 1024;

/** What a line needs of a socket: one of `ws`, or one that a recording plays through. */
export type MediaSocket = {
  readonly readyState: number;
  readonly OPEN: number;
  /** Bytes that were given to `send` and have not left yet. */
  readonly bufferedAmount: number;
  on(event: "message", listener: (data: RawData, isBinary: boolean) => void): unknown;
  on(event: "close", listener: (code: number) => void): unknown;
  on(event: "error", listener: () => void): unknown;
  send(text: string): void;
  close(code: number): void;
};

type LineOver = Extract<LineSignal, { kind: "line-over" }>;

/** Whoever opened the line hears of its fate here; of its conversation, through `onAudio` and `onSignal`. */
export type LineOwner = {
  /** The stream begins: set the listeners now, or say why it may not. */
  readonly begin: (started: Started) => string | undefined;
  /** The socket went, or its time was over, before a stream began. */
  readonly neverBegan: (why: string) => void;
  /** Something of ours threw while it handled this line. The socket is being closed. */
  readonly broken: (error: unknown) => void;
};

export type LineKit = { readonly clock: Clock; readonly meter: Meter; readonly log: Log };

/**
 * A media socket as a telephone line. Its life is `waiting` (for `start`), `live`, `over`; what comes in the wrong state is
 * counted and left. Nothing it receives and nothing its listeners throw leaves it as an exception.
 */
export class MediaLine implements Line {
  onAudio: Line["onAudio"] = () => {};
  onSignal: Line["onSignal"] = () => {};
  /** Only where the line leads to a screen. */
  readonly show?: (caption: Showing) => void;
  readonly #socket: MediaSocket;
  readonly #dialect: Dialect;
  readonly #kit: LineKit;
  readonly #owner: LineOwner;
  #phase: "waiting" | "live" | "over" = "waiting";
  #cancelWatch: () => void;
  #lookAt = 0;
  #lastMessageAt: number;
  #malformed = 0;
  #malformedSince = Number.NEGATIVE_INFINITY;
  #pace: Pace | undefined;
  #sound: SoundIn | undefined;
  #format: AudioFormat | undefined;
  /** Nobody listens in, as a rule. */
  #tap: LineTap | undefined;
  #streamId = "";
  #startedAt = 0;
  #chunks = 0;

  /** Listens at once: the first message may have come in the same packet as the upgrade. */
  constructor(socket: MediaSocket, dialect: Dialect, kit: LineKit, owner: LineOwner) {
    this.#socket = socket;
    this.#dialect = dialect;
    this.#kit = kit;
    this.#owner = owner;
    this.#lastMessageAt = kit.clock.now();
    const { show } = dialect;
    if (show) this.show = (showing) => this.#write((stream) => show(showing, stream));
    this.#cancelWatch = kit.clock.after(START_MS, () =>
      this.#guarded(() => this.#lose(1008, "carrier-lost", "no start within 5 s")),
    );
    socket.on("message", (data, isBinary) => this.#guarded(() => this.#receive(data, isBinary)));
    socket.on("close", (code) => this.#guarded(() => this.#closed(code)));
    // `close` follows and says the same; without a listener the error would end the process.
    socket.on("error", () => this.#count("socket_errors"));
  }

  /** Has the caller been sent any sound? */
  get spoken(): boolean {
    return this.#chunks > 0;
  }

  framing(format: AudioFormat): Framing {
    return this.#dialect.framing(format);
  }

  play(payload: string): void {
    this.#send({ kind: "play", payload });
    this.#chunks++;
    this.#tap?.sound("agent", payload);
  }

  mark(mark: string): void {
    this.#send({ kind: "mark", mark });
  }

  clear(): void {
    this.#send({ kind: "clear" });
    this.#tap?.cleared();
  }

  /** An event of the customer's own, for the screen that the line leads to. False where there is none, or nobody is there yet. */
  tell(name: string, data: unknown): boolean {
    if (!this.show || this.#phase !== "live") return false;
    this.show({ kind: "event", name, data });
    return true;
  }

  /** How many listen in. */
  get listeners(): number {
    return this.#tap?.size ?? 0;
  }

  /** Lets somebody hear both sides from now on. Returns how they leave; nothing where there is nothing to be heard any more, or yet. */
  overhear(listener: Listener): (() => void) | undefined {
    if (this.#phase !== "live" || !this.#format) return undefined;
    this.#tap ??= new LineTap(this.#format, () => {
      this.#tap = undefined;
    });
    return this.#tap.join(listener);
  }

  /** Our own end of it: nothing is signalled any more. */
  close(code: number): void {
    this.#end();
    if (this.#socket.readyState <= this.#socket.OPEN) this.#socket.close(code);
  }

  /** The carrier said elsewhere that the caller is gone. */
  hungUp(detail: string): void {
    this.#guarded(() => this.#lose(1000, "caller-hung-up", detail));
  }

  /** The gateway stops and has waited long enough. */
  forceDrain(): void {
    this.#guarded(() => this.onSignal({ kind: "drain-forced" }));
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#lastMessageAt = this.#kit.clock.now();
    if (isBinary) return this.#complain("binary");
    const event = this.#dialect.decode(String(data));
    if (event === undefined) return this.#count("line_messages_unknown");
    if (event.kind === "malformed") return this.#complain(event.why);
    if (event.kind === "started") return this.#begin(event);
    if (this.#phase !== "live") return this.#count("line_messages_untimely");
    switch (event.kind) {
      case "audio":
        return this.#sound?.take(event, this.#lastMessageAt);
      case "key":
      case "text":
      case "played":
        return this.#pace?.allows(event.kind) ? this.onSignal(event) : this.#complain("more than anybody can do");
      case "stopped":
        return this.#lose(undefined, "caller-hung-up", event.reason);
      default:
        return event satisfies never;
    }
  }

  #begin(started: Started): void {
    if (this.#phase !== "waiting") return this.#count("line_messages_untimely");
    const refusal = this.#owner.begin(started);
    if (refusal !== undefined) {
      this.#kit.log.warn({ why: refusal }, "a media stream was refused at its start");
      this.#count("streams_refused");
      return this.close(1008);
    }
    this.#phase = "live";
    this.#pace = new Pace(this.#kit.clock);
    this.#sound = this.#soundOf(started, this.#pace);
    this.#format = started.format;
    this.#streamId = started.streamId;
    this.#startedAt = this.#kit.clock.now();
    this.#watch(this.#sound.hush(this.#startedAt));
    this.onSignal({ kind: "started", format: started.format });
  }

  #soundOf(started: Started, pace: Pace): SoundIn {
    const { clock, meter } = this.#kit;
    return new SoundIn(started, {
      pace,
      now: () => clock.now(),
      hear: (payload, filled) => {
        this.onAudio(payload, filled);
        this.#tap?.sound("caller", payload);
      },
      filled: (ms) => meter.count("line_silence_filled_ms", { carrier: this.#dialect.name }, ms),
      complain: (why) => this.#complain(why),
      guarded: (work) => this.#guarded(work),
    });
  }

  /** One timer for the whole call, wound up again for what is left, instead of one per message. */
  #watch(ms: number): void {
    this.#cancelWatch();
    this.#lookAt = this.#kit.clock.now() + ms;
    this.#cancelWatch = this.#kit.clock.after(ms, () => this.#guarded(() => this.#look()));
  }

  #look(): void {
    const now = this.#kit.clock.now();
    if (now - this.#lookAt > LATE_MS) return this.#watch(LATE_MS);
    const quietMs = now - this.#lastMessageAt;
    if (quietMs >= QUIET_MS) return this.#lose(1001, "carrier-lost", "no message for 10 s");
    this.#watch(Math.min(this.#sound?.hush(now) ?? QUIET_MS, QUIET_MS - quietMs));
  }

  #closed(code: number): void {
    const clean = code === 1000 || code === 1001 || code === 1005;
    this.#lose(undefined, clean ? "caller-hung-up" : "carrier-lost", `the socket closed with ${code}`);
  }

  #complain(why: string): void {
    this.#count("line_messages_malformed");
    if (this.#malformed === 0) this.#kit.log.warn({ why }, "a media message was malformed");
    if (this.#lastMessageAt - this.#malformedSince >= 1_000) {
      this.#malformed = 0;
      this.#malformedSince = this.#lastMessageAt;
    }
    this.#malformed++;
    if (this.#malformed > MALFORMED_LIMIT) this.#lose(1008, "carrier-lost", "too many malformed messages");
  }

  /** The line is over through no doing of ours. Told once; `code` closes what is still open. */
  #lose(code: number | undefined, how: LineOver["how"], detail: string): void {
    const was = this.#phase;
    if (was === "over") return;
    if (code === undefined) {
      this.#sound?.rest(this.#lastMessageAt);
      this.#end();
    } else this.close(code);
    if (was === "waiting") this.#owner.neverBegan(detail);
    else this.onSignal({ kind: "line-over", how, detail });
  }

  #end(): void {
    this.#phase = "over";
    this.#cancelWatch();
    this.#sound?.end();
    this.#tap?.end();
  }

  #send(command: LineCommand): void {
    this.#write((stream) => this.#dialect.encode(command, stream));
  }

  #write(message: (stream: Stream) => string): void {
    if (this.#phase !== "live" || this.#socket.readyState !== this.#socket.OPEN) return;
    const atMs = Math.round(this.#kit.clock.now() - this.#startedAt);
    this.#socket.send(message({ id: this.#streamId, chunk: this.#chunks, atMs }));
    if (this.#socket.bufferedAmount > OUTBOUND_LIMIT_BYTES) {
      this.#guarded(() => this.#lose(1013, "carrier-lost", "the carrier reads too slowly"));
    }
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#count("line_failures");
      this.#kit.log.error({ err: error }, "a media line broke on our side");
      this.close(1011);
      this.#owner.broken(error);
    }
  }

  #count(name: string): void {
    this.#kit.meter.count(name, { carrier: this.#dialect.name });
  }
}
