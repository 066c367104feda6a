import { agentIsSilent, agentSpeaks, breaksIn, hangsUp, hears, isLetGo, isSent, presses, says, waits } from "./acts.ts";
import { clerk, DESK, SHOP } from "./agents.ts";
import type { Scene } from "./scene.ts";

/** A caller and an agent in each of the eleven languages: a greeting, a question, an answer. Most show something else besides. */
export const LANGUAGE_SCENES: readonly Scene[] = [
  {
    name: "i11-answered-at-once",
    about: "Hindi: the final transcript is answered in the instant in which it comes",
    incidents: ["I11"],
    agent: SHOP,
    keep: { sound: true },
    acts: [hears("g1:0"), says("hi-question"), hears("g2:1"), hangsUp],
    decides: ["answered", "ended"],
    shows: ({ events }) =>
      events.some(({ event, effects }) => event.kind === "final" && effects.some((it) => it.do === "start-reply")),
  },
  {
    name: "i5-goodbye-confirmed",
    about: "English: the caller hears the goodbye to its end, then the line goes down",
    incidents: ["I5"],
    agent: DESK,
    keep: { sound: true },
    acts: [hears("g1:0"), says("en-question"), hears("g2:0"), says("en-bye"), isLetGo],
    decides: ["answered", "answered", "goodbye confirmed", "ended"],
  },
  {
    name: "i4-four-sentences-four-marks",
    about: "Tamil: an answer of four sentences has four marks",
    incidents: ["I4"],
    agent: clerk("ta-IN", "வணக்கம்.", "உங்கள் ஆர்டர் கிளம்பிவிட்டது. அது நாளை வரும். காலையில் வரும். மிக்க நன்றி."),
    keep: { sound: true },
    acts: [hears("g1:0"), says("ta-question"), hears("g2:3"), hangsUp],
    decides: ["answered", "ended"],
    shows: ({ sent }) => sent.filter((it) => it.do === "mark" && it.mark.startsWith("g2:")).length === 4,
  },
  {
    name: "telugu-over-exotel",
    about: "Telugu, over an Exotel line at 8 kHz",
    incidents: [],
    carrier: "exotel",
    agent: clerk("te-IN", "నమస్కారం.", "మేము ఉదయం తొమ్మిదికి తెరుస్తాము."),
    keep: { sound: true },
    acts: [hears("g1:0"), says("te-question"), hears("g2:0"), hangsUp],
    decides: ["answered", "ended"],
  },
  {
    name: "i5-goodbye-unconfirmed",
    about: "Bengali: no mark ever comes back; the line goes down once the goodbye must have been heard",
    incidents: ["I5", "I3"],
    line: { faults: { dropMarks: "all" } },
    agent: clerk("bn-IN", "নমস্কার।", "আপনার অর্ডার কাল পৌঁছাবে। নমস্কার।", { last: true }),
    keep: { sound: true },
    acts: [agentIsSilent(1), waits(300), says("bn-question"), isLetGo],
    decides: ["answered", "goodbye unconfirmed", "ended"],
  },
  {
    name: "i3-first-mark-lost",
    about: "Kannada: the greeting's mark never comes back, and the call goes on as if it had",
    incidents: ["I3"],
    line: { faults: { dropMarks: "first" } },
    agent: clerk("kn-IN", "ನಮಸ್ಕಾರ.", "ನಾವು ಬೆಳಿಗ್ಗೆ ಒಂಬತ್ತಕ್ಕೆ ತೆರೆಯುತ್ತೇವೆ."),
    keep: { sound: true },
    acts: [agentIsSilent(1), waits(1800), says("kn-question"), hears("g2:0"), hangsUp],
    decides: ["reply unconfirmed", "answered", "ended"],
  },
  {
    name: "i1-stopped-when-all-was-sent",
    about: "Malayalam: the caller breaks in when all of the answer was sent and its end still plays",
    incidents: ["I1", "I2"],
    agent: clerk("ml-IN", "നമസ്കാരം.", "നിങ്ങളുടെ ഓർഡർ നാളെ രാവിലെ എത്തും."),
    keep: { sound: true },
    acts: [hears("g1:0"), says("ml-question"), isSent("g2:0"), breaksIn("hi-stop"), hears("g3:0"), hangsUp],
    decides: ["answered", "barge-in", "answered", "ended"],
    shows: ({ events }) => {
      const sentAt = events.findIndex(({ event }) => event.kind === "reply-sent" && event.generation === 2);
      const stoppedAt = events.findIndex(({ effects }) => effects.some((it) => it.do === "stop-reply"));
      const playedAt = events.findIndex(({ event }) => event.kind === "played" && event.mark === "g2:0");
      return sentAt >= 0 && sentAt < stoppedAt && stoppedAt < playedAt;
    },
  },
  {
    name: "i10-no-final",
    about: "Marathi: the ear gives no final transcript; after two seconds the last partial counts",
    incidents: ["I10"],
    slow: true,
    sarvam: { noFinals: true },
    agent: clerk("mr-IN", "नमस्कार.", "दुकान सकाळी नऊ वाजता उघडते."),
    keep: { sound: true },
    acts: [hears("g1:0"), says("mr-question"), hears("g2:0"), hangsUp],
    decides: ["waited", "answered", "ended"],
  },
  {
    name: "gujarati-interrupted-early",
    about: "Gujarati: the caller goes on as soon as the answer begins to sound, and is answered anew",
    incidents: [],
    agent: clerk("gu-IN", "નમસ્તે.", "તમારો ઓર્ડર કાલે સવારે તમારા ઘરે પહોંચશે."),
    keep: { sound: true },
    acts: [hears("g1:0"), says("gu-question"), agentSpeaks(2), waits(100), breaksIn("hi-stop"), hears("g3:0"), hangsUp],
    decides: ["answered", "barge-in", "answered", "ended"],
  },
  {
    name: "i15-key-before-any-speech",
    about:
      "Punjabi: the first thing that comes from the caller is a key, in the middle of the greeting; then they speak",
    incidents: ["I15"],
    agent: {
      ...clerk("pa-IN", "ਸਤਿ ਸ੍ਰੀ ਅਕਾਲ, ਪੰਜਾਬੀ ਲਈ ਇੱਕ ਦਬਾਓ।", "ਦੁਕਾਨ ਸਵੇਰੇ ਨੌਂ ਵਜੇ ਖੁੱਲ੍ਹਦੀ ਹੈ।"),
      dialog: {
        kind: "rules",
        rules: [{ when: ["1"], say: "ਜੀ, ਦੱਸੋ।" }],
        otherwise: "ਦੁਕਾਨ ਸਵੇਰੇ ਨੌਂ ਵਜੇ ਖੁੱਲ੍ਹਦੀ ਹੈ।",
      },
    },
    keep: { sound: true },
    acts: [agentSpeaks(1), waits(300), presses("1#"), hears("g2:0"), says("pa-question"), hears("g3:0"), hangsUp],
    decides: ["barge-in", "answered", "answered", "ended"],
  },
  {
    name: "i7-two-finals",
    about: "Odia: the ear gives the final transcript of one utterance twice: one turn, one answer",
    incidents: ["I7"],
    sarvam: { duplicateFinals: 1 },
    agent: clerk("od-IN", "ନମସ୍କାର।", "ଆପଣଙ୍କ ଅର୍ଡର କାଲି ପହଞ୍ଚିବ।"),
    keep: { sound: true },
    acts: [hears("g1:0"), says("od-question"), hears("g2:0"), hangsUp],
    decides: ["answered", "ended"],
    shows: ({ events }) => events.filter(({ event }) => event.kind === "final").length === 2,
  },
];
