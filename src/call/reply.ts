import { Reframer } from "../audio/reframe.ts";
import type { Framing } from "../carrier/carrier.ts";
import type { DialogAgent } from "../dialog/dialog.ts";
import { abortable } from "../kit/abortable.ts";
import { ProviderError } from "../kit/provider-error.ts";
import type { Mouth, Spoken } from "../speech/speech.ts";
import type { ReplyEvent, ReplySource } from "./events.ts";
import type { Playout } from "./playout.ts";

/** A recording for when nothing can be said any more: what it says, and its audio in the line's format. */
export type Apology = { readonly text: string; readonly audio: Buffer };

type Told = ReplyEvent extends infer E ? (E extends ReplyEvent ? Omit<E, "generation"> : never) : never;

export type ReplyParts = {
  readonly dialog: DialogAgent;
  readonly mouth: Mouth;
  readonly playout: Playout;
  readonly framing: Framing;
  readonly apology: () => Apology;
  /** Puts the mark behind the `piece`-th text. */
  readonly mark: (piece: number) => void;
  readonly tell: (event: Told) => void;
};

/**
 * One thing the agent says, from the first word to the last sample sent. It tells what happens as it happens, never throws, and
 * once `signal` has aborted nothing of it is sent, told or waited for.
 */
export async function reply(parts: ReplyParts, source: ReplySource, signal: AbortSignal): Promise<void> {
  const { playout, tell } = parts;
  const frames = new Reframer(parts.framing);
  let audible = false;
  let audioMs = 0;

  async function play(frame: string): Promise<void> {
    audioMs += await playout.play(frame, signal);
    if (!audible) tell({ kind: "audible" });
    audible = true;
  }

  try {
    for await (const spoken of abortable(speak(parts, source, signal), signal)) {
      if (spoken.kind === "audio") {
        for (const frame of frames.push(spoken.payload)) await play(frame);
        continue;
      }
      const rest = frames.flush();
      if (rest !== undefined) await play(rest);
      parts.mark(spoken.index);
      tell({ kind: "sent", piece: spoken.index, audioMs });
      audioMs = 0;
    }
    tell({ kind: "reply-sent", leadMs: playout.leadMs });
  } catch (error) {
    if (signal.aborted) return; // whoever aborted knows why
    const retryable = error instanceof ProviderError && error.retryable;
    tell({ kind: "reply-failed", message: error instanceof Error ? error.message : String(error), retryable });
  }
}

function speak(parts: ReplyParts, source: ReplySource, signal: AbortSignal): AsyncIterable<Spoken> {
  switch (source.kind) {
    case "apology":
      return recording(parts);
    case "say":
      return parts.mouth.speak(said(parts, source.text), signal);
    case "dialog":
      return parts.mouth.speak(words(parts, source.history, signal), signal);
  }
}

async function* words(
  { dialog, tell }: ReplyParts,
  history: (ReplySource & { kind: "dialog" })["history"],
  signal: AbortSignal,
): AsyncGenerator<string> {
  for await (const utterance of abortable(dialog.reply(history, signal), signal)) {
    if (utterance.kind === "hang-up") {
      tell({ kind: "farewell" });
    } else {
      tell({ kind: "generated", text: utterance.text });
      yield utterance.text;
    }
  }
}

async function* said({ tell }: ReplyParts, text: string): AsyncGenerator<string> {
  tell({ kind: "generated", text });
  yield text;
}

async function* recording({ apology, tell }: ReplyParts): AsyncGenerator<Spoken> {
  const { text, audio } = apology();
  tell({ kind: "generated", text });
  yield { kind: "audio", payload: audio.toString("base64") };
  yield { kind: "said", index: 0 };
}
