import type { Dialect } from "./carrier.ts";
import { type ExotelOptions, exotel } from "./exotel.ts";
import { plivo } from "./plivo.ts";
import { type HangUp, plivoHangUp, signalwireHangUp, telnyxHangUp } from "./rest-hang-up.ts";
import { signalwire } from "./signalwire.ts";
import { telnyx } from "./telnyx.ts";
import { twilio } from "./twilio.ts";
import { twilioHangUp } from "./twilio-rest.ts";

type Secret = string | undefined;

export type CarrierSettings = {
  readonly twilio: { readonly accountSid: Secret; readonly authToken: Secret; readonly apiBaseUrl: string | undefined };
  readonly exotel: Pick<ExotelOptions, "allowedIps" | "minFrameBytes"> & {
    readonly streamUser: Secret;
    readonly streamPassword: Secret;
  };
  readonly plivo: { readonly authId: Secret; readonly authToken: Secret };
  readonly telnyx: { readonly publicKey: Secret; readonly apiKey: Secret };
  readonly signalwire: {
    readonly projectId: Secret;
    readonly apiToken: Secret;
    readonly space: string | undefined;
    readonly signingKey: Secret;
  };
};

type Reachable = { readonly dialect: Dialect; readonly hangUp?: HangUp };

/**
 * Every carrier we can talk to. One without credentials is among them, and refuses by itself. `wall`: milliseconds since 1970, for
 * signatures that say when they were made.
 */
export function allCarriers(settings: CarrierSettings, publicUrl: string, wall: () => number): readonly Reachable[] {
  const { streamUser: user, streamPassword: password, ...frames } = settings.exotel;
  return [
    reachable(twilio({ authToken: settings.twilio.authToken, publicUrl }), twilioRest(settings.twilio)),
    { dialect: exotel({ user, password, ...frames }) },
    reachable(plivo({ authToken: settings.plivo.authToken, publicUrl }), plivoRest(settings.plivo)),
    reachable(telnyx({ publicKey: settings.telnyx.publicKey, publicUrl, wall }), telnyxRest(settings.telnyx)),
    reachable(
      signalwire({ signingKey: settings.signalwire.signingKey, publicUrl }),
      signalwireRest(settings.signalwire),
    ),
  ];
}

const reachable = (dialect: Dialect, hangUp: HangUp | undefined): Reachable =>
  hangUp ? { dialect, hangUp } : { dialect };

// Without all it needs, a carrier's REST API is left alone: closing the stream ends the call too.

const twilioRest = ({ accountSid, authToken, apiBaseUrl }: CarrierSettings["twilio"]): HangUp | undefined =>
  accountSid && authToken ? twilioHangUp({ accountSid, authToken, apiBaseUrl }) : undefined;

const plivoRest = ({ authId, authToken }: CarrierSettings["plivo"]): HangUp | undefined =>
  authId && authToken ? plivoHangUp({ authId, authToken }) : undefined;

const telnyxRest = ({ apiKey }: CarrierSettings["telnyx"]): HangUp | undefined =>
  apiKey ? telnyxHangUp({ apiKey }) : undefined;

const signalwireRest = ({ projectId, apiToken, space }: CarrierSettings["signalwire"]): HangUp | undefined =>
  projectId && apiToken && space ? signalwireHangUp({ projectId, apiToken, space }) : undefined;
