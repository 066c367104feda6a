import type { Dialect } from "./carrier.ts";
import { twilioLike } from "./twilio-like.ts";
import { SORRY } from "./xml.ts";

export type SignalwireOptions = {
  /** The project's signing key; not the API token. Without it webhooks answer 503. */
  readonly signingKey: string | undefined;
  /** The origin that SignalWire reaches us at. */
  readonly publicUrl: string;
};

/**
 * SignalWire's cXML and its `<Stream>`: Twilio's, to the letter in what we write (SignalWire's docs). In what we read, ids are
 * UUIDs and stand in `start` only, parameters may be absent, a key has a duration; Twilio's reader allows all of that.
 * µ-law, the default, is the codec: the byte order of the others (L16) is written nowhere.
 *
 * How sure: the webhook's signature is that of their own SDKs, for forms, which also allow Twilio's header for it. That an upgrade,
 * were it signed, would be signed as Twilio signs its own is a guess; no document says that it is. A bearer token could be asked for
 * on the upgrade (`authBearerToken`); it would come out of the same document as the ticket, and prove nothing more.
 */
export function signalwire({ signingKey, publicUrl }: SignalwireOptions): Dialect {
  const origin = publicUrl.replace(/\/+$/, "");
  return twilioLike({
    name: "signalwire",
    secret: signingKey,
    secretName: "SIGNALWIRE_SIGNING_KEY",
    signatureHeaders: ["x-signalwire-signature", "x-twilio-signature"],
    streamStatusUrl: `${origin}/signalwire/stream-status`,
    // Their `<Connect>` is documented without an action.
    afterStream: { by: "redirect", url: `${origin}/signalwire/after-stream` },
    sorry: SORRY,
    // Their `<Dial>` has nouns for numbers, SIP and clients of their own kind, none for Twilio's `<Client>`.
    handsOver: ["dial", "conference"],
  });
}
