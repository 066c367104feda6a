/** Somebody else's failure: a provider refused, broke off or spoke nonsense. It knows itself whether to try again. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  /** Whose failure, such as `sarvam-stt`. */
  readonly provider: string;
  readonly retryable: boolean;

  constructor(provider: string, message: string, retryable: boolean, cause?: unknown) {
    super(message, { cause });
    this.provider = provider;
    this.retryable = retryable;
  }
}
