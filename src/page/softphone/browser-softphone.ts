import { browserClock } from "../client/browser-clock.ts";
import type { Pass } from "./line.ts";
import { Softphone } from "./softphone.ts";
import { openTwilioLine } from "./twilio-line.ts";

/** A telephone of this browser, on Twilio's line. */
export const browserSoftphone = (fetchPass: (identity: string | undefined) => Promise<Pass>): Softphone =>
  new Softphone({ clock: browserClock, openLine: openTwilioLine, fetchPass, isConnected: () => navigator.onLine });
