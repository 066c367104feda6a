import type { Environment } from "../../src/config.ts";
import { spoiled } from "../doctor/configuration.ts";
import type { Story } from "./story.ts";

/** Are these variables set and right? All that are not are told together. */
export function demand(
  env: Environment,
  mistakes: readonly string[],
  variables: readonly string[],
  story: Story,
): boolean {
  const missing = variables.filter((name) => !env[name]?.trim());
  const wrong = mistakes.filter((mistake) =>
    variables.some((name) => !missing.includes(name) && spoiled([mistake], name)),
  );
  for (const name of missing) story.fail(`${name} is not set`, "Put it into .env; .env.example says what it is.");
  for (const mistake of wrong) story.fail(mistake, "Correct it in .env.");
  return missing.length + wrong.length === 0;
}
