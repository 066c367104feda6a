import { apologise, failed, over, played, report } from "./agent.ts";
import { awaitHello, breakSilence } from "./callee.ts";
import { giveUpTranscript, learn, press, read, resume, stopForSound, takeKeys, yieldToCaller } from "./caller.ts";
import { askedWhetherThere, earNote, hungUpTooLong, saidGoodbye } from "./decisions.ts";
import type { Draft } from "./draft.ts";
import type { CallEvent, TimerName } from "./events.ts";
import { giveUpWaiting, hear } from "./hearing.ts";
import { heed, obey } from "./orders.ts";
import { sayNext } from "./queue.ts";
import { say } from "./speaking.ts";

/** The line is up. `deaf`: why the ear has failed already, if it has. */
export function begin(draft: Draft, deaf: string | undefined): void {
  const { greeting, greetingInterruptible = "any", limits, outbound, free } = draft.rules;
  draft.setTimer("too-long", limits.maxDurationMs);
  if (free) draft.effects.push({ do: "join-dialog" });
  if (deaf !== undefined) apologise(draft, deaf);
  else if (outbound) awaitHello(draft, outbound.helloMs);
  else if (greeting === "") draft.awaitCaller();
  else say(draft, [greeting], { interruptible: greetingInterruptible });
}

/** One event of an open call. */
export function take(draft: Draft, event: CallEvent): void {
  switch (event.kind) {
    case "speech-started":
    case "partial":
    case "speech-ended":
    case "final":
      return learn(draft, hear(draft.talk.hearing, event), event.kind);
    case "generated":
    case "farewell":
    case "sent":
    case "reply-sent":
    case "reply-failed":
      return report(draft, event);
    case "audible":
      report(draft, event);
      return yieldToCaller(draft);
    case "played":
      return played(draft, event.mark);
    case "key":
      return press(draft, event.digit);
    case "text":
      return read(draft, event.text);
    case "timer":
      return ring(draft, event.timer);
    case "order":
      return obey(draft, event.order);
    case "dialog-speaks":
    case "dialog-digits":
    case "dialog-language":
    case "dialog-ends":
    case "dialog-away":
    case "dialog-note":
    case "dialog-failed":
      return heed(draft, event);
    case "ear-note":
      return draft.decide(earNote(event.note));
    case "ear-failed":
      return apologise(draft, event.message);
    case "line-over":
      return draft.hangUp({ how: event.how, detail: event.detail });
    case "cut-off":
      return draft.hangUp({ how: "carrier-lost", detail: "cut off" });
    case "drain-forced":
      return draft.hangUp({ how: "drain-forced", detail: "the gateway had to stop" });
    case "started":
      return; // the line lets it through once; a second one changes nothing
    default:
      return unreachable(event);
  }
}

function ring(draft: Draft, timer: TimerName): void {
  switch (timer) {
    case "final":
      return giveUpTranscript(draft);
    case "keys":
      return takeKeys(draft);
    case "barge-in":
      return stopForSound(draft);
    case "sound":
      return failed(draft, "nothing was heard of the answer in time", true);
    case "marks":
      return over(draft, "unconfirmed");
    case "silence":
      return endSilence(draft);
    case "too-long":
      return sayTooLong(draft);
    case "hello":
      return breakSilence(draft);
    default:
      return unreachable(timer);
  }
}

/** Sounds that went on for too long count for the words in them; without words they stop nothing any more, or nobody is there. */
function endSilence(draft: Draft): void {
  const heard = giveUpWaiting(draft.talk.hearing, draft.atMs, "all");
  if (heard.news.kind === "words") learn(draft, heard, "the caller went on for too long, the last partial counts");
  else {
    draft.know({ hearing: heard.hearing });
    if (draft.talk.callee) return breakSilence(draft);
    if (!resume(draft) && !sayNext(draft) && draft.rules.limits.silenceMs > 0) askWhetherThere(draft);
  }
}

function askWhetherThere(draft: Draft): void {
  const { asked } = draft.talk;
  const { stillThere, goodbye } = draft.rules.phrases;
  const question = stillThere[asked];
  const { silenceMs } = draft.rules.limits;
  draft.decide(question === undefined ? saidGoodbye(asked, silenceMs) : askedWhetherThere(asked, silenceMs));
  if (question === undefined)
    return say(draft, [goodbye], { endsCall: { how: "caller-silent", detail: `asked ${asked} times in vain` } });
  say(draft, [question]);
  draft.know({ asked: asked + 1 });
}

function sayTooLong(draft: Draft): void {
  const { reply } = draft.talk;
  const { limits, phrases } = draft.rules;
  if (reply?.endsCall) return draft.know({ reply: { ...reply, interruptible: "none", preemptible: false } }); // it is ending anyway
  draft.decide(hungUpTooLong(limits.maxDurationMs));
  draft.know({ callee: undefined });
  draft.breakOff();
  say(draft, [phrases.tooLong], {
    interruptible: "none",
    endsCall: { how: "too-long", detail: "the longest duration was reached" },
  });
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
