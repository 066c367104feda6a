import type { SpeechToText, TextToSpeech } from "../../src/speech/speech.ts";

/** An ear and a mouth that answer at once, and tell when they were opened and let go, what they heard and said. */
export function speech() {
  const told = { ears: 0, mouths: 0, open: 0, heard: [] as string[], spoken: [] as string[] };
  const opened = (signal: AbortSignal) => {
    told.open++;
    signal.addEventListener("abort", () => told.open--);
  };
  const stt: SpeechToText = {
    listen(_options, signal) {
      told.ears++;
      opened(signal);
      return {
        hear: (payload) => void told.heard.push(payload),
        async *[Symbol.asyncIterator]() {
          await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        },
      };
    },
  };
  const tts: TextToSpeech = {
    open(_options, signal) {
      told.mouths++;
      opened(signal);
      return {
        async *speak(texts) {
          let index = 0;
          for await (const text of texts) {
            const sound = Buffer.from(Array.from({ length: 480 * text.length }, (_, at) => at % 251));
            told.spoken.push(sound.toString("base64"));
            yield { kind: "audio", payload: sound.toString("base64") };
            yield { kind: "said", index };
            index++;
          }
        },
      };
    },
  };
  return { stt, tts, told };
}
