import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type Config, ConfigError, type Environment } from "../../src/config.ts";
import { systemClock } from "../../src/kit/clock.ts";
import {
  type Combination,
  earWith,
  finishedBySound,
  type Grid,
  gridOf,
  KnobError,
  LabelsError,
  NotReplayableError,
  policyWith,
  type RecordedCall,
  type Replayed,
  type ReplayParts,
  readLabels,
  replayInputs,
  type SweptCall,
  sweep,
  sweepPlot,
  sweepTable,
} from "../../src/replay/replay.ts";
import { replayConfig, replayParts } from "../../src/replay-parts.ts";
import { listFixtures } from "../replay/fixture-folder.ts";
import { load, UnreadableError } from "../replay/load.ts";
import { replayImitated } from "../replay/player.ts";
import type { Terminal } from "../replay/run.ts";

const USAGE = `npm run sweep -- --set KNOB=V1,V2 [--set …] [--out FILE] [CALL…]

  --set     values for one of our own limits, such as bargeIn.minMs or turn.mergeMs: the inputs are as recorded;
            or for the ear: ear.silenceMs, ear.threshold, ear.minSpeechMs: the recorded sound is heard anew
  --out     where the plot goes; sweep.svg in DATA_DIR otherwise
  CALL      fixtures' folders, journals, or ids of calls under DATA_DIR; all of test/fixtures otherwise`;

/** What the person who asked can mend. */
const MENDABLE = [KnobError, LabelsError, UnreadableError, ConfigError, NotReplayableError];

/** `npm run sweep`: 0, or 2 for what cannot be swept. */
export async function runSweep(args: readonly string[], env: Environment, terminal: Terminal): Promise<0 | 2> {
  const asked = understood(args);
  if (typeof asked === "string") {
    terminal.err(`${asked}\n\n${USAGE}`);
    return 2;
  }
  try {
    await swept(asked, env, terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof Error) || !MENDABLE.some((kind) => error instanceof kind)) throw error;
    terminal.err(error.message);
    return 2;
  }
}

type Asked = { readonly sets: readonly string[]; readonly out: string | undefined; readonly named: readonly string[] };

function understood(args: readonly string[]): Asked | string {
  try {
    const options = { set: { type: "string", multiple: true }, out: { type: "string" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    return { sets: values.set ?? [], out: values.out, named: positionals };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function swept({ sets, out, named }: Asked, env: Environment, terminal: Terminal): Promise<void> {
  const config = replayConfig(env);
  const parts = replayParts(config);
  const grid = gridOf(sets, parts.policy);
  const paths = named.length > 0 ? named : await listFixtures();
  const calls = usable(await Promise.all(paths.map((path) => sweptCall(path, config, terminal.err))), grid, terminal);
  const size = `${counted(grid.combinations.length, "combination")}, ${counted(calls.length, "call")}`;
  const how = grid.needsEar ? "heard anew by the imitated ear" : "inputs as recorded";
  terminal.out(`${size}, ${how}`);
  const beganAt = systemClock.now();
  const rows = await sweep(calls, grid, player(parts, grid));
  terminal.out(`played in ${((systemClock.now() - beganAt) / 1000).toFixed(1)} s\n`);
  for (const line of sweepTable(rows, grid.names)) terminal.out(line);
  const file = out ?? join(config.state.dataDir, "sweep.svg");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, sweepPlot(rows, grid.names, `What if? ${size}, ${how}`));
  terminal.out(`\nThe plot: ${file}`);
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** A call with the labels that lie beside it in its folder. `tell`: what there is to know of how it was read. */
export async function sweptCall(path: string, config: Config, tell: (line: string) => void): Promise<SweptCall> {
  const { call, note } = await load(path, config).catch((error: unknown) => {
    throw error instanceof UnreadableError ? new UnreadableError(`${path}: ${error.message}`) : error;
  });
  if (note !== undefined) tell(`${path}: ${note}`);
  const file = join(path, "labels.json");
  const labels = existsSync(file) ? { labels: readLabels(await readFile(file, "utf8"), file) } : {};
  return { name: basename(path), call, ...labels };
}

/** Where ears are compared, only calls with sound are of use, and none of the ears is asked when the caller had finished. */
function usable(calls: readonly SweptCall[], { needsEar }: Grid, { err }: Terminal): readonly SweptCall[] {
  if (!needsEar) return calls;
  const audible = calls.filter(({ call }) => call.audio.length > 0);
  const silent = calls.filter((call) => !audible.includes(call)).map(({ name }) => name);
  if (audible.length === 0)
    throw new NotReplayableError("none of the calls was recorded with its sound, which an ear needs");
  if (silent.length > 0) err(`recorded without sound and left out: ${silent.join(", ")}`);
  return audible.map(({ labels, ...rest }) => ({
    ...rest,
    labels: { finished: finishedBySound(rest.call), ...labels },
  }));
}

/** How one call is played under one combination. */
const player =
  (parts: ReplayParts, { needsEar }: Grid) =>
  (call: RecordedCall, combination: Combination): Promise<Replayed> => {
    const turned = { ...parts, policy: policyWith(parts.policy, combination) };
    return needsEar ? replayImitated(call, turned, earWith(combination)) : replayInputs(call, turned);
  };
