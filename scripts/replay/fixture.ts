import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { type Config, ConfigError, type Environment } from "../../src/config.ts";
import { fixtureName, RefusedError } from "../../src/replay/replay.ts";
import { replayConfig } from "../../src/replay-parts.ts";
import { FIXTURE_USAGE, type FixtureArguments, fixtureArguments, UsageError } from "./arguments.ts";
import { FILES, FIXTURES, filesIn } from "./fixture-folder.ts";
import { load, UnreadableError } from "./load.ts";
import { makeFixture } from "./make-fixture.ts";
import type { Terminal } from "./run.ts";

/** `npm run fixture`: one call becomes a regression test. 0: it has; 1: it may not; 2: bad usage, or the call cannot be read. */
export async function runFixture(args: readonly string[], env: Environment, terminal: Terminal): Promise<0 | 1 | 2> {
  try {
    const asked = fixtureArguments(args);
    const config = replayConfig(env);
    for (const line of await keep(asked, config)) terminal.out(line);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) terminal.err(`${error.message}\n\n${FIXTURE_USAGE}`);
    else if (error instanceof ConfigError || error instanceof UnreadableError) terminal.err(error.message);
    else if (error instanceof RefusedError) {
      terminal.err(error.message);
      return 1;
    } else throw error;
    return 2;
  }
}

const NAMELESS =
  "--name is missing: a log of a media stream gives its call no name but the carrier's id of it, which a fixture must not show.";

/** What is made anew each time. */
const MADE: readonly string[] = [FILES.journal, FILES.golden, FILES.line, FILES.wireGolden];

/** Gives what is to be told about it. Nothing is written unless all of it can be. */
async function keep(asked: FixtureArguments, config: Config): Promise<readonly string[]> {
  const { recording, note, imported } = await load(asked.call, config);
  if (imported && asked.name === undefined) throw new UsageError(NAMELESS);
  const name = asked.name ?? fixtureName(recording.id);
  const folder = join(asked.into ?? FIXTURES, name);
  if (existsSync(folder) && !asked.force) throw new RefusedError(`${folder} is there already; --force replaces it`);
  // What people put there, such as their marks, stays.
  const there = Object.entries(existsSync(folder) ? await filesIn(folder) : {});
  const beside = Object.fromEntries(there.filter(([file]) => !MADE.includes(file)));
  const made = await makeFixture(recording, name, asked, beside);
  await mkdir(folder, { recursive: true });
  for (const file of MADE) await rm(join(folder, file), { force: true });
  for (const [file, text] of Object.entries(made.files)) await writeFile(join(folder, file), text);
  const shown = relative(process.cwd(), folder);
  const path = shown.startsWith("..") ? folder : shown;
  return [
    path,
    ...[...(note === undefined ? [] : [note]), ...made.notes].map((line) => `  ${line}`),
    `Play it: npm run replay -- ${path}`,
  ];
}
