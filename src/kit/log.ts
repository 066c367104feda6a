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

/**
 * What is told of an error, and nothing else of it: drivers and clients hang whole rows, requests and answers on theirs. The code
 * is its own or its cause's, such as `ECONNREFUSED`.
 */
function told(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { message, stack } = error;
  return { type: error.name, code: codeOf(error) ?? codeOf(error.cause), message, stack };
}

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;

/** Depth two covers how fields are written here: `{ from }` or `{ call: { from } }`. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    serializers: { err: told },
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
