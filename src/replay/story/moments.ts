import type { AudioFormat } from "../../audio/format.ts";
import type { CallEvent, ReplySource, Tuning } from "../../call/call.ts";
import type { CallEnd, Decision, Turn } from "../../record/record.ts";
import type { NotedEffect, RecordedCall } from "../again/recorded-call.ts";

/** What became of something the agent meant to say. `unproven`: it was sent to its end, and no mark vouches for it. */
type Fate = "heard" | "cut" | "unproven" | "never said";

/** `isSound`: the text is not said, it tells what is heard. */
export type Piece = { readonly text: string; readonly fate: Fate; readonly isSound?: boolean };

/** Something a person would tell of a call. `atMs`: when it began; `untilMs`: when it was over, where that is known. */
export type Moment = { readonly atMs: number } & (
  | { readonly kind: "line"; readonly format: AudioFormat }
  /** `words` is empty where none were found. `sure`: they are the transcript, not a guess that came before it. */
  | { readonly kind: "caller"; readonly words: string; readonly sure: boolean; readonly untilMs?: number }
  | { readonly kind: "keys"; readonly digits: string }
  | { readonly kind: "written"; readonly text: string }
  | { readonly kind: "retuned"; readonly tuning: Tuning }
  | { readonly kind: "recording"; readonly on: boolean }
  | { readonly kind: "agent"; readonly pieces: readonly Piece[]; readonly untilMs?: number }
  | { readonly kind: "decision"; readonly decision: Decision }
);

/** A call as it is told: what happened, in order; each turn as it was written last; how it ended, if it did. */
export type Told = { readonly moments: readonly Moment[]; readonly turns: readonly Turn[]; readonly end?: CallEnd };

export function tell({ events, setup }: RecordedCall): Told {
  const telling = new Telling(setup.free === true);
  for (const { event, effects } of events) {
    telling.hear(event);
    for (const effect of effects) telling.see(effect, event.atMs);
  }
  return telling.told();
}

type Utterance = { startedMs: number; words: string; sure: boolean; untilMs?: number };

type Reply = {
  readonly generation: number;
  readonly texts: string[];
  /** What is heard where there are no words. */
  readonly sound: string;
  audibleMs?: number;
  begun: number;
  sent: number;
  heard: number;
  stoppedMs?: number;
  heardMs?: number;
};

/** What happened, in the order it began, although most of it is known only later: hence functions, asked at the end. */
class Telling {
  readonly #moments: (() => Moment | undefined)[] = [];
  readonly #utterances = new Map<number, Utterance>();
  readonly #turns = new Map<number, Turn>();
  #reply: Reply | undefined;
  #keys: { readonly atMs: number; digits: string } | undefined;
  #end: CallEnd | undefined;
  /** A free dialog takes keys one by one: those in a row belong together. */
  readonly #free: boolean;

  constructor(free: boolean) {
    this.#free = free;
  }

  told(): Told {
    const moments = this.#moments.flatMap((moment) => moment() ?? []);
    return {
      // What happened at one instant stays in order.
      moments: moments.toSorted((a, b) => a.atMs - b.atMs),
      turns: [...this.#turns.values()].toSorted((a, b) => a.seq - b.seq),
      ...(this.#end ? { end: this.#end } : {}),
    };
  }

  hear(event: CallEvent): void {
    const { atMs } = event;
    if ("utterance" in event) this.#caller(event);
    else if ("generation" in event) this.#agent(event);
    else if (event.kind === "played") this.#mark(event.mark, atMs);
    else if (event.kind === "key") this.#key(event.digit, atMs);
    else if (event.kind === "text") this.#moments.push(() => ({ atMs, kind: "written", text: event.text.trim() }));
    else if (event.kind === "started") this.#moments.push(() => ({ atMs, kind: "line", format: event.format }));
  }

  see(effect: NotedEffect, atMs: number): void {
    switch (effect.do) {
      case "decide": {
        const decision = effect["decision"] as Decision;
        if (decision.why === "keys") this.#keys = undefined; // they are words now
        this.#moments.push(() => ({ atMs, kind: "decision", decision }));
        return;
      }
      case "start-reply":
        if (this.#free) this.#keys = undefined;
        return this.#begin(effect["generation"] as number, atMs, soundOf(effect["source"] as ReplySource));
      case "retune": {
        const tuning = effect["tuning"] as Tuning;
        this.#moments.push(() => ({ atMs, kind: "retuned", tuning }));
        return;
      }
      case "record": {
        const on = effect["on"] as boolean;
        this.#moments.push(() => ({ atMs, kind: "recording", on }));
        return;
      }
      case "stop-reply":
        if (this.#reply) this.#reply.stoppedMs = atMs;
        this.#reply = undefined;
        return;
      case "write-turn": {
        const turn = effect["turn"] as Turn;
        this.#turns.set(turn.seq, turn);
        return;
      }
      case "end":
        this.#end = effect["end"] as CallEnd;
    }
  }

  #caller(event: CallEvent & { readonly utterance: number }): void {
    const known = this.#utterances.get(event.utterance);
    const utterance = known ?? { startedMs: event.atMs, words: "", sure: false };
    if (!known) {
      this.#utterances.set(event.utterance, utterance);
      this.#moments.push(() => {
        const { startedMs: atMs, ...rest } = utterance;
        return { atMs, kind: "caller", ...rest };
      });
    }
    if (event.kind === "speech-ended") utterance.untilMs = event.atMs;
    if (event.kind !== "partial" && event.kind !== "final") return;
    if (event.text.trim() === "" || (utterance.sure && event.kind === "partial")) return;
    utterance.words = event.text.trim();
    utterance.sure = event.kind === "final";
  }

  #begin(generation: number, startedMs: number, sound: string): void {
    const reply: Reply = { generation, texts: [], sound, begun: 0, sent: 0, heard: 0 };
    this.#reply = reply;
    this.#moments.push(() => {
      const untilMs = reply.stoppedMs ?? (reply.heard === reply.texts.length ? reply.heardMs : undefined);
      const pieces = reply.texts.map((text, index) => {
        const fate = fateOf(reply, index);
        return text === "" && sound !== "" ? { text: sound, fate, isSound: true } : { text, fate };
      });
      if (pieces.length === 0) return undefined;
      return {
        atMs: reply.audibleMs ?? startedMs,
        kind: "agent",
        pieces,
        ...(untilMs === undefined ? {} : { untilMs }),
      };
    });
  }

  #agent(event: CallEvent & { readonly generation: number }): void {
    const reply = this.#reply;
    if (reply?.generation !== event.generation) return; // from one already stopped
    if (event.kind === "generated") reply.texts.push(event.text);
    else if (event.kind === "sent") reply.sent = event.piece + 1;
    else if (event.kind === "audible") {
      reply.audibleMs ??= event.atMs;
      reply.begun += 1;
    }
  }

  #mark(mark: string, atMs: number): void {
    const reply = this.#reply;
    const [generation, piece] = mark.split(":");
    if (!reply || generation !== `g${reply.generation}`) return;
    reply.heard = Math.max(reply.heard, Number(piece) + 1);
    reply.heardMs = atMs;
  }

  #key(digit: string, atMs: number): void {
    if (this.#keys) {
      this.#keys.digits += digit;
      return;
    }
    const keys = { atMs, digits: digit };
    this.#keys = keys;
    this.#moments.push(() => ({ kind: "keys", ...keys }));
  }
}

const soundOf = (source: ReplySource): string =>
  source.kind === "digits" ? `the keys ${[...source.digits].join(" ")}` : source.kind === "speech" ? "a sound" : "";

function fateOf({ heard, begun, sent, stoppedMs }: Reply, index: number): Fate {
  if (index < heard) return "heard";
  if (index >= begun) return "never said";
  return stoppedMs === undefined && index < sent ? "unproven" : "cut";
}
