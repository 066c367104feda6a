import type { Dialect } from "../carrier/carrier.ts";
import type { CallId, CarrierName } from "../record/record.ts";

/** A carrier as the gateway uses it. */
export type Carrier = {
  readonly dialect: Dialect;
  /** Ends the call at the carrier, beside closing its stream. Resolves also when the call is over already. */
  readonly hangUp?: (carrierCallId: string) => Promise<void>;
};

/** Where a carrier's requests arrive, and what is particular about them over HTTP. */
export type CarrierRoutes = {
  readonly name: CarrierName;
  readonly ring: string;
  readonly afterStream?: string;
  readonly status: readonly string[];
  /** A one-time ticket follows this path. */
  readonly media: string;
  /** Its own credentials admit a socket here without a ticket; the call then begins with the stream. */
  readonly mediaWithoutTicket?: string;
  /** What the stream carries back to us beside the ticket. */
  readonly streamParams: (call: CallId) => Readonly<Record<string, string>>;
  /** HTTP status of a call turned away. */
  readonly busyStatus: number;
  /** Sent with a 401, where the carrier answers challenges. */
  readonly challenge?: string;
};

/** Carriers that are answered with XML, and ask again for more of it when the stream is over. */
const speaksXml = (name: CarrierName): CarrierRoutes => ({
  name,
  ring: `/${name}/voice`,
  afterStream: `/${name}/after-stream`,
  status: [`/${name}/status`, `/${name}/stream-status`],
  media: `/${name}/media`,
  streamParams: (call) => ({ call }),
  busyStatus: 200,
});

export const ROUTES: readonly CarrierRoutes[] = [
  speaksXml("twilio"),
  speaksXml("plivo"),
  speaksXml("telnyx"),
  speaksXml("signalwire"),
  {
    name: "exotel",
    ring: "/exotel/voicebot",
    status: ["/exotel/status"],
    media: "/exotel/media",
    mediaWithoutTicket: "/exotel/media",
    streamParams: () => ({}),
    busyStatus: 503,
    challenge: 'Basic realm="durvani"',
  },
];
