import { z } from "zod";
import { type Complaint, isBase64, jsonOf, type Reading, startsWithRiff, type Wire } from "./wire.ts";

const streamSid = z.string();
/** Strict: Twilio complains (31951) about fields it does not expect. */
const fromGateway = z.discriminatedUnion("event", [
  z.strictObject({
    event: z.literal("media"),
    streamSid,
    media: z.strictObject({ payload: z.string().refine(isBase64, "payload is not base64") }),
  }),
  z.strictObject({ event: z.literal("mark"), streamSid, mark: z.strictObject({ name: z.string().min(1) }) }),
  z.strictObject({ event: z.literal("clear"), streamSid }),
]);

const MALFORMED = "31950";
const invalid = (detail: string): Reading => ({ complaints: [{ code: "31951", detail }] });

/** Twilio Media Streams: counters are strings, `sampleRate` and `channels` numbers; counting starts with `start`. */
export function twilioWire(call: {
  readonly streamSid: string;
  readonly callSid: string;
  readonly accountSid: string;
  readonly customParameters: Readonly<Record<string, string>>;
}): Wire {
  const { streamSid: sid, callSid, accountSid, customParameters } = call;
  let sequence = 0;
  let chunk = 0;
  const numbered = (event: string, fields: object): string => {
    sequence += 1;
    return JSON.stringify({ event, sequenceNumber: String(sequence), streamSid: sid, ...fields });
  };
  return {
    malformedCode: MALFORMED,
    connected: () => JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }),
    start: () =>
      numbered("start", {
        start: {
          accountSid,
          streamSid: sid,
          callSid,
          tracks: ["inbound"],
          mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
          customParameters,
        },
      }),
    media(audio, atMs) {
      chunk += 1;
      const payload = audio.toString("base64");
      return numbered("media", {
        media: { track: "inbound", chunk: String(chunk), timestamp: String(Math.round(atMs)), payload },
      });
    },
    key: (digit) => numbered("dtmf", { dtmf: { track: "inbound_track", digit } }),
    mark: (name) => numbered("mark", { mark: { name } }),
    stop: () => numbered("stop", { stop: { accountSid, callSid } }),
    read(text) {
      const json = jsonOf(text);
      if (json === undefined) return { complaints: [{ code: MALFORMED, detail: "not JSON" }] };
      const parsed = fromGateway.safeParse(json);
      if (!parsed.success) return invalid(z.prettifyError(parsed.error));
      const said = parsed.data;
      if (said.streamSid !== sid) return invalid(`streamSid ${said.streamSid} is not this stream's`);
      switch (said.event) {
        case "media":
          return twilioMedia(Buffer.from(said.media.payload, "base64"));
        case "mark":
          return { message: { kind: "mark", name: said.mark.name }, complaints: [] };
        case "clear":
          return { message: { kind: "clear" }, complaints: [] };
        default:
          return said satisfies never;
      }
    },
  };
}

/** A file header is played, as noise; Twilio says nothing, so the name of the complaint is ours. */
function twilioMedia(audio: Buffer): Reading {
  const complaints: Complaint[] = startsWithRiff(audio) ? [{ code: "header", detail: "payload starts with RIFF" }] : [];
  return { message: { kind: "media", audio }, complaints };
}
