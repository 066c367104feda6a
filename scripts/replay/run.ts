import { type Config, ConfigError, type Environment } from "../../src/config.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { decisionLog, NotReplayableError, readCall, storyOf } from "../../src/replay/replay.ts";
import { replayConfig } from "../../src/replay-parts.ts";
import { type How, REPLAY_USAGE, type ReplayArguments, replayArguments, type Show, UsageError } from "./arguments.ts";
import { load, UnreadableError } from "./load.ts";
import { type Player, playerFor } from "./player.ts";
import { differenceLines, jsonLine, type Played, reportLines, summaryLine } from "./print.ts";

/** Where a command writes; a line at a time, without line ends. */
export type Terminal = { readonly out: (line: string) => void; readonly err: (line: string) => void };

/** 0: nothing is different; 1: something is; 2: bad usage, or something that was named cannot be played. */
export type ExitCode = 0 | 1 | 2;

/** `npm run replay`: plays calls again and shows what came of it. What cannot be played is named; the others still are. */
export async function runReplay(args: readonly string[], env: Environment, terminal: Terminal): Promise<ExitCode> {
  const asked = understood(args, env, terminal);
  if (!asked) return 2;
  const { files, how, show, config } = asked;
  const player = playerFor(how, config, terminal.err);
  const played: Played[] = [];
  for (const name of files) {
    const one = await play(name, player, config, terminal);
    if (!one) continue;
    played.push(one);
    for (const line of linesOf(one, how, show)) terminal.out(line);
  }
  const unreadable = files.length - played.length;
  if (show === "differences") terminal.out(summaryLine(played, unreadable));
  if (unreadable > 0) return 2;
  return played.some(({ result }) => result.differences.length > 0) ? 1 : 0;
}

function understood(
  args: readonly string[],
  env: Environment,
  { err }: Terminal,
): (ReplayArguments & { readonly config: Config }) | undefined {
  try {
    return { ...replayArguments(args), config: replayConfig(env) };
  } catch (error) {
    if (error instanceof UsageError) err(`${error.message}\n\n${REPLAY_USAGE}`);
    else if (error instanceof ConfigError) err(error.message);
    else throw error;
    return undefined;
  }
}

async function play(name: string, player: Player, config: Config, { err }: Terminal): Promise<Played | undefined> {
  try {
    const { call, note } = await load(name, config);
    if (note !== undefined) err(`${name}: ${note}`);
    const beganAt = systemClock.now();
    const result = await player(call);
    return { name, call, result, tookMs: systemClock.now() - beganAt };
  } catch (error) {
    const expected = error instanceof UnreadableError || error instanceof NotReplayableError;
    // A mistake of ours, then, which one call brings to light: the others can still be played.
    err(`${name}: ${error instanceof Error && !expected ? error.stack : messageOf(error)}`);
    return undefined;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function linesOf(played: Played, how: How, show: Show): readonly string[] {
  const { call, result } = played;
  const { replayed } = result;
  switch (show) {
    case "differences":
      return reportLines(played);
    case "explain": {
      // Of a call that was heard and answered anew, the new story is the one to tell.
      const anew = how.kind === "line" || how.kind === "live";
      const told = anew && replayed ? readCall({ id: call.id, entries: replayed.entries, corrupt: 0 }) : call;
      return [...storyOf(told), "", "Played again:", ...differenceLines(result), ""];
    }
    case "decisions":
      return decisionLog(replayed?.decisions ?? [])
        .split("\n")
        .slice(0, -1);
    case "json":
      return [jsonLine(played)];
  }
}
