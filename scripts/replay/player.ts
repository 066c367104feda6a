import type { Config } from "../../src/config.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import {
  type EarKnobs,
  jumping,
  NotReplayableError,
  type RecordedCall,
  type Replayed,
  type ReplayParts,
  replayInputs,
  replayLine,
} from "../../src/replay/replay.ts";
import { publicUrlOf, replayParts } from "../../src/replay-parts.ts";
import type { How } from "./arguments.ts";
import { imitation } from "./imitation.ts";
import { liveReplay } from "./live.ts";
import type { MishapCall } from "./mishaps.ts";
import { dialRecording, saidLines } from "./on-the-wire.ts";
import type { Result } from "./print.ts";

/** One way of playing a call again. Rejects with `NotReplayableError` for a call that cannot be played in this way. */
export type Player = (call: MishapCall) => Promise<Result>;

/** `say`: what the person who asked should know before it begins. */
export function playerFor(how: How, config: Config, say: (line: string) => void): Player {
  const parts = replayParts(config);
  switch (how.kind) {
    case "inputs":
      return async (call) => resultOf(await replayInputs(call, parts));
    case "line":
      return async (call) => resultOf(await replayImitated(call, parts));
    case "live": {
      const replay = liveReplay(config, say);
      return async (call) => resultOf(await replay(call));
    }
    case "wire":
      return (call) => dial(call, how, config);
    default:
      return how satisfies never;
  }
}

const resultOf = (replayed: Replayed): Result => ({
  differences: replayed.differences,
  lastsMs: replayed.lastsMs,
  replayed,
});

async function dial(
  call: RecordedCall,
  { url, speed }: How & { readonly kind: "wire" },
  config: Config,
): Promise<Result> {
  const { authToken = "" } = config.twilio;
  const { streamUser: user = "", streamPassword: password = "" } = config.exotel;
  const publicUrl = publicUrlOf(config);
  const options = {
    url,
    speed,
    secrets: { authToken, user, password },
    ...(publicUrl === undefined ? {} : { publicUrl }),
  };
  const dialled = await dialRecording(call, options);
  const { outcome, differences } = dialled;
  if (outcome.kind !== "closed") {
    const why = "why" in outcome ? outcome.why : outcome.kind;
    throw new NotReplayableError(`${call.id}: the gateway at ${url} did not take the call: ${why}`);
  }
  return { differences, lastsMs: call.events.at(-1)?.event.atMs ?? 0, lines: saidLines(dialled) };
}

/** Line only, with everybody else imitated in memory and time that jumps: the same each time, to the byte. */
export async function replayImitated(call: MishapCall, parts: ReplayParts, ear: EarKnobs = {}): Promise<Replayed> {
  const clock = new VirtualClock(call.opening?.openedAt);
  return replayLine(call, { ...parts, clock, pace: jumping(clock), ...imitation(call, clock, ear) });
}
