import type { CarrierName } from "../record/record.ts";
import type { Carrier } from "./carriers.ts";
import type { Departures } from "./departures.ts";
import type { LiveCalls } from "./live-calls.ts";
import type { Logins } from "./logins.ts";
import type { GatewayParts } from "./parts.ts";
import type { Rates } from "./rates.ts";
import type { Refusals } from "./refusals.ts";
import type { SessionBook } from "./session-book.ts";

/** What every route is handed. */
export type Site = {
  readonly parts: GatewayParts;
  readonly calls: LiveCalls;
  readonly refusals: Refusals;
  readonly rates: Rates;
  readonly logins: Logins;
  readonly departures: Departures;
  readonly sessions: SessionBook;
  readonly carrier: (name: CarrierName) => Carrier | undefined;
  /** The origin that carriers reach. */
  readonly publicUrl: () => string;
};
