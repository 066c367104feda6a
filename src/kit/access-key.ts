/** What a key of the API may do: look, act on calls, run the gateway. */
export const SCOPES = ["read", "control", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** A key that opens the API; `sha256` is the lower-case hex digest of what the client sends, which itself is nowhere kept. */
export type AccessKey = { readonly name: string; readonly scopes: readonly Scope[]; readonly sha256: string };
