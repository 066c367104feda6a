import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dialRecording, saidLines } from "../../scripts/replay/on-the-wire.ts";
import { echoAgent } from "../../src/dialog/echo.ts";
import { readRecording } from "../../src/journal/journal.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { agentOf } from "../../src/replay/again/outcome.ts";
import { replayLine } from "../../src/replay/line/line-only.ts";
import { jumping } from "../../src/replay/line/pace.ts";
import { type Difference, type RecordedCall, readCall, replayInputs } from "../../src/replay/replay.ts";
import { importWire } from "../../src/replay/wire/import.ts";
import { playWire, wireToJournal } from "../../src/replay/wire/wire.ts";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { wireParts } from "../replay/capture.ts";
import { DIALECTS, provider, REPLAY } from "../replay/studio.ts";
import { type Carrier, until } from "../rig.ts";
import { ask, greeted, type Story, startStory } from "./story.ts";

const VOICE = { voiceMsPerChar: 15 };
const CARRIERS: readonly Carrier[] = ["twilio", "exotel"];

type Taped = {
  readonly call: TwinCall;
  /** What went over the socket, one message a line, as it stood on the wire. */
  readonly log: string;
  readonly recording: RecordedCall;
  readonly said: readonly (readonly [string, string])[];
};

/** But for how long the caller waited: in real time, on a busy machine, that says nothing. */
const unhurried = (differences: readonly Difference[]): readonly Difference[] =>
  differences.filter(({ about }) => !about.includes("waited"));

describe.concurrent("a call of a twin, taped on its socket and recorded by the gateway", () => {
  let story: Story;
  beforeAll(async () => {
    story = await startStory({ simulator: VOICE, env: { RECORD_CALLS: "journal" } });
  });
  afterAll(async () => {
    await story[Symbol.asyncDispose]();
  });

  const taped = new Map<Carrier, Promise<Taped>>();
  const tape = (carrier: Carrier): Promise<Taped> => {
    const known = taped.get(carrier) ?? record(carrier);
    taped.set(carrier, known);
    return known;
  };

  async function record(carrier: Carrier): Promise<Taped> {
    const lines: string[] = [];
    const call = await story.dial(carrier, { onText: (text) => void lines.push(text) });
    // Between hearing and speaking the caller takes a breath: a replay's answers come a little sooner or later.
    const breathe = (): Promise<void> => call.say(Buffer.alloc(8 * 500, 0xff));
    await greeted(call);
    await breathe();
    await ask(call, "en-question");
    await breathe();
    await ask(call, "hi-question");
    await breathe();
    call.press("7");
    await call.waitFor((event) => event.kind === "mark-returned", 20_000, call.log.length);
    await breathe();
    call.hangUp();
    await call.over;
    const row = await story.ended(call);
    const said = (await story.turns(row)).map((turn) => [turn.user_text, turn.agent_generated] as const);
    return { call, log: lines.join("\n"), recording: await recorded(row.id), said };
  }

  async function recorded(id: string): Promise<RecordedCall> {
    const path = join(story.dataDir, "journals", "settled", `${id}.jsonl`);
    const text = await until("the settled journal", () => readFile(path, "utf8").catch(() => undefined));
    return readCall(readRecording(text));
  }

  test.each(CARRIERS)(
    "%s: the taped messages, imported and played: the same words, the same answers",
    async (carrier) => {
      const { log, said, recording } = await tape(carrier);
      expect(said.map(([words]) => words)).toEqual(["", voice("en-question").text, voice("hi-question").text, "7"]);
      const imported = importWire(log, { dialects: DIALECTS });
      expect(imported).toMatchObject({ timed: "by the carrier", badLines: [], dialect: { name: carrier } });
      const parts = () => wireParts(carrier, { ...provider(VOICE), agent: agentOf(recording.setup, echoAgent) });
      const played = await playWire(imported.messages, parts());
      expect(played.turns.map((turn) => [turn.userText, turn.agentGenerated])).toEqual(said);
      expect(played.differences).toEqual([]);
      const journal = readCall(readRecording(await wireToJournal(imported.messages, parts())));
      expect((await replayInputs(journal, REPLAY)).differences).toEqual([]);
    },
  );

  test.each(CARRIERS)(
    "%s: the recorded caller, played to an ear and a voice in memory: nothing is different",
    async (carrier) => {
      const { recording } = await tape(carrier);
      const { clock, stt, tts } = provider(VOICE);
      const parts = { ...REPLAY, clock, pace: jumping(clock), stt, tts, dialog: echoAgent };
      expect(unhurried((await replayLine(recording, parts)).differences)).toEqual([]);
    },
  );

  test.each(CARRIERS)("%s: dialled again, the gateway says the same", async (carrier) => {
    const { recording } = await tape(carrier);
    const { running, publicUrl, secrets, keys } = story;
    const dialled = await dialRecording(recording, { url: running.url, publicUrl, secrets, apiKey: keys.reader });
    expect(dialled.outcome).toEqual({ kind: "closed", code: 1000, by: "caller" });
    expect(unhurried(dialled.differences)).toEqual([]);
    expect(dialled.now).toMatchObject({ replies: 4, clears: dialled.was.clears });
    expect(dialled.turns?.length).toBe(carrier === "twilio" ? 4 : undefined);
    expect(saidLines(dialled)[1]).toMatch(/^replies +4 +4$/);
  });

  test("dialled as another carrier, and twice as fast, its caller is understood as well", async () => {
    const { recording } = await tape("twilio");
    const { running, publicUrl, secrets } = story;
    const lastsMs = recording.events.at(-1)?.event.atMs ?? 0;
    const beganAt = systemClock.now();
    const options = { url: running.url, publicUrl, secrets, carrier: "exotel", speed: 2 } as const;
    const { log, now } = await dialRecording(recording, options);
    expect(systemClock.now() - beganAt).toBeLessThan(lastsMs * 0.8);
    expect((log.at(-1)?.atMs ?? 0) - (log[0]?.atMs ?? 0)).toBeGreaterThan(lastsMs * 0.9);
    expect(now.replies).toBeGreaterThan(1);
  });

  test("a gateway that turns it away, and a line that cannot carry it, are named", async () => {
    const [{ recording }, exotel] = [await tape("twilio"), await tape("exotel")];
    const { running, publicUrl } = story;
    const dialled = await dialRecording(recording, { url: running.url, publicUrl, secrets: { authToken: "wrong" } });
    expect(dialled.differences[0]).toMatchObject({ about: "who ended the call", was: "the caller" });
    expect(dialled.differences[0]?.now).toMatch(/^not answered: 401/);
    await expect(
      dialRecording(exotel.recording, { url: running.url, publicUrl, secrets: {}, carrier: "twilio" }),
    ).rejects.toThrow("16-bit PCM, which no Twilio line carries");
  });
});
