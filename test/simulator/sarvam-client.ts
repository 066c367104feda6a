import { once } from "node:events";
import { WebSocket } from "ws";
import { encodeSamples, SampleReader } from "../../src/simulator/sarvam/samples.ts";
import type { SarvamSimulator } from "../../src/simulator/sarvam/sarvam.ts";
import { voice } from "../../src/simulator/voices.ts";

export const KEY = "sk_test";

export type Message = { readonly [name: string]: unknown };
/** A close code and reason; or the HTTP status and body of a refused upgrade. */
type Ended = { readonly code: number; readonly reason: string; readonly status: number };

/** A plain client that keeps everything it was sent. */
export type Client = {
  readonly socket: WebSocket;
  readonly messages: Message[];
  /** Frames that are no JSON text. */
  readonly strange: string[];
  readonly ended: Promise<Ended>;
  send(message: object): void;
  /** The first message, also among those already here, that `match` accepts. */
  until(match: (message: Message) => boolean): Promise<Message>;
};

/** Dials `path` with the key in a header. Resolves when it is open, or when it never will be. */
export async function dial(
  simulator: SarvamSimulator,
  path: string,
  {
    headers = { "api-subscription-key": KEY },
    protocols = [],
  }: { headers?: Record<string, string>; protocols?: string[] } = {},
): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${simulator.port}${path}`, protocols, {
    headers,
    perMessageDeflate: false,
  });
  const messages: Message[] = [];
  const strange: string[] = [];
  const waiting = new Set<() => void>();
  socket.on("error", () => {
    // The end tells all there is to tell.
  });
  socket.on("message", (data, isBinary) => {
    const text = String(data);
    if (isBinary || !text.startsWith("{")) strange.push(isBinary ? "binary" : text);
    else messages.push(JSON.parse(text));
    for (const check of waiting) check();
  });
  const ended = new Promise<Ended>((resolve) => {
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString(), status: 101 }));
    // `ws` leaves a refused upgrade to whoever listens to this.
    socket.on("unexpected-response", (_, response) => {
      const parts: Buffer[] = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => {
        resolve({ code: 0, reason: Buffer.concat(parts).toString(), status: response.statusCode ?? 0 });
      });
    });
  });
  await Promise.race([once(socket, "open"), ended]);
  return {
    socket,
    messages,
    strange,
    ended,
    send: (message) => socket.send(JSON.stringify(message)),
    until: (match) =>
      new Promise((resolve) => {
        const check = (): void => {
          const found = messages.find(match);
          if (!found) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
  };
}

export const event = (name: string) => (message: Message) => message["event"] === name;
export const type = (name: string) => (message: Message) => message["type"] === name;

/** µ-law silence. */
export const quiet = (ms: number): Buffer => Buffer.alloc(ms * 8, 0xff);

/** A committed voice with silence behind it, µ-law. */
export const said = (name: string, silenceMs = 700): Buffer => Buffer.concat([voice(name).audio, quiet(silenceMs)]);

export const toPcm = (mulaw: Buffer): Buffer => encodeSamples(new SampleReader("mulaw").read(mulaw), "linear16");

export function* frames(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** All at once: the simulator goes by the audio's own time. */
export function sendRealtime(client: Client, bytes: Buffer, size = 160): void {
  for (const frame of frames(bytes, size)) client.send({ event: "audio_input", audio: frame.toString("base64") });
}

export function sendStreaming(client: Client, pcm: Buffer, rate = 8000): void {
  for (const frame of frames(pcm, 640)) {
    client.send({ audio: { data: frame.toString("base64"), sample_rate: rate, encoding: "audio/wav" } });
  }
}

export const REALTIME = "/speech-to-text-realtime/ws?language_code=auto&encoding=mulaw&sample_rate=8000";
export const STREAMING =
  "/speech-to-text/ws?language-code=unknown&model=saaras:v3&sample_rate=8000&input_audio_codec=pcm_s16le&vad_signals=true&flush_signal=true";
export const TTS = "/text-to-speech/ws?model=bulbul:v3&send_completion_event=true";
export const MULAW = {
  type: "config",
  data: {
    target_language_code: "hi-IN",
    speaker: "shubh",
    output_audio_codec: "mulaw",
    speech_sample_rate: 8000,
  },
};
