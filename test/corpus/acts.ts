import type { Faults } from "../../src/simulator/sarvam/faults.ts";
import type { TwinEvent } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import type { Act, OnStage } from "./scene.ts";

/** What callers, and those behind the scenes, can do. */

const PATIENCE_MS = 15_000;

type Spoken = { readonly fromMs: number; readonly toMs: number };

/** Says one of the recorded voices; when it began and when its last sound had left. */
async function speak({ call }: OnStage, name: string): Promise<Spoken> {
  const { audio, text } = voice(name);
  const from = call.log.length;
  await call.say(audio, text);
  const began = call.log.slice(from).find(({ kind }) => kind === "speech-started");
  const ended = call.log.findLast(({ kind }) => kind === "speech-ended");
  return { fromMs: began?.atMs ?? 0, toMs: ended?.atMs ?? 0 };
}

/** Has something to say, and has said it. */
export const says =
  (name: string): Act =>
  async (on) => {
    const { toMs } = await speak(on, name);
    on.truth.finished.push(toMs);
  };

/** Says something, and has not finished. */
export const begins =
  (name: string): Act =>
  async (on) =>
    void (await speak(on, name));

/** Speaks into the agent's words, and means to stop it. */
export const breaksIn =
  (name: string): Act =>
  async (on) => {
    const { fromMs, toMs } = await speak(on, name);
    on.truth.interruptions.push({ fromMs });
    on.truth.finished.push(toMs);
  };

/** Only says that they are listening. */
export const acknowledges =
  (name: string): Act =>
  async (on) =>
    void on.truth.acknowledgements.push(await speak(on, name));

/** Makes a sound that is none of the agent's business. */
export const makesNoise =
  (name: string): Act =>
  async (on) =>
    void on.truth.noises.push(await speak(on, name));

export const waits =
  (ms: number): Act =>
  ({ sleep }) =>
    sleep(ms);

/** Presses these keys, as fast as fingers do. */
export const presses =
  (keys: string): Act =>
  async ({ call, sleep }) => {
    for (const key of keys) {
      call.press(key);
      await sleep(180);
    }
  };

/** After a moment. */
export const hangsUp: Act = async ({ call, sleep }) => {
  await sleep(600);
  call.hangUp();
  await call.over;
};

/** The network breaks off: no close frame. */
export const isCutOff: Act = ({ call }) => {
  call.breakOff();
  return call.over;
};

/** The agent ends the call. */
export const isLetGo: Act = ({ call }) => call.over;

const when =
  (wanted: (event: TwinEvent) => boolean): Act =>
  ({ call }) =>
    call.waitFor(wanted, PATIENCE_MS);

/** Has heard this piece of the agent's words to its end. */
export const hears = (mark: string): Act =>
  when((event) => event.kind === "mark-returned" && event.name === mark && event.why !== "cleared");

/** All sound of this piece has been sent; the end of it is still to be heard. */
export const isSent = (mark: string): Act => when((event) => event.kind === "mark-received" && event.name === mark);

/** The agent has begun to speak for the `times`-th time. */
export const agentSpeaks =
  (times: number): Act =>
  ({ call }) =>
    call.waitFor(
      nth(times, ({ kind }) => kind === "playback-started"),
      PATIENCE_MS,
    );

/** The agent has fallen silent for the `times`-th time. */
export const agentIsSilent =
  (times: number): Act =>
  ({ call }) =>
    call.waitFor(
      nth(times, ({ kind }) => kind === "playback-ended"),
      PATIENCE_MS,
    );

function nth(times: number, wanted: (event: TwinEvent) => boolean): (event: TwinEvent) => boolean {
  let seen = 0;
  return (event) => wanted(event) && ++seen === times;
}

/** Both at once; over when both are. */
export const meanwhile =
  (one: Act, other: Act): Act =>
  (on) =>
    Promise.all([one(on), other(on)]);

export const inTurn =
  (...acts: readonly Act[]): Act =>
  async (on) => {
    for (const act of acts) await act(on);
  };

/** From now on Sarvam behaves otherwise. */
export const sarvam =
  (set: Partial<Faults>): Act =>
  (on) =>
    on.mishap({ set });

/** Sarvam's sockets of this kind are lost. */
export const loses =
  (cut: "stt-realtime" | "tts"): Act =>
  (on) =>
    on.mishap({ cut });
