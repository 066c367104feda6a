import type { IncomingHttpHeaders } from "node:http";

/** Keys that behave badly, whatever keys the simulator was given. */
const RESERVED = ["quota", "rate", "nobeta"];
const PROTOCOL = "api-subscription-key.";

/** Which keys are good. */
export class Keys {
  readonly #known: ReadonlySet<string>;

  constructor(keys: readonly string[]) {
    this.#known = new Set([...keys, ...RESERVED]);
  }

  admits(key: string | undefined): boolean {
    return key !== undefined && this.#known.has(key);
  }
}

/** A request, by lower-case names. */
type Headed = { readonly headers: Readonly<IncomingHttpHeaders> };

/** The key in the header, or else in the sub-protocol that browsers use. */
export function offeredKey({ headers }: Headed): string | undefined {
  const header = headers["api-subscription-key"];
  if (typeof header === "string") return header;
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  return offered.find((name) => name.startsWith(PROTOCOL))?.slice(PROTOCOL.length);
}

/** Chat alone takes a bearer token as well. */
export function bearerKey({ headers }: Headed): string | undefined {
  return /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
}
