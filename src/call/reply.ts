import { Reframer } from "../audio/reframe.ts";
import type { Framing } from "../carrier/carrier.ts";
import type { DialogAgent } from "../dialog/dialog.ts";
import { abortable } from "../kit/abortable.ts";
import { ProviderError } from "../kit/provider-error.ts";
import type { Mouth, Spoken } from "../speech/speech.ts";
import type { ReplyNews, ReplySource } from "./events.ts";
import type { Playout } from "./playout.ts";

/** A recording for when nothing can be said any more: what it says, and its audio in the line's format. */
export type Apology = { readonly text: string; readonly audio: Buffer };

export type ReplyParts = {
  readonly dialog: DialogAgent;
  readonly mouth: Mouth;
  readonly playout: Playout;
  readonly framing: Framing;
  readonly apology: () => Apology;
  /** Puts the mark behind the `piece`-th text. */
  readonly mark: (piece: number) => void;
  readonly tell: (event: ReplyNews) => void;
};

/**
 * One thing the agent says, from the first word to the last sample sent. It tells what happens as it happens, never throws, and
 * once `signal` has aborted nothing of it is sent, told or waited for.
 */
export async function reply(parts: ReplyParts, source: ReplySource, signal: AbortSignal): Promise<void> {
  const { playout, tell } = parts;
  let audioMs = 0;

  async function play(frame: string): Promise<void> {
    const ms = await playout.play(frame, signal);
    if (audioMs === 0) tell({ kind: "audible" });
    audioMs += ms;
  }

  try {
    const frames = new Reframer(parts.framing);
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
      return parts.mouth.speak(said(parts, source.texts), signal);
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

async function* said({ tell }: ReplyParts, texts: readonly string[]): AsyncGenerator<string> {
  for (const text of texts) {
    tell({ kind: "generated", text });
    yield text;
  }
}

async function* recording({ apology, tell }: ReplyParts): AsyncGenerator<Spoken> {
  const { text, audio } = apology();
  tell({ kind: "generated", text });
  yield { kind: "audio", payload: audio.toString("base64") };
  yield { kind: "said", index: 0 };
}
