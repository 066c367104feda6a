import type { Reader } from "./environment.ts";
import { isLoopback } from "./kit/loopback.ts";

/** What each telephone company's account needs. `undefined`: not set. */
export type CarrierSettings = {
  readonly twilio: {
    readonly accountSid: string | undefined;
    readonly authToken: string | undefined;
    readonly apiKeySid: string | undefined;
    readonly apiKeySecret: string | undefined;
    readonly twimlAppSid: string | undefined;
    /** Where browsers enter Twilio's network, such as `singapore`; the nearest place unless set. */
    readonly edge: string | undefined;
    /** Of a stand-in for Twilio's signalling, on this machine. */
    readonly signallingUrl: string | undefined;
    readonly apiBaseUrl: string | undefined;
  };
  readonly exotel: {
    readonly accountSid: string | undefined;
    readonly apiKey: string | undefined;
    readonly apiToken: string | undefined;
    readonly streamUser: string | undefined;
    readonly streamPassword: string | undefined;
    readonly apiBaseUrl: string | undefined;
    readonly allowedIps: readonly string[];
    /** Smallest outbound frame, in decoded bytes; a multiple of 320. */
    readonly minFrameBytes: number;
  };
  readonly plivo: {
    readonly authId: string | undefined;
    readonly authToken: string | undefined;
  };
  readonly telnyx: {
    /** The raw 32 bytes of an Ed25519 key, in standard base64. */
    readonly publicKey: string | undefined;
    readonly apiKey: string | undefined;
  };
  readonly signalwire: {
    readonly projectId: string | undefined;
    readonly apiToken: string | undefined;
    /** Host name of the customer's space. */
    readonly space: string | undefined;
    readonly signingKey: string | undefined;
  };
};

export const readCarriers = (read: Reader): CarrierSettings => ({
  twilio: readTwilio(read),
  exotel: readExotel(read),
  plivo: { authId: read.text("PLIVO_AUTH_ID"), authToken: read.text("PLIVO_AUTH_TOKEN") },
  telnyx: readTelnyx(read),
  signalwire: readSignalwire(read),
});

function readTwilio(read: Reader): CarrierSettings["twilio"] {
  read.pair("TWILIO_API_KEY_SID", "TWILIO_API_KEY_SECRET");
  const accountSid = read.text("TWILIO_ACCOUNT_SID");
  if (accountSid !== undefined && !/^AC[0-9a-zA-Z]+$/.test(accountSid))
    read.complain("TWILIO_ACCOUNT_SID must begin with AC.");
  return {
    accountSid,
    authToken: read.text("TWILIO_AUTH_TOKEN"),
    apiKeySid: read.text("TWILIO_API_KEY_SID"),
    apiKeySecret: read.text("TWILIO_API_KEY_SECRET"),
    twimlAppSid: read.text("TWILIO_TWIML_APP_SID"),
    edge: readEdge(read),
    signallingUrl: readSignalling(read),
    apiBaseUrl: read.origin("TWILIO_API_BASE_URL"),
  };
}

/** It becomes part of a host name, and of a header. */
function readEdge(read: Reader): string | undefined {
  const edge = read.text("TWILIO_EDGE");
  if (edge !== undefined && !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(edge))
    read.complain("TWILIO_EDGE must be the name of a place of Twilio's, such as singapore.");
  return edge;
}

function readSignalling(read: Reader): string | undefined {
  const url = read.url("TWILIO_SIGNALLING_URL", ["ws:", "wss:"]);
  if (url !== undefined && URL.canParse(url) && !isLoopback(new URL(url).hostname))
    read.complain("TWILIO_SIGNALLING_URL must lead to this machine: it is for a stand-in.");
  return url;
}

function readExotel(read: Reader): CarrierSettings["exotel"] {
  read.pair("EXOTEL_STREAM_USER", "EXOTEL_STREAM_PASSWORD");
  read.pair("EXOTEL_API_KEY", "EXOTEL_API_TOKEN");
  const minFrameBytes = read.integer("EXOTEL_MIN_FRAME_BYTES", 3200, 320, 100_000);
  if (minFrameBytes % 320 !== 0) read.complain("EXOTEL_MIN_FRAME_BYTES must be a multiple of 320.");
  return {
    accountSid: read.text("EXOTEL_ACCOUNT_SID"),
    apiKey: read.text("EXOTEL_API_KEY"),
    apiToken: read.text("EXOTEL_API_TOKEN"),
    streamUser: read.text("EXOTEL_STREAM_USER"),
    streamPassword: read.text("EXOTEL_STREAM_PASSWORD"),
    apiBaseUrl: read.origin("EXOTEL_API_BASE_URL"),
    allowedIps: read.addresses("EXOTEL_ALLOWED_IPS"),
    minFrameBytes,
  };
}

function readTelnyx(read: Reader): CarrierSettings["telnyx"] {
  const publicKey = read.text("TELNYX_PUBLIC_KEY");
  if (publicKey !== undefined && !/^[A-Za-z0-9+/]{43}=$/.test(publicKey))
    read.complain("TELNYX_PUBLIC_KEY must be the 32 bytes of an Ed25519 key in base64, as Telnyx shows it.");
  return { publicKey, apiKey: read.text("TELNYX_API_KEY") };
}

function readSignalwire(read: Reader): CarrierSettings["signalwire"] {
  const space = read.text("SIGNALWIRE_SPACE");
  if (space !== undefined && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(space))
    read.complain("SIGNALWIRE_SPACE must be the host name of your space, such as example.signalwire.com.");
  return {
    projectId: read.text("SIGNALWIRE_PROJECT_ID"),
    apiToken: read.text("SIGNALWIRE_API_TOKEN"),
    space,
    signingKey: read.text("SIGNALWIRE_SIGNING_KEY"),
  };
}
