import type { Environment } from "../../src/config.ts";

/** Below this a value is too ordinary to be looked for in other texts. */
const SHORTEST = 4;
const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD/;
const URL_NAME = /_URL$/;

/** A printer that never prints what the environment keeps secret, whatever it is handed. */
export function discreet(env: Environment, print: (line: string) => void): (line: string) => void {
  // The longest first: one may be part of another.
  const secrets = [...new Set(Object.entries(env).flatMap(secretsIn))].sort((a, b) => b.length - a.length);
  return (line) => print(secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), line));
}

function secretsIn([name, value = ""]: readonly [string, string | undefined]): readonly string[] {
  const text = value.trim();
  const found = SECRET_NAME.test(name) ? [text] : URL_NAME.test(name) ? passwordsIn(text) : [];
  return found.filter((secret) => secret.length >= SHORTEST);
}

/** As it is written and as it is meant. */
function passwordsIn(text: string): readonly string[] {
  const written = URL.canParse(text) ? new URL(text).password : (/\/\/[^/@]*:([^@]+)@/.exec(text)?.[1] ?? "");
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written]; // A lone % is no encoding.
  }
}

/** Where a URL leads, without user, password and query. */
export function place(text: string): string {
  if (!URL.canParse(text)) return "an unreadable address";
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
