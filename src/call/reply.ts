import { dtmfTones } from "../audio/dtmf.ts";
import type { AudioFormat } from "../audio/format.ts";
import { Reframer } from "../audio/reframe.ts";
import type { Framing } from "../carrier/carrier.ts";
import type { DialogAgent, FreeDialog, TokenUsage, Utterance } from "../dialog/dialog.ts";
import { abortable } from "../kit/abortable.ts";
import { ProviderError } from "../kit/provider-error.ts";
import type { Mouth, Spoken } from "../speech/speech.ts";
import type { ReplyNews, ReplySource } from "./events.ts";
import type { Playout } from "./playout.ts";

/** A recording for when nothing can be said any more: what it says, and its audio in the line's format. */
export type Apology = { readonly text: string; readonly audio: Buffer };

export type ReplyParts = {
  /** One that is asked, or one that has joined. */
  readonly dialog: DialogAgent | FreeDialog;
  readonly mouth: Mouth;
  readonly format: AudioFormat;
  /** Sound that comes from elsewhere than the mouth is noted as what the mouth says is. */
  readonly noted: (spoken: AsyncIterable<Spoken>) => AsyncIterable<Spoken>;
  readonly playout: Playout;
  readonly framing: Framing;
  readonly apology: () => Apology;
  /** Puts the mark behind the `piece`-th text. */
  readonly mark: (piece: number) => void;
  readonly tell: (event: ReplyNews) => void;
  /** What an answer cost. */
  readonly spend: (usage: TokenUsage) => void;
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
    case "apology": {
      const { text, audio } = parts.apology();
      return sound(parts, text, [audio.toString("base64")]);
    }
    case "digits":
      return parts.noted(sound(parts, "", [dtmfTones(source.digits, parts.format).toString("base64")]));
    case "say":
      return parts.mouth.speak(said(parts, source.texts), signal);
    case "dialog":
      return parts.mouth.speak(words(parts, asked(parts.dialog).reply(source.history, signal), signal), signal);
    case "speech": {
      const dialog = joined(parts.dialog);
      if (source.of === "sound")
        return parts.noted(sound(parts, "", dialog.sound(source.speech, parts.format, signal)));
      return parts.mouth.speak(words(parts, dialog.speech(source.speech, signal), signal), signal);
    }
  }
}

function asked(dialog: ReplyParts["dialog"]): DialogAgent {
  if ("reply" in dialog) return dialog;
  throw new Error("a free dialog is not asked");
}

function joined(dialog: ReplyParts["dialog"]): FreeDialog {
  if ("speech" in dialog) return dialog;
  throw new Error("this dialog says nothing unasked");
}

async function* words(
  { tell, spend }: ReplyParts,
  utterances: AsyncIterable<Utterance>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for await (const utterance of abortable(utterances, signal)) {
    switch (utterance.kind) {
      case "hang-up":
        tell({ kind: "farewell" });
        break;
      case "usage":
        spend(utterance.usage);
        break;
      case "text":
        tell({ kind: "generated", text: utterance.text });
        yield utterance.text;
        break;
      default:
        utterance satisfies never;
    }
  }
}

async function* said({ tell }: ReplyParts, texts: readonly string[]): AsyncGenerator<string> {
  for (const text of texts) {
    tell({ kind: "generated", text });
    yield text;
  }
}

/** What needs no voice: base64 in the line's format. */
async function* sound(
  { tell }: ReplyParts,
  text: string,
  payloads: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<Spoken> {
  tell({ kind: "generated", text });
  for await (const payload of payloads) yield { kind: "audio", payload };
  yield { kind: "said", index: 0 };
}
