import {
  acknowledges,
  agentSpeaks,
  begins,
  breaksIn,
  hangsUp,
  hears,
  isLetGo,
  loses,
  makesNoise,
  presses,
  sarvam,
  says,
  waits,
} from "./acts.ts";
import { clerk, DESK, SHOP } from "./agents.ts";
import type { Act, Scene } from "./scene.ts";

/** A question, and what the caller does 1.2 s into the answer. `resumes`: what it stopped is said after all. */
function intoTheAnswer({
  act,
  agent = SHOP,
  question = "hi-question",
  resumes = false,
  keep = { sound: true },
  ...scene
}: Pick<Scene, "name" | "about" | "faults"> &
  Partial<Pick<Scene, "agent" | "keep">> & {
    readonly act: Act;
    readonly question?: string;
    readonly resumes?: boolean;
  }): Scene {
  const acts = [hears("g1:0"), says(question), agentSpeaks(2), waits(1200), act];
  return {
    ...scene,
    incidents: [],
    agent,
    keep,
    acts: [...acts, hears(resumes ? "g3:1" : "g3:0"), hangsUp],
    decides: ["answered", "barge-in", resumes ? "resumed" : "answered", "ended"],
  };
}

/** What else callers and providers do. */
export const OTHER_SCENES: readonly Scene[] = [
  {
    name: "silent-to-the-end",
    about: "A caller who says nothing is asked twice whether they are there, and let go",
    incidents: [],
    agent: clerk("hi-IN", "नमस्ते।", "जी।", {
      phrases: { stillThere: ["क्या आप हैं?", "सुन रहे हैं?"], goodbye: "अच्छा, नमस्ते।" },
      limits: { silenceSeconds: 1 },
    }),
    keep: { sound: false },
    acts: [isLetGo],
    decides: ["asked whether there", "asked whether there", "goodbye", "goodbye confirmed", "ended"],
  },
  intoTheAnswer({
    name: "haan-ji-while-the-agent-speaks",
    about: "The caller acknowledges what the agent says: today it stops, and answers that",
    act: acknowledges("hi-ack"),
    faults: ["false stop"],
  }),
  intoTheAnswer({
    name: "hmm-while-the-agent-speaks",
    about: "The caller hums in agreement while the agent speaks",
    act: acknowledges("hi-hmm"),
    faults: ["false stop"],
  }),
  intoTheAnswer({
    name: "okay-while-the-agent-speaks",
    about: "The caller says okay while the agent speaks",
    agent: DESK,
    question: "en-question",
    act: acknowledges("en-ack"),
    faults: ["false stop"],
  }),
  intoTheAnswer({
    name: "door-while-the-agent-speaks",
    about: "A door slams while the agent speaks: it stops, and says the rest when there were no words",
    act: makesNoise("door"),
    faults: ["false stop"],
    resumes: true,
  }),
  intoTheAnswer({
    name: "chair-while-the-agent-speaks",
    about: "A chair scrapes over the floor for a moment while the agent speaks: it stops, and says the rest",
    act: makesNoise("chair"),
    faults: ["false stop"],
    resumes: true,
  }),
  intoTheAnswer({
    name: "ruko-while-the-agent-speaks",
    about: "One word stops the agent",
    act: breaksIn("hi-stop"),
  }),
  intoTheAnswer({
    name: "stream-interrupted",
    about:
      "The caller breaks in in mid-sentence, message by message: the line is cleared, then the next answer is played",
    act: breaksIn("hi-stop"),
    keep: { sound: false, wire: true },
  }),
  {
    name: "goes-on-in-the-first-700-ms",
    about: "The caller was not done, and goes on when the answer has just begun to sound: one turn, answered anew",
    incidents: [],
    faults: ["cut-in"],
    agent: SHOP,
    keep: { sound: true },
    acts: [hears("g1:0"), begins("hi-first"), agentSpeaks(2), waits(100), says("hi-second"), hears("g3:0"), hangsUp],
    decides: ["answered", "barge-in", "answered", "ended"],
    shows: ({ events }) =>
      events.some(({ effects }) => effects.some((it) => JSON.stringify(it).includes('"sameTurn":true'))),
  },
  {
    name: "voice-lost-in-mid-sentence",
    about: "The voice's sockets are lost in mid-sentence: the sentence is spoken on over another",
    incidents: [],
    sarvam: {},
    agent: SHOP,
    keep: { sound: false },
    acts: [hears("g1:0"), says("hi-question"), agentSpeaks(2), loses("tts"), hears("g2:1"), hangsUp],
    decides: ["answered", "ended"],
  },
  {
    name: "model-fails-once",
    about: "The chat model fails: the caller is asked to say it again, and is answered the second time",
    incidents: [],
    faults: ["no answer"],
    sarvam: { chat: "error" },
    agent: {
      greeting: "Hello.",
      language: "en-IN",
      dialog: { kind: "chat", systemPrompt: "You work in a shop.", reasoningEffort: null },
      phrases: { sayAgain: "Once more, please?" },
    },
    keep: { sound: false },
    acts: [
      hears("g1:0"),
      says("en-question"),
      hears("g3:0"),
      sarvam({ chat: "none" }),
      says("en-question"),
      hears("g4:0"),
      hangsUp,
    ],
    decides: ["answered", "asked again", "answered", "ended"],
  },
  {
    name: "longest-duration",
    about: "The longest duration is reached while the caller listens: they are told, and let go",
    incidents: [],
    agent: clerk("hi-IN", "नमस्ते।", "आपका ऑर्डर कल शाम तक पहुँच जाएगा।", {
      phrases: { tooLong: "समय पूरा हुआ, नमस्ते।" },
      limits: { maxDurationSeconds: 10, silenceSeconds: 60 },
    }),
    keep: { sound: false },
    acts: [hears("g1:0"), says("hi-question"), isLetGo],
    decides: ["answered", "hung up", "goodbye confirmed", "ended"],
  },
  {
    name: "number-spoken-and-keyed",
    about: "The caller says a number, then keys one: neither is in the fixture",
    incidents: [],
    agent: {
      greeting: "नमस्ते।",
      language: "hi-IN",
      dialog: { kind: "rules", rules: [], otherwise: "आपने कहा {caller}।" },
    },
    keep: { sound: false },
    acts: [hears("g1:0"), says("hi-digits"), hears("g2:0"), presses("472915#"), hears("g3:0"), hangsUp],
    decides: ["answered", "answered", "ended"],
  },
];
