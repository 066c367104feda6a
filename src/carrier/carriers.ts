import type { Dialect } from "./carrier.ts";
import { type ExotelOptions, exotel } from "./exotel.ts";
import { twilio } from "./twilio.ts";
import { twilioHangUp } from "./twilio-rest.ts";

export type CarrierSettings = {
  readonly twilio: {
    readonly accountSid: string | undefined;
    readonly authToken: string | undefined;
    readonly apiBaseUrl: string | undefined;
  };
  readonly exotel: Pick<ExotelOptions, "allowedIps" | "minFrameBytes"> & {
    readonly streamUser: string | undefined;
    readonly streamPassword: string | undefined;
  };
};

/** Every carrier we can talk to. One without credentials is among them, and refuses by itself. */
export function allCarriers(
  { twilio: { accountSid, authToken, apiBaseUrl }, exotel: { streamUser, streamPassword, ...frames } }: CarrierSettings,
  publicUrl: string,
): readonly { readonly dialect: Dialect; readonly hangUp?: (carrierCallId: string) => Promise<void> }[] {
  const rest = accountSid && authToken ? { hangUp: twilioHangUp({ accountSid, authToken, apiBaseUrl }) } : {};
  return [
    { dialect: twilio({ authToken, publicUrl }), ...rest },
    { dialect: exotel({ user: streamUser, password: streamPassword, ...frames }) },
  ];
}
