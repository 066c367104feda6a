import { randomBytes } from "node:crypto";

/** The only source of identifiers and chance in the house, so that a test can hand out its own. */
export interface Ids {
  /** A new identifier such as `call_01a1f9684c25457dcc1cea`: sorts by time of making, never an integer, no colon (BullMQ refuses both). */
  id(prefix: string): string;
  /** 256 unguessable bits, safe in a URL path. */
  secret(): string;
  /** Evenly from 0 (included) to 1 (excluded): for jitter. */
  chance(): number;
}

/** `wall` is milliseconds since 1970 and gives identifiers their order. */
export function randomIds(wall: () => number): Ids {
  return {
    id: (prefix) => `${prefix}_${wall().toString(16).padStart(12, "0")}${randomBytes(5).toString("hex")}`,
    secret: () => randomBytes(32).toString("base64url"),
    chance: () => randomBytes(4).readUInt32LE() / 2 ** 32,
  };
}
