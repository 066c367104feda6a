import type { CarrierControl, Dialect } from "./carrier.ts";
import { type ExotelOptions, exotel } from "./exotel.ts";
import { exotelControl } from "./exotel-rest.ts";
import { plivo } from "./plivo.ts";
import { plivoHangUp, signalwireHangUp, telnyxHangUp } from "./rest-hang-up.ts";
import { signalwire } from "./signalwire.ts";
import { telnyx } from "./telnyx.ts";
import { twilio } from "./twilio.ts";
import { twilioControl } from "./twilio-rest.ts";
import { web } from "./web.ts";

type Secret = string | undefined;

export type CarrierSettings = {
  readonly twilio: { readonly accountSid: Secret; readonly authToken: Secret; readonly apiBaseUrl: string | undefined };
  readonly exotel: Pick<ExotelOptions, "allowedIps" | "minFrameBytes"> & {
    readonly streamUser: Secret;
    readonly streamPassword: Secret;
    readonly accountSid: Secret;
    readonly apiKey: Secret;
    readonly apiToken: Secret;
    readonly apiBaseUrl: string | undefined;
  };
  readonly plivo: { readonly authId: Secret; readonly authToken: Secret };
  readonly telnyx: { readonly publicKey: Secret; readonly apiKey: Secret };
  readonly signalwire: {
    readonly projectId: Secret;
    readonly apiToken: Secret;
    readonly space: string | undefined;
    readonly signingKey: Secret;
  };
  /** `corsOrigins`: whose pages may open a web line beside ours; nobody's unless said. */
  readonly access?: { readonly corsOrigins: readonly string[] };
};

type Reachable = CarrierControl & { readonly dialect: Dialect };

/**
 * Every carrier we can talk to. One without credentials is among them, and refuses by itself. `wall`: milliseconds since 1970, for
 * signatures that say when they were made.
 */
export function allCarriers(settings: CarrierSettings, publicUrl: string, wall: () => number): readonly Reachable[] {
  const { streamUser: user, streamPassword: password, allowedIps, minFrameBytes } = settings.exotel;
  return [
    { dialect: twilio({ authToken: settings.twilio.authToken, publicUrl }), ...twilioRest(settings.twilio) },
    { dialect: exotel({ user, password, allowedIps, minFrameBytes }), ...exotelRest(settings.exotel) },
    { dialect: plivo({ authToken: settings.plivo.authToken, publicUrl }), ...plivoRest(settings.plivo) },
    {
      dialect: telnyx({ publicKey: settings.telnyx.publicKey, publicUrl, wall }),
      ...telnyxRest(settings.telnyx),
    },
    {
      dialect: signalwire({ signingKey: settings.signalwire.signingKey, publicUrl }),
      ...signalwireRest(settings.signalwire),
    },
    // The last: it reads whatever Twilio sends, too.
    { dialect: web({ publicUrl, origins: settings.access?.corsOrigins ?? [] }) },
  ];
}

// Without all it needs, a carrier's REST API is left alone: closing the stream ends the call too.

const twilioRest = ({ accountSid, authToken, apiBaseUrl }: CarrierSettings["twilio"]): CarrierControl =>
  accountSid && authToken ? twilioControl({ accountSid, authToken, apiBaseUrl }) : {};

const exotelRest = ({ accountSid, apiKey, apiToken, apiBaseUrl }: CarrierSettings["exotel"]): CarrierControl =>
  accountSid && apiKey && apiToken ? exotelControl({ accountSid, apiKey, apiToken, apiBaseUrl }) : {};

const plivoRest = ({ authId, authToken }: CarrierSettings["plivo"]): CarrierControl =>
  authId && authToken ? { hangUp: plivoHangUp({ authId, authToken }) } : {};

const telnyxRest = ({ apiKey }: CarrierSettings["telnyx"]): CarrierControl =>
  apiKey ? { hangUp: telnyxHangUp({ apiKey }) } : {};

const signalwireRest = ({ projectId, apiToken, space }: CarrierSettings["signalwire"]): CarrierControl =>
  projectId && apiToken && space ? { hangUp: signalwireHangUp({ projectId, apiToken, space }) } : {};
