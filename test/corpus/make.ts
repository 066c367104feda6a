import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { runFixture } from "../../scripts/replay/fixture.ts";
import { FILES, FIXTURES } from "../../scripts/replay/fixture-folder.ts";
import { type RecordedCall, readCall, replayInputs } from "../../src/replay/replay.ts";
import type { Labels } from "../../src/replay/score/labels.ts";
import { type Finding, scoreCall } from "../../src/replay/score/score.ts";
import { standardParts } from "../../src/replay-parts.ts";
import type { Scene } from "./scene.ts";
import { SCENES } from "./scenes.ts";
import { openTheatre, type Played, type Theatre } from "./theatre.ts";

/**
 * `npx tsx test/corpus/make.ts [NAME…]`: plays the scenes (all, unless some are named) on a real gateway in real time, and makes a
 * fixture of each. Instants differ from one time to the next; whether a scene shows what it is about is seen to.
 */
const TRIES = 6;
/** At once, of the scenes that need nothing for themselves. */
const AT_ONCE = 3;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function make(theatre: Theatre, scene: Scene): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    try {
      const played = await theatre.play(scene);
      const call = readCall(played.recording);
      const { findings } = scoreCall(call, await replayInputs(call, standardParts()), played.truth);
      const why = missing(scene, call) ?? unexpected(scene, findings);
      if (why === undefined) return await keep(scene, played, findings);
      say(`${scene.name}: ${why}; once more`);
    } catch (error) {
      say(`${scene.name}: ${String(error).split("\n", 1)[0]}`);
    }
  }
  say(`${scene.name}: given up`);
  process.exitCode = 1;
}

/** What the scene should have shown and has not. */
function missing({ decides, shows }: Scene, call: RecordedCall): string | undefined {
  const decided = call.events.flatMap(({ effects }) =>
    effects.flatMap((effect) =>
      effect.do === "decide" ? [(effect["decision"] as { readonly what: string }).what] : [],
    ),
  );
  let at = 0;
  for (const what of decides) {
    at = decided.indexOf(what, at) + 1;
    if (at === 0) return `“${what}” is not, or not in its place, among ${decided.join(", ")}`;
  }
  return shows && !shows(call) ? `it does not show what it should; ${decided.join(", ")}` : undefined;
}

/** What went wrong for its caller and should not have, or the other way round. */
function unexpected({ faults = [] }: Scene, findings: readonly Finding[]): string | undefined {
  const found = findings.map(({ kind }) => kind);
  return isDeepStrictEqual(found, faults) ? undefined : `faults: ${found.join(", ") || "none"}`;
}

/** The marks on it. What goes wrong in it is written down with its instants, which differ from one time to the next. */
const labelsOf = ({ slow }: Scene, { truth }: Played, findings: readonly Finding[]): Labels => ({
  ...truth,
  ...(findings.length > 0 ? { expected: findings.map(({ kind, atMs }) => ({ kind, atMs })) } : {}),
  ...(slow ? { slow } : {}),
});

async function keep(scene: Scene, played: Played, findings: readonly Finding[]): Promise<void> {
  const { name, about, incidents, keep, sarvam } = scene;
  const folder = join(FIXTURES, name);
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "labels.json"), json(labelsOf(scene, played, findings)));
  if (sarvam && keep.sound) await writeFile(join(folder, FILES.mishaps), json(played.mishaps));
  if (keep.wire) {
    const wire = keep.wire === true ? played.wire : keep.wire(played.wire);
    await writeFile(join(folder, FILES.wire), wire.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }
  const args = ["--name", name, "--about", about, "--force", ...incidents.flatMap((it) => ["--incident", it])];
  const code = await runFixture(
    [played.path, ...args, ...(keep.sound || keep.wire ? ["--keep-audio"] : [])],
    {},
    { out: say, err: say },
  );
  if (code !== 0) throw new Error(`${name}: no fixture can be made of it`);
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !SCENES.some((scene) => scene.name === name));
if (unknown.length > 0) throw new Error(`there are no such scenes: ${unknown.join(", ")}`);
const scenes = SCENES.filter(({ name }) => names.length === 0 || names.includes(name));
await using theatre = await openTheatre(scenes);
const [alone, together] = [scenes.filter((it) => it.sarvam), scenes.filter((it) => !it.sarvam)];
const waiting = [...together];
const stages = Array.from({ length: AT_ONCE }, async () => {
  for (let scene = waiting.shift(); scene; scene = waiting.shift()) await make(theatre, scene);
});
await Promise.all(stages);
for (const scene of alone) await make(theatre, scene);
