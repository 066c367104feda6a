import { z } from "zod";
import type { Dialect, LineEvent, Malformed } from "./carrier.ts";
import { soundIn, wireDigit, wireMark, wireSound } from "./wire.ts";

/** Twilio's Media Streams, as everybody speaks them who took them over: every message but `start`, in which they differ. */

export const streamMessages = [
  z.object({ event: z.literal("connected") }),
  z.object({ event: z.literal("media"), media: wireSound }),
  z.object({ event: z.literal("dtmf"), dtmf: z.object({ digit: wireDigit }) }),
  z.object({ event: z.literal("mark"), mark: z.object({ name: wireMark }) }),
  z.object({ event: z.literal("stop") }),
] as const;

type StreamMessage = z.output<(typeof streamMessages)[number]>;

/** `text`: the message as it was sent. */
export function streamEvent(said: StreamMessage, text: string): LineEvent | Malformed | undefined {
  switch (said.event) {
    case "connected":
      return undefined;
    case "media":
      return soundIn(text, said.media);
    case "dtmf":
      return { kind: "key", digit: said.dtmf.digit };
    case "mark":
      return { kind: "played", mark: said.mark.name };
    case "stop":
      return { kind: "stopped", reason: "stop" };
    default:
      return said satisfies never;
  }
}

/** Twilio drops audio silently after a field too many or a wrong `streamSid`, so this is the exact form and nothing else. */
export const encodeStream: Dialect["encode"] = (command, stream) => {
  const id = JSON.stringify(stream.id);
  switch (command.kind) {
    case "play":
      return `{"event":"media","streamSid":${id},"media":{"payload":"${command.payload}"}}`;
    case "mark":
      return `{"event":"mark","streamSid":${id},"mark":{"name":${JSON.stringify(command.mark)}}}`;
    case "clear":
      return `{"event":"clear","streamSid":${id}}`;
    default:
      return command satisfies never;
  }
};
