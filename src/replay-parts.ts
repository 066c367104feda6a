import { POLICY } from "./call/call.ts";
import { allCarriers } from "./carrier/carriers.ts";
import { type Config, type Environment, readConfig } from "./config.ts";
import { systemClock } from "./kit/clock.ts";
import type { ReplayParts } from "./replay/replay.ts";
import { apologyAudio, apologyText } from "./speech/apology.ts";

const NOWHERE = "https://replay.invalid";

/** Nobody reaches us while we replay: an origin that the gateway would need is not asked for. Throws `ConfigError`. */
export const replayConfig = (env: Environment): Config =>
  readConfig({ ...env, PUBLIC_URL: env["PUBLIC_URL"] || NOWHERE });

/** Where carriers reach the gateway, if the environment says so. */
export const publicUrlOf = ({ listen: { publicUrl } }: Config): string | undefined =>
  publicUrl === NOWHERE ? undefined : publicUrl;

/** What the gateway, so configured, would judge calls by and speak to their lines with. */
export function replayParts(config: Config): ReplayParts {
  const dialects = allCarriers(config, config.listen.publicUrl ?? "", systemClock.wall).map(({ dialect }) => dialect);
  return {
    policy: POLICY,
    apology: (language, format) => ({ text: apologyText(language), audio: apologyAudio(language, format) }),
    framing(carrier, format) {
      const dialect = dialects.find(({ name }) => name === carrier);
      if (!dialect) throw new Error(`there is no dialect for ${carrier}`);
      return dialect.framing(format);
    },
  };
}

/** The same for a gateway whose settings are all left alone: what fixtures are played with, so that they are the same everywhere. */
export const standardParts = (): ReplayParts => replayParts(replayConfig({}));
