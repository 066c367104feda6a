import type { Dialect } from "./carrier.ts";
import { twilioLike } from "./twilio-like.ts";
import { SORRY } from "./xml.ts";

export type TwilioOptions = {
  /** Signs everything Twilio sends us. Without it webhooks answer 503. */
  readonly authToken: string | undefined;
  /** The origin that Twilio reaches us at; our own URLs in TwiML are made from it. */
  readonly publicUrl: string;
  /** Said when the stream cannot be opened. */
  readonly fallbackText?: string | undefined;
};

/** Twilio Media Streams, bidirectional: the model that the others of its kind differ from. */
export function twilio({ authToken, publicUrl, fallbackText: sorry = SORRY }: TwilioOptions): Dialect {
  const origin = publicUrl.replace(/\/+$/, "");
  return twilioLike({
    name: "twilio",
    secret: authToken,
    secretName: "TWILIO_AUTH_TOKEN",
    signatureHeaders: ["x-twilio-signature"],
    streamStatusUrl: `${origin}/twilio/stream-status`,
    afterStream: { by: "action", url: `${origin}/twilio/after-stream`, sorry },
    sorry,
    handsOver: ["dial", "client", "conference"],
  });
}
