import { abortable } from "../../kit/abortable.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";
import type { Log } from "../../kit/log.ts";
import type { Meter } from "../../kit/meter.ts";
import { gaugedSockets } from "../../kit/open-sockets.ts";
import { type OpenSocket, openSocket } from "../../kit/socket.ts";
import type { Mouth, Spoken, TextToSpeech } from "../speech.ts";
import { configMessage } from "./tts-config.ts";
import { streamSpeech } from "./tts-http.ts";
import { TtsPair } from "./tts-pair.ts";
import { TtsReply } from "./tts-reply.ts";

type SarvamMouthOptions = {
  /** An http or https origin; the socket's ws or wss is derived from it. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  /** [openSocket] */
  readonly open?: OpenSocket;
};

/**
 * Sarvam's text-to-speech over its socket, with a warm spare per call, and over its HTTP stream where the socket is refused.
 * `open` throws a plain Error, naming the fields, for a voice that the model cannot speak with.
 *
 * Counts `tts_sockets_opened`, `tts_spare_used`, `tts_reconnects` (opened in place of a lost one), `tts_resumed` (texts spoken
 * again after a loss), `tts_second_mouth`, `tts_malformed`, `tts_audio_capped`, `tts_failures` (replies that were not spoken to
 * their end); keeps the gauge `tts_sockets_open`.
 */
export function sarvamMouth(options: SarvamMouthOptions): TextToSpeech {
  const { baseUrl, apiKey, clock, ids, log, meter } = options;
  const open = gaugedSockets(options.open ?? openSocket, meter, "tts");
  return {
    open({ format, voice }, callSignal) {
      const config = configMessage(voice, format);
      const pair = new TtsPair({ url: socketUrl(baseUrl, voice.model), apiKey, config, clock, ids, log, meter, open });
      if (callSignal.aborted) pair.close();
      callSignal.addEventListener("abort", () => pair.close(), { once: true });
      const http = { baseUrl, apiKey, voice, format, clock, ids };
      const stream = (text: string, signal: AbortSignal) => streamSpeech(http, text, signal);
      let reply: TtsReply | undefined;
      const begin = (): TtsReply => {
        if (reply?.over === false) throw new Error("a mouth speaks one reply at a time");
        reply = new TtsReply({ pair, stream, format, clock, ids, meter });
        return reply;
      };
      return { speak: (texts, signal) => speak(begin, texts, [signal, callSignal]) } satisfies Mouth;
    },
  };
}

function socketUrl(baseUrl: string, model: string): string {
  const url = new URL("/text-to-speech/ws", baseUrl);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = new URLSearchParams({ model, send_completion_event: "true" }).toString();
  return url.href;
}

async function* speak(
  begin: () => TtsReply,
  texts: AsyncIterable<string>,
  signals: readonly AbortSignal[],
): AsyncGenerator<Spoken> {
  for (const signal of signals) signal.throwIfAborted();
  const reply = begin();
  const stop = new AbortController();
  // Not AbortSignal.any: the call's signal outlives many replies and would remember each of them.
  const onAbort = (event: Event): void => {
    reply.abandon();
    stop.abort(event.target instanceof AbortSignal ? event.target.reason : undefined);
  };
  for (const signal of signals) signal.addEventListener("abort", onAbort);
  void feed(reply, texts, stop.signal);
  try {
    yield* abortable(reply.out, stop.signal);
    reply.throwIfFailed();
  } finally {
    for (const signal of signals) signal.removeEventListener("abort", onAbort);
    reply.abandon();
    stop.abort();
  }
}

/** Never rejects: what goes wrong with the texts comes out where the reply is read, behind those that came before. */
async function feed(reply: TtsReply, texts: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  try {
    for await (const text of abortable(texts, signal)) reply.add(text);
    reply.end();
  } catch (error) {
    reply.end(error);
  }
}
