import { createHash } from "node:crypto";
import type { Clock } from "../kit/clock.ts";

const HOUR_MS = 3_600_000;
export const LOGIN_LIFE_MS = 12 * HOUR_MS;
const IDLE_MS = 2 * HOUR_MS;
/** More would be a way to fill our memory. */
const LOGINS_KEPT = 1_000;

type Login = { readonly keyName: string; readonly endsMs: number; readonly usedMs: number };

/**
 * Who is logged in, in this process: a token ends after 12 hours, after two without use, and when the process ends. Of the token,
 * 256 random bits, only the hash is kept.
 */
export class Logins {
  readonly #clock: Clock;
  readonly #secret: () => string;
  /** By the token's hash. Those used last stand last. */
  readonly #logins = new Map<string, Login>();

  constructor(clock: Clock, secret: () => string) {
    this.#clock = clock;
    this.#secret = secret;
  }

  /** The token that stands for the key of this name from now on. */
  begin(keyName: string): string {
    const token = this.#secret();
    this.#logins.set(hashOf(token), this.#used({ keyName, endsMs: this.#clock.now() + LOGIN_LIFE_MS }));
    for (const longest of this.#logins.keys()) {
      if (this.#logins.size <= LOGINS_KEPT) break;
      this.#logins.delete(longest);
    }
    return token;
  }

  /** The name of the key that it stands for; `undefined` when it is unknown or over. To ask is to use it. */
  use(token: string): string | undefined {
    const hash = hashOf(token);
    const login = this.#logins.get(hash);
    this.#logins.delete(hash);
    if (!login || this.#clock.now() >= Math.min(login.endsMs, login.usedMs + IDLE_MS)) return undefined;
    this.#logins.set(hash, this.#used(login));
    return login.keyName;
  }

  end(token: string): void {
    this.#logins.delete(hashOf(token));
  }

  #used({ keyName, endsMs }: Omit<Login, "usedMs">): Login {
    return { keyName, endsMs, usedMs: this.#clock.now() };
  }
}

const hashOf = (token: string): string => createHash("sha256").update(token).digest("base64url");
