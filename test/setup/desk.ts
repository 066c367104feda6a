import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { discreet } from "../../scripts/phone/secrets.ts";
import { Story } from "../../scripts/setup/story.ts";
import type { SetupOptions } from "../../scripts/setup/twilio.ts";
import type { Environment } from "../../src/config.ts";
import { systemClock } from "../../src/kit/clock.ts";

/** Somebody who runs a set-up command again and again with one .env. */
export type Desk = AsyncDisposable & {
  readonly env: Environment;
  run(setup: (options: SetupOptions, story: Story) => Promise<boolean>, more?: Partial<SetupOptions>): Promise<Told>;
  /** Every file kept, by name. */
  kept(): Promise<Readonly<Record<string, unknown>>>;
};
export type Told = { readonly ok: boolean; readonly text: string };

export async function desk(env: Environment): Promise<Desk> {
  const dataDir = await mkdtemp(join(tmpdir(), "durvani-setup-"));
  const all = { DATA_DIR: dataDir, SARVAM_API_KEY: "unused", ...env };
  const usual = { env: all, number: undefined, call: undefined, dryRun: false, undo: false, force: false };
  return {
    env: all,
    async run(setup, more = {}) {
      const lines: string[] = [];
      const story = new Story(discreet(all, (line) => lines.push(line)));
      const ok = await setup({ ...usual, clock: systemClock, everyMs: 1, ...more }, story);
      return { ok, text: lines.join("\n") };
    },
    async kept() {
      const folder = join(dataDir, "setup");
      const names = await readdir(folder).catch(() => []);
      const texts = names.map(async (name) => [name, JSON.parse(await readFile(join(folder, name), "utf8"))] as const);
      return Object.fromEntries(await Promise.all(texts));
    },
    [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }),
  };
}

/** What answers at PUBLIC_URL: as a gateway does, to a carrier whose credentials it takes or not. */
export const gatewayAnswering =
  (carriersStatus: number) =>
  (url: string | undefined): readonly [number, object] =>
    url === "/healthz" ? [200, { status: "ok", instance: "gateway_1" }] : [carriersStatus, { error: "no CallSid" }];
