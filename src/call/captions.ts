import type { CallEvent, Effect } from "./events.ts";
import type { Caption } from "./line.ts";
import type { CallState } from "./state.ts";
import { heardText } from "./turn.ts";

/** Tells the captions of a call from what it does. They take no part in it. */
export class Captions {
  #state: "connecting" | (Caption & { kind: "state" })["state"] = "connecting";
  /** What has been shown as final of the turn it belongs to. */
  readonly #shown = { user: { seq: 0, text: "" }, agent: { seq: 0, text: "" } };

  /** After each event, in order. */
  after(event: CallEvent, effects: readonly Effect[], now: CallState): readonly Caption[] {
    const turns = effects.flatMap((effect) => (effect.do === "write-turn" ? [effect.turn] : []));
    return [
      ...turns.flatMap(({ seq, userText }) => this.#final("user", seq, userText)),
      ...soFar(event, now),
      ...turns.flatMap(({ seq, agentHeard }) => this.#final("agent", seq, agentHeard)),
      ...this.#heardYet(now),
      ...this.#changed(now),
    ];
  }

  /** Between the writings of a turn, marks come back one by one. */
  #heardYet(now: CallState): readonly Caption[] {
    if (now.phase !== "open" || !now.talk.reply || !now.talk.turn) return [];
    return this.#final("agent", now.talk.turn.seq, heardText(now.talk.reply));
  }

  #final(who: "user" | "agent", seq: number, text: string): readonly Caption[] {
    const shown = this.#shown[who];
    if (seq !== shown.seq) Object.assign(shown, { seq, text: "" });
    const more = text.slice(shown.text.length).trim();
    if (more === "") return [];
    shown.text = text;
    return [{ kind: "transcript", who, text: more, final: true }];
  }

  #changed(now: CallState): readonly Caption[] {
    const state = stateOf(now);
    if (state === this.#state || state === "connecting") return [];
    this.#state = state;
    return [{ kind: "state", state }];
  }
}

/** Words that may still change, or may never be heard. */
function soFar(event: CallEvent, now: CallState): readonly Caption[] {
  if (now.phase !== "open" || (event.kind !== "partial" && event.kind !== "generated")) return [];
  const { hearing, reply } = now.talk;
  const { text } = event;
  if (text.trim() === "") return [];
  // What comes late, of words that have counted or of a reply that was stopped, is of the past.
  if (event.kind === "generated")
    return event.generation === reply?.generation ? [{ kind: "transcript", who: "agent", text, final: false }] : [];
  const isOpen = hearing.open.some(({ number, partial }) => number === event.utterance && partial === text);
  return isOpen ? [{ kind: "transcript", who: "user", text, final: false }] : [];
}

function stateOf(now: CallState): "connecting" | (Caption & { kind: "state" })["state"] {
  if (now.phase === "opening") return "connecting";
  if (now.phase === "ended") return "ended";
  const { reply, turn } = now.talk;
  if (reply) return reply.audibleMs === undefined ? "thinking" : "speaking";
  return turn?.wordsMs === undefined ? "listening" : "thinking";
}
