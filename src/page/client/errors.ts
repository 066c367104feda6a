/** What goes wrong, by type. `statusCode` is HTTP's, where a server answered. */
export class SDKError extends Error {
  override readonly name: string = "SDKError";
  /** Stays as it is from version to version; `message` is for people. */
  readonly code: string;
  readonly statusCode: number | undefined;

  constructor(code: string, message: string, { statusCode, cause }: { statusCode?: number; cause?: unknown } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.statusCode = statusCode;
  }
}

export class RateLimitError extends SDKError {
  override readonly name = "RateLimitError";
  /** Seconds to wait; `undefined` where the server does not say. */
  readonly retryAfter: number | undefined;

  constructor(message: string, retryAfter?: number) {
    super("rate_limited", message, { statusCode: 429 });
    this.retryAfter = retryAfter;
  }
}

export class AuthenticationError extends SDKError {
  override readonly name = "AuthenticationError";
}
export class ForbiddenError extends SDKError {
  override readonly name = "ForbiddenError";
}
export class NotFoundError extends SDKError {
  override readonly name = "NotFoundError";
}
export class ServerError extends SDKError {
  override readonly name = "ServerError";
}

/** Why a server refused. `retryAfter` is the header's text. */
export function refusalOf(statusCode: number, message: string, retryAfter: string | null = null): SDKError {
  if (statusCode === 429) {
    const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
    // The other form of the header, a date, says nothing to who does not share the server's clock.
    return new RateLimitError(message, Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined);
  }
  const status = { statusCode };
  if (statusCode === 401) return new AuthenticationError("unauthorized", message, status);
  if (statusCode === 403) return new ForbiddenError("forbidden", message, status);
  if (statusCode === 404) return new NotFoundError("not_found", message, status);
  if (statusCode >= 500) return new ServerError("server_error", message, status);
  return new SDKError("refused", message, status);
}

/** What was thrown, as one of ours. */
export const asError = (thrown: unknown): SDKError =>
  thrown instanceof SDKError
    ? thrown
    : new SDKError("failed", thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });

/** May the same thing go well a little later? Not where a server understood it and refused. */
export const isPassing = (error: SDKError): boolean =>
  error instanceof RateLimitError || error.statusCode === undefined || error.statusCode >= 500;
