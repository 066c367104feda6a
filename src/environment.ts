import { isIP } from "node:net";
import { type AccessKey, SCOPES } from "./kit/access-key.ts";
import { isLoopback } from "./kit/loopback.ts";

/** Variables as an operating system gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads single variables and remembers what is wrong with them; always answers something, so that reading goes on. */
export class Reader {
  readonly mistakes: string[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  complain(mistake: string): void {
    this.mistakes.push(mistake);
  }

  /** Blank is unset. */
  text(name: string): string | undefined {
    return this.#env[name]?.trim() || undefined;
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    this.complain(`${name} must be a whole number from ${min} to ${max}, not "${text}".`);
    return fallback;
  }

  oneOf<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const choice = choices.find((one) => one === text);
    if (choice === undefined) this.complain(`${name} must be one of ${choices.join(", ")}, not "${text}".`);
    return choice ?? fallback;
  }

  /** The value is not repeated in complaints: such URLs carry passwords. */
  url(name: string, protocols: readonly string[]): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const schemes = protocols.map((protocol) => `${protocol}//`).join(" or ");
    if (!url || !protocols.includes(url.protocol)) this.complain(`${name} must be a URL that begins with ${schemes}.`);
    return text;
  }

  origin(name: string): string | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : this.#origin(name, text);
  }

  /** Separated by commas, or by spaces. */
  origins(name: string): readonly string[] {
    const parts = this.list(name).flatMap((part) => part.split(/\s+/));
    return parts.flatMap((part) => this.#origin(name, part) ?? []);
  }

  #origin(name: string, text: string): string | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    // Origins go into headers, where a semicolon, which a URL lets through, would begin something new.
    if (!url || !["https:", "http:"].includes(url.protocol) || /[^\w.:*[\]-]/.test(url.host)) {
      this.complain(`${name} must be an https:// or http:// origin.`);
      return undefined;
    }
    if (url.username || url.password || url.pathname !== "/" || url.search || url.hash) {
      this.complain(`${name} must be an origin only: scheme, host and port, without user, path or query.`);
    }
    return url.origin;
  }

  publicUrl(demo: boolean): string | undefined {
    const origin = this.origin("PUBLIC_URL");
    if (origin?.startsWith("http:") && !isLoopback(new URL(origin).hostname)) {
      this.complain("PUBLIC_URL must be https; plain http is accepted for loopback only.");
    }
    if (this.text("PUBLIC_URL") === undefined && !demo) {
      this.complain("PUBLIC_URL is required: the https origin that carriers reach, such as https://voice.example.com.");
    }
    return origin;
  }

  /** Comma-separated addresses or networks such as 10.0.0.0/8. */
  addresses(name: string): readonly string[] {
    const parts = this.list(name);
    for (const part of parts.filter((one) => !isNetwork(one))) {
      this.complain(`${name} must list IP addresses or networks such as 10.0.0.0/8; "${part}" is neither.`);
    }
    return parts;
  }

  apiKeys(name: string): readonly AccessKey[] {
    const keys = this.list(name).map((part, index) => {
      const [key = "", scopes = "", sha256 = "", ...rest] = part.split(":");
      const known = SCOPES.filter((scope) => scopes.split("+").includes(scope));
      const good = key && known.length === scopes.split("+").length && /^[0-9a-f]{64}$/i.test(sha256) && !rest.length;
      if (!good) {
        this.complain(
          `${name}, key ${index + 1}: must be name:scope+scope:sha256hex with scopes from ${SCOPES.join(", ")}.`,
        );
      }
      return { name: key, scopes: known, sha256: sha256.toLowerCase() };
    });
    // Requests are counted by name. The name is not repeated: whoever sets a bare key has it there.
    for (const [index, { name: taken }] of keys.entries()) {
      const first = keys.findIndex((key) => key.name === taken);
      if (first < index)
        this.complain(`${name}, key ${index + 1}: has the name of key ${first + 1}; each needs its own.`);
    }
    return keys;
  }

  /** Both or neither. */
  pair(one: string, other: string): void {
    const given = [one, other].filter((name) => this.text(name) !== undefined);
    if (given.length === 1) this.complain(`${one} and ${other} belong together; only ${given[0]} is set.`);
  }

  list(name: string): readonly string[] {
    const text = this.text(name) ?? "";
    return text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  }
}

function isNetwork(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  // No bits at all is everybody, which nobody means.
  return bits === undefined || (/^[1-9]\d*$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
