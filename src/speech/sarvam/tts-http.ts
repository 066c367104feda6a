import type { AudioFormat } from "../../audio/format.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";
import { ProviderError } from "../../kit/provider-error.ts";
import { backoffMs } from "../../kit/retry.ts";
import type { Voice } from "../../record/record.ts";
import { BodyAudio } from "./tts-audio.ts";
import { textPieces, voiceFields } from "./tts-config.ts";
import { PROVIDER, quoted } from "./tts-loss.ts";
import { QUIET_MS } from "./tts-patience.ts";

type TtsHttpOptions = {
  /** An http or https origin. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly voice: Voice;
  readonly format: AudioFormat;
  readonly clock: Clock;
  readonly ids: Ids;
};

const ATTEMPTS = 3;
const PAUSE = { firstMs: 250, capMs: 2000 };

/**
 * Speaks one text over `POST /text-to-speech/stream`: base64 in the line's format as the body comes in. A text that breaks off, or
 * has no audio at all, is asked for again from its beginning. Throws ProviderError, or the signal's reason.
 */
export async function* streamSpeech(
  options: TtsHttpOptions,
  text: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for (const piece of textPieces(text)) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        yield* streamOnce(options, piece, signal);
        break;
      } catch (error) {
        signal.throwIfAborted();
        const failure = asProviderError(error);
        if (!failure.retryable || attempt + 1 >= ATTEMPTS) throw failure;
        await options.clock.sleep(backoffMs(attempt, options.ids.chance, PAUSE), signal);
      }
    }
  }
}

async function* streamOnce(options: TtsHttpOptions, text: string, signal: AbortSignal): AsyncGenerator<string> {
  const { apiKey, clock, voice, format } = options;
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const onSilence = (): void =>
    stop.abort(new ProviderError(PROVIDER, `the speech stream said nothing for ${QUIET_MS} ms`, true));
  let cancel = clock.after(QUIET_MS, onSilence);
  try {
    const response = await fetch(new URL("/text-to-speech/stream", options.baseUrl), {
      method: "POST",
      headers: { "api-subscription-key": apiKey, "content-type": "application/json" },
      body: JSON.stringify({ text, model: voice.model, ...voiceFields(voice, format) }),
      // The key must not follow a redirect to another host.
      redirect: "error",
      signal: stop.signal,
    });
    if (!response.ok || !response.body) throw await refusal(response, apiKey);
    const audio = new BodyAudio(format);
    let sounded = false;
    for await (const chunk of response.body) {
      cancel();
      const payload = audio.push(chunk);
      sounded ||= payload !== "";
      if (payload !== "") yield payload;
      cancel();
      cancel = clock.after(QUIET_MS, onSilence);
    }
    const rest = audio.rest();
    if (rest !== "") yield rest;
    else if (!sounded) throw new ProviderError(PROVIDER, "the speech stream answered without any audio", true);
  } finally {
    cancel();
    signal.removeEventListener("abort", onAbort);
    // Ends the request when the body was left unread; after its end this does nothing.
    stop.abort();
  }
}

/** Statuses after which the same request may succeed. Credit that is gone says 429 too, and does not come back by asking. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

async function refusal(response: Response, apiKey: string): Promise<ProviderError> {
  const body = await response.text();
  const code = /"code"\s*:\s*"(\w{1,40})"/.exec(body)?.[1] ?? "without code";
  const retryable = PASSING.includes(response.status) && !body.includes("insufficient_quota_error");
  const why = `HTTP ${response.status}, ${code}: ${quoted(body, apiKey)}`;
  return new ProviderError(PROVIDER, `the speech stream answered ${why}`, retryable);
}

function asProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  return new ProviderError(PROVIDER, "the speech stream broke off", true, error);
}
