/** Another service did not do what it was asked. `message` says what it answered, `todo` what to do about it; neither holds a secret. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly todo: string;
  /** HTTP status; undefined when nothing answered. */
  readonly status: number | undefined;

  constructor(message: string, todo: string, status?: number) {
    super(message);
    this.todo = todo;
    this.status = status;
  }
}

const NETWORK: readonly (readonly [RegExp, string, string])[] = [
  [/ENOTFOUND|EAI_AGAIN/, "its name does not resolve", "Check the spelling of the host, and this machine's DNS."],
  [/ECONNREFUSED/, "nothing listens there", "Start it, or correct host and port."],
  [
    /ECONNRESET|EPIPE|UND_ERR_SOCKET|ECONNABORTED/,
    "it broke the connection off",
    "Try again; a firewall or proxy between may be at fault.",
  ],
  [/TIMEOUT|Timeout|ETIMEDOUT/, "it did not answer in time", "Check that a firewall lets this machine out to it."],
  [/CERT_HAS_EXPIRED/, "its certificate has expired", "Renew the certificate: carriers refuse it too."],
  [
    /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/,
    "its certificate is not from a public authority",
    "Use one from Let's Encrypt or the like, with the whole chain: carriers refuse any other.",
  ],
  [
    /ALTNAME_INVALID/,
    "its certificate is for another name",
    "Issue one for this very host name: carriers refuse it otherwise.",
  ],
  [/EPROTO|ERR_SSL/, "it does not speak TLS there", "Check scheme and port: https wants a TLS port."],
];

/** Why nothing answered, in words: `found` reads after a colon, `todo` is a sentence. Looks into causes and into grouped errors. */
export function networkTrouble(error: unknown): { readonly found: string; readonly todo: string } {
  const code = codeOf(error);
  const [, found, todo] = NETWORK.find(([pattern]) => pattern.test(code)) ?? [];
  if (found && todo) return { found: `${found} (${code})`, todo };
  return { found: code, todo: "Check that this machine reaches it, with curl for instance." };
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (error.cause !== undefined) return codeOf(error.cause);
  return error.name === "TimeoutError" ? "TimeoutError" : error.message;
}
