import { isDeepStrictEqual } from "node:util";
import { bytesPerMs, silenceByte } from "../../audio/format.ts";
import type { AgentProfile, DialogNews, FreeDialog, Utterance } from "../../dialog/dialog.ts";
import type { Clock } from "../../kit/clock.ts";
import { ProviderError } from "../../kit/provider-error.ts";
import type { Said } from "../../record/record.ts";
import type { Mouth, Spoken, TextToSpeech } from "../../speech/speech.ts";
import type { NotedEffect, RecordedCall, RecordedReply } from "./recorded-call.ts";
import type { Difference } from "./replayed.ts";
import type { VoiceModel } from "./voice-model.ts";

/** What is modelled comes in pieces of this length. */
const PIECE_MS = 200;
/** A replay's clock may be ahead of the recording by the little that its timers were early. */
const SAME_INSTANT_MS = 10;
/** Stands for what a dialog would have said that was never asked. */
const UNKNOWN_WORDS = "(not recorded)";

/** One reply as it will be given: as recorded, counted from its beginning, and modelled where the recording ends too early. */
type Plan = {
  readonly recorded: Omit<RecordedReply, "generation">;
  readonly startedMs: number;
  /** Its sound was cut short in the recording, or there is none. */
  readonly unfinished: boolean;
};

/**
 * A dialog and a voice that do again what they did in the recording. A reply that was not recorded is the one most like it; what
 * was cut short is spoken on at the voice's own pace.
 */
export class RecordedVoice implements TextToSpeech {
  readonly dialog: AgentProfile["dialog"];
  readonly #call: RecordedCall;
  readonly #clock: Clock;
  readonly #model: VoiceModel;
  readonly #bytesPerMs: number;
  readonly #complain: (oddity: Difference) => void;
  #history: readonly Said[] = [];
  #heed: (news: DialogNews) => void = () => {};
  #plan: Plan;
  /** Aborted once replies are not those of the recording any more, number by number. */
  readonly #freed = new AbortController();

  /** `complain` is told when the dialog is not given the history that the call decided on. */
  constructor(call: RecordedCall, clock: Clock, model: VoiceModel, complain: (oddity: Difference) => void) {
    this.#call = call;
    this.#clock = clock;
    this.#model = model;
    this.#complain = complain;
    this.#bytesPerMs = bytesPerMs(call.format);
    this.#plan = this.#unheardOf("say");
    this.dialog = call.setup.free
      ? { join: (_call, heed) => this.#joined(heed) }
      : { reply: (history, signal) => this.#answer(history, signal) };
  }

  /** A free dialog does this again. */
  heed(news: DialogNews): void {
    this.#heed(news);
  }

  #joined(heed: (news: DialogNews) => void): FreeDialog {
    this.#heed = heed;
    return {
      tell: () => {},
      speech: (_, signal) => this.#said(this.#plan, signal),
      sound: (_number, _format, signal) => this.#sound(this.#plan, signal),
    };
  }

  /** The call begins a reply: what follows is for it. */
  begin(effect: NotedEffect & { readonly do: "start-reply" }): void {
    const { generation, source } = effect as unknown as Begun;
    if (source.kind === "dialog") this.#history = [...this.#history.slice(0, source.kept), ...source.added];
    const same = this.#freed.signal.aborted
      ? undefined
      : this.#call.replies.find((reply) => reply.generation === generation && this.#beginsNow(reply, source.kind));
    const recorded = same ?? this.#alike(source.kind, questionOf(source));
    const { sentMs, failed } = recorded ?? {};
    this.#plan = recorded
      ? {
          recorded,
          startedMs: same?.startedMs ?? this.#clock.now(),
          unfinished: !same && sentMs === undefined && !failed,
        }
      : this.#unheardOf(source.kind);
  }

  /** A call that has just left the recording may already begin something else under the same number. */
  #beginsNow({ kind, startedMs }: RecordedReply, wanted: RecordedReply["kind"]): boolean {
    return kind === wanted && Math.abs(startedMs - this.#clock.now()) < SAME_INSTANT_MS;
  }

  /** The call has left the recording: what was cut short there may be spoken on. */
  free(): void {
    this.#freed.abort();
  }

  open(): Mouth {
    return { speak: (texts, signal) => this.#speak(this.#plan, texts, signal) };
  }

  async *#answer(history: readonly Said[], signal: AbortSignal): AsyncGenerator<Utterance> {
    if (!isDeepStrictEqual(history, this.#history)) this.#complain(this.#otherHistory(history));
    yield* this.#said(this.#plan, signal);
  }

  async *#said(plan: Plan, signal: AbortSignal): AsyncGenerator<Utterance> {
    const { texts, farewellMs, failed } = plan.recorded;
    const said = texts.map(({ atMs, text }) => ({ atMs, utterance: { kind: "text", text } as const }));
    const farewell = { atMs: farewellMs ?? 0, utterance: { kind: "hang-up" } as const };
    const all = farewellMs === undefined ? said : [...said, farewell].sort((a, b) => a.atMs - b.atMs);
    for (const { atMs, utterance } of all) {
      await this.#until(plan, atMs, signal);
      yield utterance;
    }
    if (failed) return this.#until(plan, failed.atMs, signal);
    if (all.length > 0) return;
    // In the recording it was stopped while it was still thinking, or it was never asked.
    await this.#untilFreed(signal);
    await this.#clock.sleep(this.#model.dialogMs, signal);
    yield { kind: "text", text: UNKNOWN_WORDS };
  }

  async *#sound(plan: Plan, signal: AbortSignal): AsyncGenerator<string> {
    const { pieces, failed } = plan.recorded;
    for (const piece of pieces) {
      await this.#until(plan, piece.atMs, signal);
      if (piece.kind === "said") return;
      yield piece.audio ?? this.#silence(piece.bytes);
    }
    if (failed) {
      await this.#until(plan, failed.atMs, signal);
      throw new ProviderError("recorded", failed.message, failed.retryable);
    }
    if (!plan.unfinished) await this.#untilFreed(signal);
  }

  #otherHistory(given: readonly Said[]): Difference {
    const inWords = (history: readonly Said[]): string =>
      `${history.length} lines, the last “${history.at(-1)?.text ?? ""}”`;
    const was = inWords(this.#history);
    return { atMs: this.#clock.now(), about: "the history given to the dialog", was, now: inWords(given) };
  }

  async *#speak(plan: Plan, texts: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<Spoken> {
    const given = readAll(texts);
    let said = 0;
    let soundMs = 0;
    for (const piece of plan.recorded.pieces) {
      await this.#until(plan, piece.atMs, signal);
      if (piece.kind === "said") {
        said = piece.index + 1;
        soundMs = 0;
        yield { kind: "said", index: piece.index };
      } else {
        soundMs += piece.bytes / this.#bytesPerMs;
        yield { kind: "audio", payload: piece.audio ?? this.#silence(piece.bytes) };
      }
    }
    const { failed, sentMs } = plan.recorded;
    if (failed) {
      await this.#until(plan, failed.atMs, signal);
      throw new ProviderError("recorded", failed.message, failed.retryable);
    }
    if (sentMs !== undefined) return;
    // In the recording it was stopped here. Now too, unless something has become different.
    if (!plan.unfinished) await this.#untilFreed(signal);
    yield* this.#goOn(given, { said, soundMs }, signal);
  }

  /** Speaks the rest of what was cut short, and everything after it. */
  async *#goOn(
    given: Given,
    { said, soundMs }: { readonly said: number; readonly soundMs: number },
    signal: AbortSignal,
  ): AsyncGenerator<Spoken> {
    let sounded = soundMs;
    if (sounded === 0) await this.#clock.sleep(this.#model.firstSoundMs, signal);
    for (let index = said; ; index++) {
      while (index >= given.texts.length && !given.complete) await this.#clock.sleep(PIECE_MS, signal);
      const text = given.texts[index];
      if (text === undefined) return;
      for (; sounded < text.length * this.#model.msPerCharacter; sounded += PIECE_MS) {
        yield { kind: "audio", payload: this.#silence(PIECE_MS * this.#bytesPerMs) };
      }
      sounded = 0;
      yield { kind: "said", index };
    }
  }

  /** Until as long after the plan's beginning as it was in the recording; to the very number when it began at the same instant. */
  async #until({ recorded, startedMs }: Plan, atMs: number, signal: AbortSignal): Promise<void> {
    const dueMs = startedMs === recorded.startedMs ? atMs : startedMs + atMs - recorded.startedMs;
    const waitMs = dueMs - this.#clock.now();
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
    signal.throwIfAborted();
  }

  async #untilFreed(signal: AbortSignal): Promise<void> {
    if (this.#freed.signal.aborted) return;
    await this.#clock
      .sleep(Number.MAX_SAFE_INTEGER, AbortSignal.any([signal, this.#freed.signal]))
      .catch(() => undefined);
    signal.throwIfAborted();
  }

  /** A recorded reply of this kind to the same words, or to those most like them. */
  #alike(kind: RecordedReply["kind"], question: string): RecordedReply | undefined {
    const ranked = this.#call.replies
      .filter((reply) => reply.kind === kind)
      .map((reply) => ({
        reply,
        score: likeness(kind === "dialog" ? reply.question : (reply.texts[0]?.text ?? ""), question),
      }))
      .sort((a, b) => b.score - a.score);
    return ranked[0] && (ranked[0].score > 0 || kind === "dialog") ? ranked[0].reply : undefined;
  }

  #unheardOf(kind: RecordedReply["kind"]): Plan {
    const startedMs = this.#clock.now();
    return { recorded: { kind, question: "", startedMs, texts: [], pieces: [] }, startedMs, unfinished: true };
  }

  #silence(bytes: number): string {
    return Buffer.alloc(Math.round(bytes), silenceByte(this.#call.format)).toString("base64");
  }
}

type Given = { readonly texts: readonly string[]; readonly complete: boolean };

/** Takes texts as they come, without waiting for their sound. */
function readAll(source: AsyncIterable<string>): Given {
  const texts: string[] = [];
  const given = { texts, complete: false };
  const reading = async (): Promise<void> => {
    for await (const text of source) texts.push(text);
    given.complete = true;
  };
  // It fails only when it is aborted, and then nobody waits for it any more.
  reading().catch(() => undefined);
  return given;
}

type Begun = {
  readonly generation: number;
  readonly source:
    | { readonly kind: "dialog"; readonly kept: number; readonly added: readonly Said[] }
    | { readonly kind: "say"; readonly texts: readonly string[] }
    | { readonly kind: Exclude<RecordedReply["kind"], "dialog" | "say"> };
};

function questionOf(source: Begun["source"]): string {
  if (source.kind === "dialog") return source.added.findLast(({ by }) => by === "caller")?.text ?? "";
  return source.kind === "say" ? (source.texts[0] ?? "") : "";
}

/** The share of words that both have; 1 for the same text. */
function likeness(a: string, b: string): number {
  if (a === b) return 1;
  const words = new Set(a.split(/\s+/));
  const others = b.split(/\s+/);
  return (0.99 * others.filter((word) => words.has(word)).length) / Math.max(words.size, others.length);
}
