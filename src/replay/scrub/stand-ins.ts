import type { CarrierName } from "../../record/record.ts";

/** What stands for what only one call has: the same in every fixture. */
export const OPENED_AT = 1_760_000_000_000;
export const NUMBER = "+910000000000";
export const RECORDING = "https://example.com/recording";
/** An application's addresses may have its keys in them. */
export const RELAY = { url: "wss://example.com/relay", action: "https://example.com/action" };
/** What stands for whatever somebody let the carrier, or an application, be told. */
export const PARAMETER = "masked";
export const CARRIER_CALL: Readonly<Record<CarrierName, string>> = {
  twilio: `CA${"0".repeat(32)}`,
  exotel: "0".repeat(32),
  plivo: "00000000-0000-0000-0000-000000000000",
  telnyx: "v3:0000000000",
  signalwire: "00000000-0000-0000-0000-000000000001",
  web: "call_00000000000000000000000000",
};

/** These are no leak, though they look like one. */
export const CONSTANTS: readonly string[] = [NUMBER, ...Object.values(CARRIER_CALL)];
