import type { AudioFormat } from "../../src/audio/format.ts";
import type { SarvamSimulator, SocketRecord } from "../../src/simulator/sarvam/sarvam.ts";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";

/** What the imitated Sarvam really spoke, text by text. */
export type Speech = {
  /** The audio of a text, as far as it was made, for lines of this format. */
  voiceOf(text: string, format: AudioFormat): Buffer;
  /** Every text spoken for lines of this format. */
  texts(format: AudioFormat): readonly string[];
};

/** Must be called before the first call: `final` events tell where the audio of one text ends. */
export function speechOf(simulator: SarvamSimulator): Speech {
  const ends = new Map<SocketRecord, number[]>();
  simulator.wire.on(({ kind, socket }) => {
    if (kind === "tts-final-sent") ends.set(socket, [...(ends.get(socket) ?? []), socket.audioOut.length]);
  });
  const spoken = (format: AudioFormat): readonly { readonly text: string; readonly audio: Buffer }[] =>
    simulator.wire.sockets
      .filter((socket) => socket.kind === "tts" && speaks(socket, format))
      .flatMap((socket) =>
        socket.texts.map((text, index) => ({ text, audio: stretch(socket, ends.get(socket), index) })),
      );
  return {
    voiceOf: (text, format) => {
      const takes = spoken(format).filter((take) => take.text === text);
      const longest = takes.toSorted((one, other) => other.audio.length - one.audio.length)[0];
      return longest?.audio ?? Buffer.alloc(0);
    },
    texts: (format) => [...new Set(spoken(format).map(({ text }) => text))],
  };
}

const speaks = ({ configs }: SocketRecord, { encoding, rate }: AudioFormat): boolean =>
  configs.some((config) => config["output_audio_codec"] === encoding && Number(config["speech_sample_rate"]) === rate);

const stretch = ({ audioOut }: SocketRecord, ends: readonly number[] = [], index: number): Buffer =>
  Buffer.concat(audioOut.slice(index === 0 ? 0 : (ends[index - 1] ?? audioOut.length), ends[index] ?? audioOut.length));

/** A run of media messages that a mark or a `clear` ended, or the call. `text`: whose audio it is, by its bytes. */
export type Run = {
  readonly text: string;
  /** All of its audio came, and nothing else but padding. */
  readonly whole: boolean;
  readonly bytes: number;
  readonly paddingBytes: number;
  readonly endedBy: { readonly mark: string } | "clear" | "end";
};

/** What the twin received, told by the bytes and not by what the gateway calls them. Throws on bytes that no text explains. */
export function runsOf(call: TwinCall, speech: Speech): readonly Run[] {
  const runs: Run[] = [];
  let media: Buffer[] = [];
  let message = 0;
  const close = (endedBy: Run["endedBy"]): void => {
    const bytes = Buffer.concat(media);
    media = [];
    if (bytes.length > 0) runs.push({ ...explain(bytes, call.format, speech), bytes: bytes.length, endedBy });
    else if (endedBy === "clear") runs.push({ text: "", whole: false, bytes: 0, paddingBytes: 0, endedBy });
  };
  for (const arrival of call.arrivals) {
    if (arrival.kind === "media") media.push(call.received[message++] ?? Buffer.alloc(0));
    else close(arrival.kind === "mark" ? { mark: arrival.name } : "clear");
  }
  close("end");
  return runs;
}

function explain(bytes: Buffer, format: AudioFormat, speech: Speech): Pick<Run, "text" | "whole" | "paddingBytes"> {
  for (const text of speech.texts(format)) {
    const voice = speech.voiceOf(text, format);
    const common = Math.min(voice.length, bytes.length);
    if (common === 0 || !voice.subarray(0, common).equals(bytes.subarray(0, common))) continue;
    const padding = bytes.subarray(common);
    if (padding.every((byte) => byte === 0))
      return { text, whole: common === voice.length, paddingBytes: padding.length };
  }
  throw new Error(`${bytes.length} bytes came that are the beginning of nothing that was spoken`);
}

/** The texts of a call in the order they came, `…` behind those that were cut short, `clear` where the line was cleared. */
export const playlist = (call: TwinCall, speech: Speech): readonly string[] =>
  runsOf(call, speech).flatMap(({ text, whole, endedBy }) => [
    ...(text === "" ? [] : [whole && endedBy !== "clear" ? text : `${text} …`]),
    ...(endedBy === "clear" ? ["clear"] : []),
  ]);
