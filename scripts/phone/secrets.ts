import { type Environment, inspectConfig } from "../../src/config.ts";

/** Below this a value is too ordinary to be looked for in other texts. */
const SHORTEST = 4;
const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD/;
const URL_NAME = /_URL$/;

/** A printer that never prints what the environment keeps secret, whatever it is handed. */
export function discreet(env: Environment, print: (line: string) => void): (line: string) => void {
  const hush = withoutSecrets(env);
  return (line) => print(hush(line));
}

/** As JSON, every text in it without secrets: replaced in JSON they could be missed where it escapes them, or break it. */
export function discreetJson(env: Environment, value: unknown): string {
  const hush = withoutSecrets(env);
  return JSON.stringify(value, (_name, part) => (typeof part === "string" ? hush(part) : part), 2);
}

function withoutSecrets(env: Environment): (text: string) => string {
  const known = namesRead();
  const ours = Object.entries(env).filter(([name]) => known.has(name));
  // The longest first: one may be part of another.
  const secrets = [...new Set(ours.flatMap(secretsIn))].sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((left, secret) => left.replaceAll(secret, "[secret]"), text);
}

/** The variables that are ours: others' may have names like secrets and values as ordinary as `true`. */
function namesRead(): ReadonlySet<string> {
  const names = new Set<string>();
  inspectConfig(new Proxy({}, { get: (_, name) => void names.add(String(name)) }));
  return names;
}

function secretsIn([name, value = ""]: readonly [string, string | undefined]): readonly string[] {
  const text = value.trim();
  const found = SECRET_NAME.test(name) ? [text, ...listed(text)] : URL_NAME.test(name) ? passwordsIn(text) : [];
  return found.filter((secret) => secret.length >= SHORTEST);
}

/** Some variables hold several, of which each is one. */
const listed = (text: string): readonly string[] => text.split(",").map((part) => part.trim());

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
