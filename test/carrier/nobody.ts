import type { CarrierSettings } from "../../src/carrier/carriers.ts";

/** No carrier has any credentials. */
export const nobody: CarrierSettings = {
  twilio: { accountSid: undefined, authToken: undefined, apiBaseUrl: undefined },
  exotel: {
    streamUser: undefined,
    streamPassword: undefined,
    accountSid: undefined,
    apiKey: undefined,
    apiToken: undefined,
    apiBaseUrl: undefined,
    allowedIps: [],
    minFrameBytes: 3200,
  },
  plivo: { authId: undefined, authToken: undefined },
  telnyx: { publicKey: undefined, apiKey: undefined },
  signalwire: { projectId: undefined, apiToken: undefined, space: undefined, signingKey: undefined },
};
