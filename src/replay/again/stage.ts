import { type CallEvent, type HeardEvent, type LineSignal, type WarmCall, warmCall } from "../../call/call.ts";
import type { CallFacts, DialogNews } from "../../dialog/dialog.ts";
import type { JournalEntry } from "../../journal/journal.ts";
import { silentLog } from "../../kit/log.ts";
import { deafMeter } from "../../kit/meter.ts";
import { VirtualClock } from "../../kit/virtual-clock.ts";
import type { CallEnd } from "../../record/record.ts";
import { Gate } from "./gate.ts";
import { wrongLead } from "./oddities.ts";
import { agentOf } from "./outcome.ts";
import type { NotedEffect, RecordedCall } from "./recorded-call.ts";
import { RecordedEar } from "./recorded-ear.ts";
import { RecordedVoice } from "./recorded-voice.ts";
import type { Difference, ReplayParts } from "./replayed.ts";
import { VirtualLine } from "./virtual-line.ts";
import { voiceModel } from "./voice-model.ts";

const LINE_SIGNALS: readonly CallEvent["kind"][] = ["started", "key", "text", "line-over", "drain-forced"];
const HEARD: readonly CallEvent["kind"][] = [
  "speech-started",
  "partial",
  "final",
  "speech-ended",
  "ear-note",
  "ear-failed",
];

/** What a dialog that does what it did before need not know. */
const NO_FACTS: CallFacts = {
  id: "",
  carrier: "",
  carrierCallId: "",
  from: "",
  to: "",
  direction: "inbound",
  params: {},
};

/** The real call, with a line, an ear, a dialog and a voice that do what they are told they did. It begins at once. */
export class Stage {
  readonly clock: VirtualClock;
  readonly gate: Gate;
  readonly line: VirtualLine;
  /** Everything the call wrote into its journal this time. */
  readonly entries: JournalEntry[] = [];
  /** What is wrong whatever the recording says. */
  readonly oddities: Difference[] = [];
  /** What the call was made to do since this was emptied last. */
  effects: NotedEffect[] = [];
  isOver = false;
  readonly #ear = new RecordedEar();
  readonly #voice: RecordedVoice;
  readonly #stop = new AbortController();
  readonly #call: WarmCall;
  readonly #running: Promise<CallEnd>;

  constructor(call: RecordedCall, { policy, apology, framing }: ReplayParts) {
    this.clock = new VirtualClock(call.opening?.openedAt);
    this.gate = new Gate(this.clock, (event) => this.#check(event));
    const model = voiceModel(call);
    this.#voice = new RecordedVoice(call, this.clock, model, (oddity) => this.oddities.push(oddity));
    this.line = new VirtualLine({
      clock: this.clock,
      format: call.format,
      echoMs: model.echoMs,
      framing: (format) => framing(call.opening?.carrier ?? "twilio", format),
    });
    this.line.held = true;
    const parts = {
      clock: this.clock,
      log: silentLog,
      meter: deafMeter,
      stt: this.#ear,
      tts: this.#voice,
      agent: agentOf(call.setup, this.#voice.dialog),
      apology: (format: RecordedCall["format"]) => apology(call.setup.voice.language, format),
      journal: (entry: JournalEntry) => this.#note(entry),
      write: () => {},
      policy,
      inbox: this.gate,
      facts: NO_FACTS,
    };
    this.#call = warmCall(parts, call.setup.format, this.#stop.signal);
    this.#running = this.#call.run(this.line);
    const over = (): void => {
      this.isOver = true;
    };
    this.#running.then(over, over);
  }

  /** Line and ear are told; what comes from within the call must come by itself. */
  deliver(event: CallEvent): void {
    const { atMs, ...happening } = event;
    if (event.kind === "played") this.line.giveBack(event.mark);
    else if (LINE_SIGNALS.includes(event.kind)) this.line.onSignal(happening as LineSignal);
    else if (HEARD.includes(event.kind)) {
      // An ear that is closed in mid-word has its last word told by the call itself.
      if (!this.gate.holds(event)) this.#ear.tell(happening as HeardEvent);
    } else if (event.kind === "order") this.#call.order(event.order);
    else if (event.kind.startsWith("dialog-")) this.#voice.heed(happening as DialogNews);
    else if (event.kind === "cut-off") this.cutOff(atMs);
  }

  /** From now on things take their own course. */
  free(): void {
    this.gate.open();
    this.#voice.free();
    this.line.release();
  }

  /** Ends the call from outside, at this instant of its own time. */
  cutOff(atMs: number): void {
    this.gate.stopAt(atMs);
    this.#stop.abort(new Error("the recording ends here"));
  }

  /** How the call ended by its own account; `undefined` when it was cut off. */
  end(): Promise<CallEnd | undefined> {
    return this.#running.catch(() => undefined);
  }

  #check(event: CallEvent): void {
    const oddity = wrongLead(event, this.line.leadMs);
    if (oddity) this.oddities.push(oddity);
  }

  #note(entry: JournalEntry): void {
    this.entries.push(entry);
    if (!("out" in entry)) return;
    const effect = entry.out as NotedEffect;
    this.effects.push(effect);
    if (effect.do === "start-reply") this.#voice.begin({ ...effect, do: "start-reply" });
    else if (effect.do === "stop-reply") this.gate.dropNews();
    else if (effect.do === "set-timer" || effect.do === "cancel-timer") this.gate.callOff(String(effect["timer"]));
  }
}
