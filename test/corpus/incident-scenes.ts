import {
  agentIsSilent,
  agentSpeaks,
  begins,
  breaksIn,
  hangsUp,
  hears,
  inTurn,
  isCutOff,
  isSent,
  loses,
  makesNoise,
  meanwhile,
  sarvam,
  says,
  waits,
} from "./acts.ts";
import { clerk, DESK, SHOP } from "./agents.ts";
import { misplaced } from "./misplaced.ts";
import type { Scene } from "./scene.ts";

/** The field's known bugs that the languages' calls do not show. */
export const INCIDENT_SCENES: readonly Scene[] = [
  {
    name: "i2-marks-after-the-clear",
    about:
      "The marks of an answer that was stopped come back seconds late, in the middle of others: they prove nothing",
    incidents: ["I2"],
    line: { faults: { lateMarksMs: 3500 } },
    agent: DESK,
    keep: { sound: false },
    acts: [
      agentIsSilent(1),
      waits(300),
      says("en-question"),
      isSent("g2:0"),
      waits(600),
      breaksIn("en-interrupt"),
      hears("g3:0"),
      hangsUp,
    ],
    decides: ["answered", "barge-in", "answered", "ended"],
    shows: ({ events }) => {
      const spoken = events.findIndex(({ event }) => event.kind === "audible" && event.generation === 3);
      const late = events.findIndex(({ event }) => event.kind === "played" && event.mark === "g2:0");
      return (
        late > spoken && late < events.findIndex(({ event }) => event.kind === "reply-sent" && event.generation === 3)
      );
    },
  },
  {
    name: "i6-spoken-into-the-goodbye",
    about: "The caller speaks into the agent's goodbye: it is cancelled, and the line stays",
    incidents: ["I6", "I5"],
    agent: SHOP,
    keep: { sound: true },
    acts: [hears("g1:0"), says("hi-bye"), agentSpeaks(2), waits(800), breaksIn("hi-question"), hears("g3:0"), hangsUp],
    decides: ["answered", "barge-in", "goodbye cancelled", "answered", "ended"],
  },
  {
    name: "i6-spoken-after-the-goodbye",
    about: "The caller speaks when the goodbye must be over and its mark is not back yet: the line stays all the same",
    incidents: ["I6", "I5"],
    line: { faults: { lateMarksMs: 1300 } },
    agent: SHOP,
    keep: { sound: false },
    acts: [
      hears("g1:0"),
      says("hi-bye"),
      agentSpeaks(2),
      agentIsSilent(2),
      waits(600),
      says("hi-question"),
      hears("g3:0"),
      hangsUp,
    ],
    decides: ["answered", "barge-in", "goodbye cancelled", "answered", "ended"],
    shows: ({ events }) => {
      const spoken = events.findIndex(({ effects }) => effects.some((it) => it.do === "stop-reply"));
      const sentMs = events.find(({ event }) => event.kind === "reply-sent" && event.generation === 2)?.event.atMs;
      const played = events.findIndex(({ event }) => event.kind === "played" && event.mark === "g2:0");
      return spoken < played && (events[spoken]?.event.atMs ?? 0) - (sentMs ?? 0) > 1000;
    },
  },
  {
    name: "i3-first-of-three-marks-lost",
    about: "The first of an answer's three marks never comes back, and the others do: each vouches for all before it",
    incidents: ["I3", "I4"],
    line: { faults: { dropMarks: "first" } },
    agent: clerk("hi-IN", "", "आपका ऑर्डर निकल चुका है। वह कल शाम तक पहुँच जाएगा। धन्यवाद।"),
    keep: { sound: true },
    acts: [waits(700), says("hi-question"), hears("g1:2"), hangsUp],
    decides: ["answered", "ended"],
    shows: ({ events }) => {
      const played = events.flatMap(({ event }) => (event.kind === "played" ? [event.mark] : []));
      return played.join(" ") === "g1:1 g1:2";
    },
  },
  {
    name: "i8-said-in-two-parts",
    about: "One question in two parts, each with its own partials and final: one turn with the words of both",
    incidents: ["I8"],
    slow: true,
    sarvam: { slowTtsMs: 2000, finalOffsetMs: -100 },
    agent: clerk("hi-IN", "नमस्ते।", "मैं देखती हूँ।"),
    keep: { sound: true },
    acts: [hears("g1:0"), begins("hi-first"), waits(650), says("hi-second"), hears("g3:0"), hangsUp],
    decides: ["answered", "merged", "answered", "ended"],
  },
  {
    name: "i9-cough-while-thinking",
    about: "A cough that is not over when the answer begins to sound: it neither kills the answer nor stops it",
    incidents: ["I9"],
    slow: true,
    sarvam: { slowTtsMs: 1900 },
    agent: SHOP,
    keep: { sound: true },
    acts: [
      hears("g1:0"),
      says("hi-question"),
      waits(1800),
      sarvam({ blankTranscript: true }),
      makesNoise("cough"),
      makesNoise("cough"),
      hears("g2:0"),
      hangsUp,
    ],
    decides: ["answered", "ignored", "ended"],
    shows: ({ events }) => {
      const audible = events.findIndex(({ event }) => event.kind === "audible" && event.generation === 2);
      const before = events.slice(0, audible).map(({ event }) => event.kind);
      return before.lastIndexOf("speech-started") > before.lastIndexOf("speech-ended");
    },
  },
  {
    name: "i17-chunks-for-exotel",
    about: "An Exotel line at 8 kHz is sent whole chunks, none too small and none too large, sentence by sentence",
    incidents: ["I17"],
    carrier: "exotel",
    agent: DESK,
    keep: { sound: false, wire: true },
    acts: [hears("g1:0"), says("en-question"), hears("g2:1"), hangsUp],
    decides: ["answered", "ended"],
  },
  ...([16000, 24000] as const).map(
    (rate): Scene => ({
      name: `i18-exotel-at-${rate / 1000}-khz`,
      about: `An Exotel line whose start says ${rate / 1000} kHz, in a string, is heard and spoken to at that rate`,
      incidents: ["I18"],
      carrier: "exotel",
      line: { rate, numbers: "strings", frameMs: 100 },
      agent: clerk("hi-IN", "नमस्ते।", "कल शाम तक।"),
      keep: { sound: false, wire: true },
      acts: [hears("g1:0"), says("hi-question"), hears("g2:0"), hangsUp],
      decides: ["answered", "ended"],
    }),
  ),
  {
    name: "i19-out-of-place",
    about: "Sound, keys and marks before the start and after the stop are nobody's",
    incidents: ["I19"],
    agent: clerk("hi-IN", "नमस्ते।", "कल शाम तक।"),
    keep: { sound: false, wire: misplaced },
    acts: [hears("g1:0"), says("hi-question"), hears("g2:0"), hangsUp],
    decides: ["answered", "ended"],
  },
  {
    name: "i20-socket-lost",
    about:
      "The carrier's socket breaks while the agent speaks: the call ends with the reason, its turns are written down",
    incidents: ["I20"],
    agent: SHOP,
    keep: { sound: false, wire: true },
    acts: [hears("g1:0"), says("hi-question"), agentSpeaks(2), waits(900), isCutOff],
    decides: ["answered", "ended"],
    shows: ({ events }) => events.at(-1)?.event.kind === "line-over",
  },
  {
    name: "i25-ear-lost-in-mid-word",
    about: "The ear's socket is lost in mid-sentence: not a word is lost",
    incidents: ["I25"],
    sarvam: {},
    agent: clerk("hi-IN", "नमस्ते।", "वह कल पहुँच जाएगी।"),
    keep: { sound: true },
    acts: [
      hears("g1:0"),
      meanwhile(says("hi-long"), inTurn(waits(2200), loses("stt-realtime"))),
      hears("g2:0"),
      hangsUp,
    ],
    decides: ["ear", "ear", "answered", "ended"],
    shows: ({ events }) =>
      events.some(({ event }) => event.kind === "final" && event.text.startsWith("मैंने") && event.text.endsWith("है।")),
  },
];
