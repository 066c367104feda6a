import type { CarrierControl, Dialect } from "../carrier/carrier.ts";
import type { CallId, CarrierName } from "../record/record.ts";

/** A carrier as the gateway uses it: how it talks, and what its REST API does for us. */
export type Carrier = CarrierControl & { readonly dialect: Dialect };

/** Where a carrier's requests arrive, and what is particular about them over HTTP. */
export type CarrierRoutes = {
  readonly name: CarrierName;
  /** Absent where calls begin at our own API; then nobody reports on them either. */
  readonly ring?: string;
  readonly afterStream?: string;
  readonly status: readonly string[];
  /** Asked by a flow of the carrier's, when the stream is over, whom to connect the caller to. */
  readonly connect?: string;
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

/** Where a carrier says who answered a call of ours. */
export const machinePath = (name: CarrierName): string => `/${name}/machine`;

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
    connect: "/exotel/connect",
    media: "/exotel/media",
    mediaWithoutTicket: "/exotel/media",
    streamParams: () => ({}),
    busyStatus: 503,
    challenge: 'Basic realm="durvani"',
  },
  { name: "web", status: [], media: "/web/media", streamParams: () => ({}), busyStatus: 503 },
];
