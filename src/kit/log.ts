import { type DestinationStream, pino } from "pino";

/** Static messages; data goes in fields. What is personal or secret is redacted by field name before it is written. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

const PRIVATE = [
  "from",
  "to",
  "caller",
  "called",
  "phone",
  "number",
  "name",
  "text",
  "words",
  "digit",
  "digits",
  "transcript",
  "key",
  "token",
  "ticket",
  "secret",
  "password",
  "authorization",
  "apiKey",
  "signature",
  "url",
  "params",
];

/** Depth two covers how fields are written here: `{ from }` or `{ call: { from } }`. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    redact: { paths: PRIVATE.flatMap((field) => [field, `*.${field}`]), censor: "[redacted]" },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** Says nothing. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
