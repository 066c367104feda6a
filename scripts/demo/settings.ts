import type { Environment } from "../../src/config.ts";

/** Settings of other people's services, which a demo never touches, and of agents, which it does not know. */
const NOT_OURS = /^(TWILIO_|EXOTEL_|LLM_|AGENTS_FILE$|API_KEYS$|SARVAM_API_KEY$|SARVAM_BASE_URL$|MAX_CALLS$)/;

/** What a demo takes from its surroundings: for this machine only, quiet, on `port` unless told otherwise. */
export function settingsOf(env: Environment, port = "0"): Environment {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_OURS.test(name)));
  return { ...kept, HOST: "127.0.0.1", PORT: kept["PORT"] || port, LOG_LEVEL: kept["LOG_LEVEL"] || "error" };
}
