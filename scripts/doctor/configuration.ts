import type { Config } from "../../src/config.ts";
import type { Tell } from "./finding.ts";

/** Does some complaint speak of this variable? Then its value is not to be relied on. */
export const spoiled = (mistakes: readonly string[], variable: string): boolean =>
  mistakes.some((mistake) => new RegExp(`\\b${variable}\\b`).test(mistake));

/** Every complaint the gateway itself would start with. */
export function checkConfiguration(config: Config, mistakes: readonly string[], tell: Tell): void {
  for (const mistake of mistakes) tell.fail(mistake, "Correct it in .env; .env.example describes every variable.");
  if (mistakes.length > 0) return;
  const mode = config.production ? "production" : config.demo ? "demo mode" : "development";
  tell.ok(`can be read: ${mode}`);
  if (!config.demo) return;
  tell.warn(
    "SARVAM_API_KEY is not set: the gateway would run in demo mode, with Sarvam imitated",
    "For real calls take a key from dashboard.sarvam.ai and put it into .env.",
  );
}
