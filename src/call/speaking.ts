import type { Draft } from "./draft.ts";
import type { ReplySource } from "./events.ts";
import type { Reply } from "./turn.ts";

/** How the agent begins to say something. */

/** Says texts of our own, as a turn of its own. */
export function say(draft: Draft, texts: readonly string[], more: Partial<Reply> = {}): void {
  draft.openTurn();
  start(draft, { kind: "say", texts }, more);
}

export function start(draft: Draft, source: ReplySource, more: Partial<Reply> = {}): void {
  const generation = draft.talk.generation + 1;
  const fresh = { generation, requestedMs: draft.atMs, pieces: [], heard: 0, interruptible: "any" } as const;
  const { thinkMs, voiceMs } = draft.rules.policy.reply;
  draft.cancelTimer("silence");
  draft.setTimer("sound", source.kind === "dialog" || source.kind === "speech" ? thinkMs : voiceMs);
  draft.know({ generation, reply: { ...fresh, ...more }, cut: undefined });
  draft.effects.push({ do: "start-reply", generation, source });
}
