import { expect, test } from "vitest";
import { imitation } from "../../scripts/replay/imitation.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { NotReplayableError } from "../../src/replay/again/recorded-call.ts";
import { replayLine } from "../../src/replay/line/line-only.ts";
import { jumping } from "../../src/replay/line/pace.ts";
import type { RecordedCall, Replayed } from "../../src/replay/replay.ts";
import { callerSide, eventsIn } from "../../src/replay/score/sides.ts";
import type { EarKnobs } from "../../src/replay/sweep/knobs.ts";
import { REPLAY, recorded } from "./studio.ts";

/** A sentence with a pause in it, and a question. */
const call = await recorded([
  { wait: 4000 },
  { say: "hi-first" },
  { wait: 380 },
  { say: "hi-second" },
  { wait: 5000 },
  { say: "en-question" },
  { wait: 4000 },
]);

function again(it: RecordedCall, ear?: EarKnobs): Promise<Replayed> {
  const clock = new VirtualClock();
  return replayLine(it, { ...REPLAY, clock, pace: jumping(clock), ...imitation(it, clock, ear) });
}

const finals = ({ entries }: Replayed): readonly string[] =>
  callerSide(eventsIn(entries)).flatMap(({ final }) => final?.text ?? []);

const SENTENCE = "मेरा ऑर्डर नंबर अभी तक नहीं आया।";
const QUESTION = "What are your opening hours?";

/** The same call, as if a real ear had understood other words in it. */
const reworded = (words: Readonly<Record<string, string>>): RecordedCall => ({
  ...call,
  events: call.events
    .filter(({ event }) => event.kind !== "partial")
    .map(({ event, effects }) => {
      const text = event.kind === "final" ? { text: words[event.text] ?? event.text } : {};
      return { event: { ...event, ...text }, effects };
    }),
});

test("the call goes as it went, and the same each time", async () => {
  const replayed = await again(call);
  expect(finals(replayed)).toEqual([SENTENCE, QUESTION]);
  expect(replayed.turns.map(({ agentGenerated }) => agentGenerated)).toContain("We are open on every day of the week.");
  expect(JSON.stringify((await again(call)).entries)).toBe(JSON.stringify(replayed.entries));
});

test("words that no imitated ear could know are those of the recording", async () => {
  const other = reworded({ [SENTENCE]: "मुझे शिकायत करनी है", [QUESTION]: "" });
  expect(finals(await again(other))).toEqual(["मुझे शिकायत करनी है"]);
});

test("an ear that is quicker to call it an end hears the same words, each in its time", async () => {
  const [first = "", second = "", ...rest] = finals(await again(call, { silenceMs: 200 }));
  expect(`${first} ${second}`).toBe(SENTENCE);
  expect(second.split(" ").length).toBeGreaterThan(1);
  expect(rest).toEqual([QUESTION]);
});

test("an ear for shouting hears nothing", async () => {
  expect(finals(await again(call, { threshold: 1 }))).toEqual([]);
});

test("an ear that waits for long sounds does not hear short ones", async () => {
  const hmm = await recorded([{ wait: 4000 }, { say: "hi-hmm" }, { wait: 3000 }]);
  expect(finals(await again(hmm)).length).toBe(1);
  expect(finals(await again(hmm, { minSpeechMs: 900 }))).toEqual([]);
});

test.each([
  { dialog: { kind: "echo" }, says: QUESTION },
  { dialog: { kind: "chat", systemPrompt: "You run a shop." }, says: "We are open from nine in the morning" },
])("a dialog of kind $dialog.kind answers", async ({ dialog, says }) => {
  const { turns } = await again({ ...call, setup: { ...call.setup, dialog } });
  expect(turns.find(({ userText }) => userText === QUESTION)?.agentGenerated).toContain(says);
});

test("a dialog that the journal does not know is refused", () => {
  const nameless = { ...call, setup: { ...call.setup, dialog: null } };
  expect(() => imitation(nameless, new VirtualClock())).toThrow(NotReplayableError);
});
