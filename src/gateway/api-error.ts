const CODES: Readonly<Record<number, string>> = {
  400: "bad_request",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  413: "too_large",
  414: "too_long",
  415: "unsupported_media_type",
  416: "range_not_satisfiable",
  422: "unprocessable",
  426: "upgrade_required",
  429: "too_many_requests",
  503: "unavailable",
};

/** What a program may look at beside the code, such as `fields` or `scopes`. */
type ErrorDetails = Readonly<Record<string, unknown>>;

/** Why a request is refused, as its sender is told. Whoever finds out throws it; the server answers with it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly details: ErrorDetails | undefined;

  constructor(status: number, message: string, details?: ErrorDetails) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

/** The one shape of everything that goes wrong. `code` follows from the status and stays; `message` is for people. */
export function errorBody(status: number, message: string, details?: ErrorDetails) {
  const code = CODES[status] ?? (status < 500 ? "refused" : "internal");
  return { error: { code, message, ...(details ? { details } : {}) } };
}
