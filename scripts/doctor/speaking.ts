import type { AgentProfile } from "../../src/dialog/dialog.ts";
import { type Clock, deadline } from "../../src/kit/clock.ts";
import type { Mouth, TextToSpeech } from "../../src/speech/speech.ts";
import type { Tell } from "./finding.ts";
import { speechTodo } from "./speech-trouble.ts";

const LINE = { encoding: "mulaw", rate: 8000 } as const;
const PATIENCE_MS = 20_000;

/** One sentence twice, in the voice that answers: over a new socket, then over one that stands open as in a call. */
export async function checkSpeaking(
  tts: TextToSpeech,
  { voice, phrases }: AgentProfile,
  clock: Clock,
  tell: Tell,
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, deadline(PATIENCE_MS)]);
  const text = phrases.stillThere[0] ?? phrases.sayAgain;
  try {
    const mouth = tts.open({ format: LINE, voice }, signal);
    const cold = await firstAudioMs(mouth, text, clock, signal);
    const warm = await firstAudioMs(mouth, text, clock, signal);
    tell.ok(`speaks with ${voice.speaker}: first audio after ${cold} ms, ${warm} ms once connected`);
  } catch (error) {
    const why = signal.aborted
      ? `no audio within ${PATIENCE_MS / 1000} s`
      : error instanceof Error
        ? error.message
        : String(error);
    tell.fail(`nothing is spoken: ${why}`, speechTodo(why));
  } finally {
    over.abort();
  }
}

async function firstAudioMs(mouth: Mouth, text: string, clock: Clock, signal: AbortSignal): Promise<number> {
  const begunMs = clock.now();
  let firstMs: number | undefined;
  // To its end: a socket whose reply is broken off would be dropped.
  for await (const spoken of mouth.speak(once(text), signal)) {
    if (spoken.kind === "audio") firstMs ??= clock.now() - begunMs;
  }
  if (firstMs === undefined) throw new Error("the answer held no audio");
  return Math.round(firstMs);
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}
