import { expect, test } from "vitest";
import type { CallEvent, Order } from "../../src/call/call.ts";
import { columns } from "../../src/kit/columns.ts";
import type { CallId, Decision, Turn } from "../../src/record/record.ts";
import type { NotedEffect, RecordedCall, RecordedEvent } from "../../src/replay/again/recorded-call.ts";
import { storyOf } from "../../src/replay/story/story.ts";

const format = { encoding: "mulaw", rate: 8000 } as const;
const LONG = "आपका ऑर्डर कल हमारे गोदाम से निकल चुका है और वह परसों शाम तक आपके पते पर पहुँच जाएगा, धन्यवाद।";

const at = (event: CallEvent, ...effects: readonly NotedEffect[]): RecordedEvent => ({ event, effects });
const begin = (generation: number): NotedEffect => ({ do: "start-reply", generation, source: { kind: "say" } });
const stop: NotedEffect = { do: "stop-reply" };
const decide = (decision: Partial<Decision>): NotedEffect => ({
  do: "decide",
  decision: { atMs: 0, what: "waited", why: "", inputs: {}, limits: {}, otherwise: "", ...decision },
});
const turn = (seq: number, userText: string, metrics: Turn["metrics"]): NotedEffect => ({
  do: "write-turn",
  turn: { seq, userText, agentGenerated: "", agentSent: "", agentHeard: "", interrupted: false, startedMs: 0, metrics },
});

function call(events: readonly RecordedEvent[]): RecordedCall {
  const id = "call_1" as CallId;
  const setup = { agent: "clinic" } as RecordedCall["setup"];
  const opening = {
    id,
    carrier: "twilio",
    carrierCallId: "CA1",
    from: "+910000000001",
    to: "+910000000002",
    agent: "clinic",
    language: "hi-IN",
    openedAt: Date.UTC(2026, 10, 20, 17, 19, 52, 876),
  } as const;
  return { id, setup, opening, format, events, replies: [], sent: [], audio: [] };
}

/** The story without its first lines, which say which call it is. */
const told = (...events: readonly RecordedEvent[]): string => storyOf(call(events)).slice(3).join("\n");

test("the story begins with which call it is", () => {
  expect(storyOf(call([])).slice(0, 2)).toEqual([
    "call_1 over twilio, +910000000001 → +910000000002",
    "2026-11-20 17:19:52 UTC, answered by “clinic”",
  ]);
});

test("a turn is told with what was decided below it: cause, evidence, limits, and what would have changed it", () => {
  const answered = {
    what: "answered",
    why: "final",
    inputs: { waitedMs: 120.4, turn: 2, sameTurn: false },
    limits: { "turn.finalMs": 2000 },
    otherwise: "without words in it nothing would have been answered",
  };
  expect(
    told(
      at({ kind: "started", format, atMs: 324.7 }, begin(1)),
      at({ kind: "generated", generation: 1, text: "Hello.", atMs: 330 }),
      at({ kind: "audible", generation: 1, atMs: 587.8 }),
      at({ kind: "sent", generation: 1, piece: 0, audioMs: 500, atMs: 900 }),
      at({ kind: "played", mark: "g1:0", atMs: 1090 }),
      at({ kind: "speech-started", utterance: 1, atMs: 2000 }),
      at({ kind: "partial", utterance: 1, text: "मेरा", atMs: 2100 }),
      at({ kind: "speech-ended", utterance: 1, atMs: 3000 }),
      at({ kind: "final", utterance: 1, text: "मेरा ऑर्डर कहाँ है?", atMs: 3120 }, decide(answered), begin(2)),
      at({ kind: "generated", generation: 2, text: LONG, atMs: 3130 }),
      at({ kind: "audible", generation: 2, atMs: 3250 }),
      at({ kind: "sent", generation: 2, piece: 0, audioMs: 900, atMs: 4000 }),
      at({ kind: "played", mark: "g2:0", atMs: 4150 }, turn(2, "मेरा ऑर्डर कहाँ है?", { sttMs: 120.4, firstAudioMs: 130 })),
      at(
        { kind: "line-over", how: "caller-hung-up", detail: "stop", atMs: 5000 },
        { do: "end", end: { how: "caller-hung-up", detail: "stop" } },
      ),
    ),
  ).toMatchInlineSnapshot(`
    "00:00.325  line    opens, mulaw at 8 kHz
    00:00.588  agent   “Hello.” until 00:01.090

    00:02.000  caller  “मेरा ऑर्डर कहाँ है?” until 00:03.000
    00:03.120          ▸ answered: the transcript came
                         waited 120 ms, turn 2, same turn: no; limits: turn.finalMs 2000
                         otherwise: without words in it nothing would have been answered
    00:03.250  agent   “आपका ऑर्डर कल हमारे गोदाम से निकल चुका है और वह परसों शाम तक आपके पते पर पहुँच जाएगा, धन्यवाद।” until
                       00:04.150

    The call ended at 00:05.000: caller-hung-up, stop.

    turn  in ms             transcript       dialog        voice  first sound  agent spoke
       2  मेरा ऑर्डर कहाँ है?          120            –            –          130            –"
  `);
});

test("what was cut off, what was never said and what no mark vouches for is marked", () => {
  expect(
    told(
      at({ kind: "started", format, atMs: 0 }, begin(1)),
      at({ kind: "generated", generation: 1, text: "One.", atMs: 1 }),
      at({ kind: "generated", generation: 1, text: "Two.", atMs: 2 }),
      at({ kind: "generated", generation: 1, text: "Three.", atMs: 3 }),
      at({ kind: "audible", generation: 1, atMs: 100 }),
      at({ kind: "sent", generation: 1, piece: 0, audioMs: 500, atMs: 500 }),
      at({ kind: "audible", generation: 1, atMs: 510 }),
      at({ kind: "played", mark: "g1:0", atMs: 600 }),
      at(
        { kind: "speech-started", utterance: 1, atMs: 700 },
        stop,
        decide({ what: "barge-in", why: "speech-started" }),
      ),
      at({ kind: "played", mark: "g1:1", atMs: 710 }),
      at({ kind: "speech-ended", utterance: 1, atMs: 900 }),
      at({ kind: "timer", timer: "final", atMs: 2900 }, begin(2)),
      at({ kind: "generated", generation: 2, text: "Four.", atMs: 2901 }),
      at({ kind: "audible", generation: 2, atMs: 3000 }),
      at({ kind: "sent", generation: 2, piece: 0, audioMs: 500, atMs: 3100 }),
    ),
  ).toMatchInlineSnapshot(`
    "00:00.000  line    opens, mulaw at 8 kHz
    00:00.100  agent   “One.”
                       “Two.” ✂ cut off at 00:00.700
                       “Three.” ✂ never said

    00:00.700  caller  a sound without words until 00:00.900
                       ▸ barge-in: the caller began to make sounds
    00:03.000  agent   “Four.” ? sent, but no mark says that it was heard

    The journal stops at 00:03.100, before the call had ended.

    There was no turn."
  `);
});

test("keys stand where the first was pressed, until they are taken as words", () => {
  const taken = decide({ what: "answered", why: "keys" });
  expect(
    told(
      at({ kind: "key", digit: "1", atMs: 100 }),
      at({ kind: "key", digit: "2", atMs: 200 }),
      at({ kind: "timer", timer: "keys", atMs: 2200 }, taken),
      at({ kind: "key", digit: "#", atMs: 3000 }),
      at({ kind: "partial", utterance: 1, text: "and then", atMs: 3500 }),
    ),
  ).toMatchInlineSnapshot(`
    "
    00:00.100  caller  presses 1 2
    00:02.200          ▸ answered: the caller's keys are taken as words

    00:03.000  caller  presses #

    00:03.500  caller  “and then”, as far as it was understood

    The journal stops at 00:03.500, before the call had ended.

    There was no turn."
  `);
});

test("what is written, ordered, or made to sound is told; keys that a free dialog was told of stand together until it speaks", () => {
  const free = { ...call([]), setup: { agent: "clinic", free: true } as RecordedCall["setup"] };
  const digits: NotedEffect = { do: "start-reply", generation: 1, source: { kind: "digits", digits: "4w#" } };
  const sound: NotedEffect = { do: "start-reply", generation: 2, source: { kind: "speech", speech: 1, of: "sound" } };
  const order = (it: Order, atMs: number): CallEvent => ({ kind: "order", order: it, atMs });
  const tuning = { speaks: "ta-IN", listensFor: "unknown" } as const;
  const events = [
    at({ kind: "text", text: " my order ", atMs: 100 }, decide({ what: "answered", why: "text" })),
    at({ kind: "key", digit: "1", atMs: 200 }),
    at({ kind: "key", digit: "2", atMs: 300 }),
    at(order({ do: "digits", digits: "4w#" }, 400), decide({ what: "told", why: "digits" }), digits),
    at({ kind: "generated", generation: 1, text: "", atMs: 410 }),
    at({ kind: "audible", generation: 1, atMs: 420 }),
    at({ kind: "sent", generation: 1, piece: 0, audioMs: 900, atMs: 1000 }),
    at({ kind: "played", mark: "g1:0", atMs: 1400 }, { do: "retune", tuning }, sound),
    at({ kind: "generated", generation: 2, text: "", atMs: 1410 }),
    at({ kind: "audible", generation: 2, atMs: 1420 }),
    at({ kind: "key", digit: "3", atMs: 1500 }, stop),
    at(order({ do: "record", on: false }, 1600), { do: "record", on: false }),
    at(order({ do: "record", on: true }, 1700), { do: "record", on: true }),
  ];
  expect(
    storyOf({ ...free, events })
      .slice(3)
      .join("\n"),
  ).toMatchInlineSnapshot(`
    "
    00:00.100  caller  writes “my order”
                       ▸ answered: the caller wrote something

    00:00.200  caller  presses 1 2
    00:00.400          ▸ told: digits
    00:00.420  agent   the keys 4 w # until 00:01.400
    00:01.400  agent   from here on speaks ta-IN, listens for any language
    00:01.420  agent   a sound ✂ cut off at 00:01.500

    00:01.500  caller  presses 3
    00:01.600  line    is not recorded from here on
    00:01.700  line    is recorded again

    The journal stops at 00:01.700, before the call had ended.

    There was no turn."
  `);
});

test("no line is wider than 110 columns, whatever was said", () => {
  const words = Array.from({ length: 200 }, (_, i) => (i % 2 ? "ஆர்டர்" : "ଅର୍ଡର")).join(" ");
  const events = [
    at(
      { kind: "final", utterance: 1, text: words, atMs: 1 },
      decide({ what: "ear", why: words, otherwise: words }),
      begin(1),
    ),
    at({ kind: "generated", generation: 1, text: words, atMs: 2 }, turn(1, words, {})),
  ];
  const lines = storyOf(call(events));
  expect(lines.length).toBeGreaterThan(40);
  for (const line of lines) expect(columns(line), line).toBeLessThanOrEqual(110);
});
