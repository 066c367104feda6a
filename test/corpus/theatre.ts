import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mishap } from "../../scripts/replay/mishaps.ts";
import { type Recording, readRecording } from "../../src/journal/journal.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog } from "../../src/kit/log.ts";
import { noFaults } from "../../src/simulator/sarvam/faults.ts";
import { type Rig, startRig, until } from "../rig.ts";
import type { Happens, OnStage, Scene, Truth, WireLine } from "./scene.ts";

/** A call that was played: its journal, what was done to Sarvam, the truth about it, and the wire. Times on the call's own line. */
export type Played = {
  readonly recording: Recording;
  readonly path: string;
  readonly mishaps: readonly Mishap[];
  readonly truth: Truth;
  readonly wire: readonly WireLine[];
};

/** A real gateway, on which scenes are played. */
export type Theatre = AsyncDisposable & {
  /** Rejects when something that the scene waits for never happens. */
  play(scene: Scene): Promise<Played>;
};

const always = new AbortController().signal;

export async function openTheatre(scenes: readonly Scene[]): Promise<Theatre> {
  const [folder = "", dataDir = ""] = await Promise.all(
    ["agents", "data"].map((name) => mkdtemp(join(tmpdir(), `corpus-${name}-`))),
  );
  const agents = scenes.map(({ name, agent }, index) => [numberOf(index), { name, ...agent }]);
  const file = join(folder, "agents.json");
  await writeFile(file, JSON.stringify(Object.fromEntries(agents)));
  const env = { AGENTS_FILE: file, SARVAM_STT_API: "realtime", RECORD_CALLS: "journal" };
  const rig = await startRig({ env, dataDir, log: silentLog });
  return {
    play: (scene) => play(rig, scene, numberOf(scenes.indexOf(scene))),
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const numberOf = (index: number): string => `+9180${40_000_000 + index}`;

async function play(rig: Rig, scene: Scene, to: string): Promise<Played> {
  const { carrier = "twilio", line = {}, acts, sarvam: set = {} } = scene;
  const mishaps: Mishap[] = [];
  const frames: number[] = [];
  const wire: WireLine[] = [];
  const mishap = (happens: Happens): void => {
    mishaps.push({ atMs: systemClock.now(), ...happens });
    if ("cut" in happens) rig.simulator.drop(happens.cut);
    else Object.assign(rig.simulator.faults, happens.set);
  };
  const dialledMs = systemClock.now();
  if (Object.keys(set).length > 0) mishap({ set });
  const call = await rig.dial(carrier, {
    ...line,
    to,
    onFrame: (_, atMs) => frames.push(atMs),
    onText: (text, from, atMs) => {
      if (from === "carrier") wire.push({ atMs: rounded(atMs - dialledMs), message: JSON.parse(text) });
    },
  });
  const truth: Truth = { finished: [], acknowledgements: [], noises: [], interruptions: [] };
  const on: OnStage = { call, truth, mishap, sleep: (ms) => systemClock.sleep(ms, always) };
  try {
    for (const act of acts) await act(on);
  } finally {
    call.hangUp();
    await call.over;
    Object.assign(rig.simulator.faults, noFaults());
  }
  const closed = call.log.find((event) => event.kind === "closed");
  if (closed?.kind === "closed" && closed.by !== "gateway") {
    wire.push({ atMs: rounded(closed.atMs - dialledMs), closed: closed.code });
  }
  const { path, recording } = await journalOf(rig, call.callSid);
  const beganAt = (frames[0] ?? 0) - firstFrameMs(recording);
  const onCall = (atMs: number): number => rounded(Math.max(0, atMs - beganAt));
  return {
    path,
    recording,
    wire,
    mishaps: mishaps.map((one) => ({ ...one, atMs: onCall(one.atMs) })),
    truth: onLine(truth, onCall),
  };
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

/** The twin's clock and the call's differ by a constant: the same frame is in both. */
function firstFrameMs({ entries }: Recording): number {
  const first = entries.find((entry) => "audio" in entry);
  if (!first) throw new Error("a call without a single frame");
  return first.atMs;
}

function onLine({ finished, acknowledgements, noises, interruptions }: Truth, onCall: (atMs: number) => number): Truth {
  const range = ({ fromMs, toMs }: Truth["noises"][number]) => ({ fromMs: onCall(fromMs), toMs: onCall(toMs) });
  return {
    finished: finished.map(onCall),
    acknowledgements: acknowledgements.map(range),
    noises: noises.map(range),
    interruptions: interruptions.map(({ fromMs }) => ({ fromMs: onCall(fromMs) })),
  };
}

async function journalOf(
  { dataDir }: Rig,
  callSid: string,
): Promise<{ readonly path: string; readonly recording: Recording }> {
  const settled = join(dataDir, "journals", "settled");
  return until(`the journal of ${callSid}`, async () => {
    for (const name of await readdir(settled).catch(() => [])) {
      const path = join(settled, name);
      const text = await readFile(path, "utf8");
      if (text.includes(`"carrierCallId":"${callSid}"`)) return { path, recording: readRecording(text) };
    }
    return undefined;
  });
}
