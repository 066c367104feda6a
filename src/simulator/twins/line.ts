import type { RawData, WebSocket } from "ws";
import { type AudioFormat, bytesPerMs, silenceByte } from "../../audio/format.ts";
import type { Clock } from "../../kit/clock.ts";
import type { CallLog } from "./call-log.ts";
import { garbageOf, type TwinFaults } from "./faults.ts";
import { Mouth, type SpokenFrame } from "./mouth.ts";
import { type ClearWay, Playback } from "./playback.ts";
import type { FromGateway, Wire } from "./wire.ts";

/** How the media socket ended, and who ended it. */
export type LineEnd = { readonly code: number; readonly by: "gateway" | "caller" | "network" };

/** One message from the gateway, in the order they came. `bytes` of media, `name` of a mark. */
export type Arrival = { readonly atMs: number } & (
  | { readonly kind: "media"; readonly bytes: number }
  | { readonly kind: "mark"; readonly name: string }
  | { readonly kind: "clear" }
);

export type LineParts = {
  readonly clock: Clock;
  readonly log: CallLog;
  readonly format: AudioFormat;
  readonly frameMs: number;
  readonly clearWay: ClearWay;
  readonly faults: TwinFaults;
  /** More audio ahead of the caller's ear than `aheadMs` is a flood; `hangUpAfterMs` later the carrier has had enough. */
  readonly flood: { readonly aheadMs: number; readonly hangUpAfterMs?: number };
  /** Somebody real talks: frames leave as they come (`carry`), and not on a schedule. */
  readonly live?: boolean;
  readonly onMedia?: (audio: Buffer, atMs: number) => void;
  readonly onFrame?: (audio: Buffer, atMs: number) => void;
  readonly onText?: (text: string, from: "carrier" | "gateway", atMs: number) => void;
};

/** Unsent bytes at which Twilio begins to throw the caller's audio away. */
const SEND_BUFFER_BYTES = 256 * 1024;

/** The carrier's end of one media socket: frames out on an absolute schedule, the gateway's messages in. */
export class Line {
  readonly received: Buffer[] = [];
  readonly sent: Buffer[] = [];
  readonly arrivals: Arrival[] = [];
  readonly playback: Playback;
  readonly format: AudioFormat;
  readonly ended: Promise<LineEnd>;
  readonly #parts: LineParts;
  readonly #mouth: Mouth;
  #end: (end: LineEnd) => void = () => {};
  #up: { readonly socket: WebSocket; readonly wire: Wire; readonly startMs: number } | undefined;
  #endedMs: number | undefined;
  #endedBy: LineEnd["by"] | undefined;
  #frames = 0;
  #stopPump: () => void = () => {};
  #stopFlood: (() => void) | undefined;
  #marks = 0;
  #generation = "";
  #messagesMarked = 0;
  #overflowed = false;

  constructor(parts: LineParts) {
    const { clock, format, clearWay, log } = parts;
    this.#parts = parts;
    this.format = format;
    this.#mouth = new Mouth(Math.round(parts.frameMs * bytesPerMs(format)), silenceByte(format));
    this.playback = new Playback(clock, format, clearWay, {
      onStarted: () => log.add({ kind: "playback-started" }),
      onEnded: () => log.add({ kind: "playback-ended" }),
      onCleared: (droppedMs, playing) => log.add({ kind: "clear-received", droppedMs, playing }),
      onMark: (name, why) => this.#markDue(name, why),
      onMarkLost: (name) => log.add({ kind: "mark-dropped", name }),
    });
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** When the stream began and (so far) ended, on the twin's clock. */
  get span(): { readonly startMs: number; readonly endMs: number } {
    const now = this.#parts.clock.now();
    return { startMs: this.#up?.startMs ?? now, endMs: this.#endedMs ?? now };
  }

  /** Takes over an open socket: says hello and begins to send frames. */
  attach(socket: WebSocket, wire: Wire): void {
    this.#up = { socket, wire, startMs: this.#parts.clock.now() };
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("close", (code) => this.#closed(code));
    const { order, garbage } = this.#parts.faults;
    this.sendRaw(wire.connected());
    if (order === "media-before-start") this.#sendFrame();
    this.sendRaw(wire.start());
    if (order === "start-twice") this.sendRaw(wire.start());
    if (order === "mark-before-media") this.sendRaw(wire.mark("never-sent"));
    if (garbage) this.sendRaw(garbageOf(garbage));
    if (!this.#parts.live) this.#pump();
  }

  say(audio: Buffer, words: string): Promise<void> {
    return this.#mouth.say(audio, words);
  }

  /** A frame of a live voice. */
  carry(audio: Buffer): void {
    if (this.#up && !this.#endedBy) this.#sendFrame({ audio, silent: false, starts: undefined, ends: false });
  }

  press(digit: string): void {
    this.#parts.log.add({ kind: "key-pressed", digit });
    this.#send((wire) => wire.key(digit));
  }

  hangUp(): void {
    if (!this.#up || this.#endedBy) return;
    const { noStop, order } = this.#parts.faults;
    this.#silence("caller");
    if (!noStop) this.#send((wire) => wire.stop());
    if (order === "media-after-stop") this.#sendFrame();
    this.#up.socket.close(1000);
  }

  /** The network fails: no close frame, which the other side sees as 1006. */
  breakOff(): void {
    if (!this.#up || this.#endedBy) return;
    this.#silence("network");
    this.#up.socket.terminate();
  }

  sendRaw(data: string | Buffer): void {
    const { clock, onText } = this.#parts;
    if (typeof data === "string") onText?.(data, "carrier", clock.now());
    this.#up?.socket.send(data);
  }

  /** The call never came to a stream. */
  abandon(why: string): void {
    this.#mouth.shut(why);
  }

  #pump(): void {
    const { clock, frameMs } = this.#parts;
    if (!this.#up || this.#endedBy) return;
    const { startMs } = this.#up;
    while (startMs + this.#frames * frameMs <= clock.now()) this.#sendFrame();
    const waitMs = Math.ceil(startMs + this.#frames * frameMs - clock.now());
    this.#stopPump = clock.after(Math.max(0, waitMs), () => this.#pump());
  }

  #sendFrame(frame: SpokenFrame = this.#mouth.next()): void {
    const { clock, log, frameMs, faults, onFrame } = this.#parts;
    const atMs = this.#frames * frameMs;
    this.#frames += 1;
    if (frame.silent && faults.omitSilence) return;
    if (frame.starts !== undefined) log.add({ kind: "speech-started", words: frame.starts });
    if (this.#overflowing()) return;
    this.sent.push(frame.audio);
    this.#send((wire) => wire.media(frame.audio, atMs));
    onFrame?.(frame.audio, clock.now());
    if (frame.ends) log.add({ kind: "speech-ended" });
  }

  #overflowing(): boolean {
    if ((this.#up?.socket.bufferedAmount ?? 0) < SEND_BUFFER_BYTES) return false;
    if (!this.#overflowed)
      this.#parts.log.add({ kind: "warning", code: "31930", detail: "the gateway reads too slowly" });
    this.#overflowed = true;
    return true;
  }

  #send(message: (wire: Wire) => string): void {
    const { socket, wire } = this.#up ?? {};
    if (socket && wire && socket.readyState === socket.OPEN) this.sendRaw(message(wire));
  }

  #receive(data: RawData, isBinary: boolean): void {
    const { wire } = this.#up ?? {};
    if (!wire) return;
    if (isBinary) return this.#complain(wire.malformedCode, "binary message");
    this.#parts.onText?.(String(data), "gateway", this.#parts.clock.now());
    const { message, complaints } = wire.read(String(data));
    for (const { code, detail } of complaints) this.#complain(code, detail);
    if (message && !this.#endedBy) this.#take(message);
  }

  #complain(code: string, detail: string): void {
    this.#parts.log.add({ kind: "warning", code, detail });
  }

  #take(message: FromGateway): void {
    const atMs = this.#parts.clock.now();
    switch (message.kind) {
      case "media":
        this.arrivals.push({ atMs, kind: "media", bytes: message.audio.length });
        return this.#takeMedia(message.audio, atMs);
      case "mark":
        this.arrivals.push({ atMs, ...message });
        return this.#takeMark(message.name);
      case "clear":
        if (this.#parts.faults.loseClear) return;
        this.arrivals.push({ atMs, ...message });
        return this.#takeClear();
      default:
        message satisfies never;
    }
  }

  #takeMedia(audio: Buffer, atMs: number): void {
    const { log, onMedia, clock, flood } = this.#parts;
    if (this.received.length === 0) log.add({ kind: "first-media" });
    this.received.push(audio);
    this.playback.append(audio);
    onMedia?.(audio, atMs);
    const { aheadMs } = this.playback;
    if (aheadMs <= flood.aheadMs || this.#stopFlood) return;
    this.#complain("flood", `${Math.round(aheadMs)} ms ahead of the caller's ear`);
    this.#stopFlood =
      flood.hangUpAfterMs === undefined ? () => {} : clock.after(flood.hangUpAfterMs, () => this.hangUp());
  }

  #takeMark(name: string): void {
    const { log } = this.#parts;
    log.add({ kind: "mark-received", name });
    const generation = /^[^:./]*/.exec(name)?.[0] ?? name;
    if (generation !== this.#generation) {
      const lastMessage = this.received.length - 1;
      log.add({ kind: "generation", name: generation, firstMessage: this.#messagesMarked, lastMessage });
    }
    this.#generation = generation;
    this.#messagesMarked = this.received.length;
    this.playback.mark(name);
  }

  #takeClear(): void {
    const { log, faults } = this.#parts;
    if (faults.ignoreClear) log.add({ kind: "clear-received", droppedMs: 0, playing: this.playback.aheadMs > 0 });
    else this.playback.clear();
  }

  #markDue(name: string, why: "played" | "empty" | "cleared"): void {
    const { clock, log, faults } = this.#parts;
    this.#marks += 1;
    if (faults.dropMarks === "all" || (faults.dropMarks === "first" && this.#marks === 1)) {
      return log.add({ kind: "mark-dropped", name });
    }
    const back = (): void => {
      if (this.#endedBy) return;
      log.add({ kind: "mark-returned", name, why });
      this.#send((wire) => wire.mark(name));
    };
    if (faults.lateMarksMs) clock.after(faults.lateMarksMs, back);
    else back();
  }

  /** Nothing is heard or said any more; the socket may take a moment longer. */
  #silence(by: LineEnd["by"]): void {
    this.#endedBy = by;
    this.#endedMs = this.#parts.clock.now();
    this.#stopPump();
    this.#stopFlood?.();
    this.playback.stop();
    this.#mouth.shut("the call is over");
  }

  #closed(code: number): void {
    if (!this.#endedBy) this.#silence(code === 1006 ? "network" : "gateway");
    const by = this.#endedBy ?? "network";
    this.#parts.log.add({ kind: "closed", code, by });
    this.#end({ code, by });
  }
}
