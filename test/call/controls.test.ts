import { describe, expect, test } from "vitest";
import { dtmfTones } from "../../src/audio/dtmf.ts";
import type { AudioFormat } from "../../src/audio/format.ts";
import type { Caption, Order } from "../../src/call/call.ts";
import type { CallFacts, DialogAgent, DialogFact, DialogNews, FreeAgent, Utterance } from "../../src/dialog/dialog.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import type { TokenUsage } from "../../src/record/record.ts";
import { FRAME, final, mulaw, pcm16k, rig } from "./call-rig.ts";
import { agentWith } from "./rules.ts";

const FACTS: CallFacts = {
  id: "call_1",
  carrier: "twilio",
  carrierCallId: "CA1",
  from: "+911",
  to: "+912",
  direction: "inbound",
  params: { plan: "gold" },
};
const USAGE: TokenUsage = { model: "m", tokens: { prompt: 9, cached: 0, completion: 3 } };

/** An application that says and does what the test wants. */
function application(
  words: (speech: number, signal: AbortSignal) => AsyncIterable<Utterance>,
  sound: (format: AudioFormat) => Iterable<string> = () => [],
) {
  const joined: { readonly facts: CallFacts; readonly signal: AbortSignal }[] = [];
  const facts: DialogFact[] = [];
  let tell: (news: DialogNews) => void = () => {};
  const agent: FreeAgent = {
    join(call, news, signal) {
      joined.push({ facts: call, signal });
      tell = news;
      return {
        tell: (fact) => void facts.push(fact),
        speech: words,
        async *sound(_, format) {
          yield* sound(format);
        },
      };
    },
  };
  const speaks = (speech: number, of: "words" | "sound" = "words"): void =>
    tell({ kind: "dialog-speaks", speech, of, interruptible: "any", preemptible: false });
  return { agent, joined, facts, speaks, tell: (news: DialogNews) => tell(news) };
}

async function* saying(...texts: readonly string[]): AsyncGenerator<Utterance> {
  for (const text of texts) yield { kind: "text", text };
}

/** Greeted by 400 ms; `over` ends the call by the caller's hand. */
async function greeted(dialog?: DialogAgent | FreeAgent, more: Parameters<typeof rig>[1] = {}) {
  const it = rig(dialog, { facts: FACTS, ...more });
  it.line.onSignal({ kind: "started", format: mulaw });
  await it.clock.advance(400);
  it.log.length = 0;
  const over = async (): Promise<unknown> => {
    it.line.onSignal({ kind: "line-over", how: "caller-hung-up", detail: "stop" });
    return it.end;
  };
  return { ...it, over, order: (order: Order) => it.call.order(order) };
}

const say = (text: string, interrupts = false): Order => ({ do: "say", text, interrupts, interruptible: "any" });
const played = (log: readonly string[]): readonly string[] => log.filter((entry) => !entry.startsWith("mouth"));

describe("a free dialog in a call", () => {
  test("joins once, is told who calls, says by number what it announced, and is let go at the end", async () => {
    const app = application((speech) => saying(`Speech ${speech}.`));
    const { clock, over, turns, line } = await greeted(app.agent);
    line.onSignal({ kind: "started", format: mulaw });
    app.speaks(1);
    app.speaks(7);
    await clock.advance(1000);
    expect(app.joined.map(({ facts }) => facts)).toEqual([FACTS]);
    expect(turns().map(({ agentHeard }) => agentHeard)).toEqual(["Namaste, how can I help?", "Speech 1.", "Speech 7."]);
    expect(app.joined[0]?.signal.aborted).toBe(false);
    await over();
    expect(app.joined[0]?.signal.aborted).toBe(true);
  });

  test("a speech that is cut short ends by its signal, and the line is cleared before the next one", async () => {
    const signals: AbortSignal[] = [];
    const app = application((speech, signal) => {
      signals.push(signal);
      return saying(...Array.from({ length: 9 }, (_, i) => `${speech}.${i}`));
    });
    const { clock, ear, log, over } = await greeted(app.agent);
    app.speaks(1);
    await clock.advance(500);
    ear.put(final(0, "wait"));
    await clock.advance(0);
    expect(app.facts.map(({ kind }) => kind)).toEqual(["interrupted", "words"]);
    expect(app.facts[0]).toMatchObject({ afterMs: 500 });
    expect(signals[0]?.aborted).toBe(true);
    log.length = 0;
    app.speaks(2);
    await clock.advance(200);
    expect(log[0]).toBe("play");
    await over();
  });

  test("sound of its own goes out as it came, is marked, and is in the journal like a voice's", async () => {
    const app = application(
      () => saying(),
      (format) => [format.encoding, format.encoding].map(() => FRAME),
    );
    const { clock, log, journal, over } = await greeted(app.agent);
    app.speaks(1, "sound");
    await clock.advance(500);
    expect(log).toEqual(["play", "play", "mark g2:0"]);
    const spoken = journal.filter((entry) => "spoken" in entry).slice(-3);
    expect(spoken).toMatchObject([{ spoken: { bytes: 480 } }, { spoken: { bytes: 480 } }, { spoken: { said: 0 } }]);
    await over();
  });

  test("a speech that breaks off is a failed reply, not the end of the call", async () => {
    const app = application(async function* () {
      yield { kind: "text", text: "One moment" };
      throw new ProviderError("relay", "lost", true);
    });
    const { clock, over, turns } = await greeted(app.agent);
    app.speaks(1);
    await clock.advance(1000);
    expect(turns().at(-1)?.agentHeard).toBe("Please say that again.");
    await over();
  });

  test("is not told anything after the call", async () => {
    const app = application(() => saying());
    const { ear, over, clock } = await greeted(app.agent);
    await over();
    ear.put(final(0, "hello"));
    await clock.advance(100);
    expect(app.facts).toEqual([]);
    app.speaks(1);
    await clock.advance(100);
    expect(clock.pending).toBe(0);
  });

  test("what its answers cost is in the books, each for itself", async () => {
    const app = application(async function* () {
      yield { kind: "text", text: "Yes." };
      yield { kind: "usage", usage: USAGE };
    });
    const { clock, books, over } = await greeted(app.agent);
    app.speaks(1);
    app.speaks(2);
    await clock.advance(1500);
    await over();
    expect(books.filter(({ kind }) => kind === "usage")).toEqual([
      { kind: "usage", seq: 1, usage: USAGE },
      { kind: "usage", seq: 2, usage: USAGE },
    ]);
  });
});

describe("orders in a call", () => {
  test("an order that interrupts clears the line before its own words", async () => {
    const { clock, ear, log, order, over } = await greeted();
    ear.put(final(0, "hello"));
    await clock.advance(100);
    log.length = 0;
    order(say("Stop.", true));
    await clock.advance(500);
    expect(played(log).slice(0, 2)).toEqual(["clear", "play"]);
    expect(log.filter((entry) => entry.startsWith("mark"))).toEqual(["mark g3:0"]);
    await over();
  });

  test.each([
    ["mulaw", mulaw],
    ["linear16", pcm16k],
  ] as const)("digits are tones in the line's own format: %s", async (_, format) => {
    const it = rig();
    const sent: string[] = [];
    const { play } = it.line;
    it.line.play = (payload) => {
      sent.push(payload);
      play(payload);
    };
    it.line.onSignal({ kind: "started", format });
    await it.clock.advance(2000);
    sent.length = 0;
    it.call.order({ do: "digits", digits: "4w#" });
    await it.clock.advance(3000);
    const sound = Buffer.concat(sent.map((payload) => Buffer.from(payload, "base64")));
    const tones = dtmfTones("4w#", format);
    expect(sound.subarray(0, tones.length)).toEqual(tones);
    expect(sound.length - tones.length).toBeLessThan(480);
    it.stop.abort(new Error("enough"));
    await expect(it.end).rejects.toThrow("enough");
  });

  test("another voice takes over only when what is being said was heard", async () => {
    const { clock, ear, log, order, over } = await greeted();
    ear.put(final(0, "hello"));
    await clock.advance(100);
    order({ do: "retune", tuning: { speaks: "ta-IN", listensFor: "ta-IN" } });
    order(say("Vanakkam."));
    await clock.advance(1500);
    const last = log.indexOf("mark g2:1");
    const closed = log.indexOf("mouth closed");
    expect(last).toBeGreaterThan(-1);
    expect(log.slice(closed)).toEqual(["mouth closed", "mouth mulaw 8000", "ear mulaw 8000", ...log.slice(closed + 3)]);
    expect(closed).toBeGreaterThan(last);
    expect(log.slice(closed + 3)).toContain("mark g3:0");
    await over();
  });

  test("a recording that is paused has no sound of either side for as long, and everything else", async () => {
    const { clock, ear, journal, line, order, over, turns } = await greeted(undefined, { recordAudio: true });
    const sounds = () => journal.filter((it) => "audio" in it || ("spoken" in it && "audio" in (it.spoken as object)));
    line.onAudio("AAAA");
    const before = sounds().length;
    expect(before).toBeGreaterThan(1);
    order({ do: "record", on: false });
    await clock.advance(0);
    line.onAudio("BBBB");
    ear.put(final(0, "my card number"));
    await clock.advance(1000);
    expect(sounds()).toHaveLength(before);
    expect(turns().at(-1)?.agentHeard).toBe("You said my card number. Is that right?");
    order({ do: "record", on: true });
    await clock.advance(0);
    line.onAudio("CCCC");
    expect(sounds().slice(before)).toMatchObject([{ audio: "CCCC" }]);
    await over();
  });

  test("an order to record does not record a call that is not", async () => {
    const { clock, journal, line, order, over } = await greeted();
    order({ do: "record", on: true });
    await clock.advance(0);
    line.onAudio("AAAA");
    expect(journal.filter((entry) => "audio" in entry)).toEqual([]);
    await over();
  });

  test("last words are heard before the call ends, with the end that was ordered", async () => {
    const { clock, order, end, turns } = await greeted();
    order({ do: "end", end: { how: "ended-by-request", detail: "the API" }, say: "Goodbye." });
    await clock.advance(1000);
    expect(await end).toEqual({ how: "ended-by-request", detail: "the API" });
    expect(turns().at(-1)?.agentHeard).toBe("Goodbye.");
    expect(clock.pending).toBe(0);
  });

  test("after the end there is nobody to be ordered", async () => {
    const { clock, log, order, over } = await greeted();
    await over();
    order(say("Hello?"));
    await clock.advance(1000);
    expect(log).toEqual(["mouth closed"]);
  });

  test("what is ordered is in the journal, as plain data", async () => {
    const { clock, journal, order, over } = await greeted();
    order(say("Hello."));
    await clock.advance(0);
    expect(journal).toContainEqual({ atMs: 400, in: { kind: "order", order: say("Hello.") } });
    await over();
  });
});

test("I37: the agent of an outbound call says nothing before the hello", async () => {
  const agent = agentWith({ reply: () => saying("Yes.") }, { outbound: { helloMs: 3000 } });
  const it = rig(undefined, { agent });
  it.line.onSignal({ kind: "started", format: mulaw });
  await it.clock.advance(2000);
  expect(it.log).not.toContain("play");
  it.ear.put(final(0, "hello"));
  await it.clock.advance(0);
  expect(it.log).toContain("play");
  it.line.onSignal({ kind: "line-over", how: "caller-hung-up", detail: "stop" });
  await it.end;
});

test("I38: a machine is left its message, and then the call ends", async () => {
  const agent = agentWith({ reply: () => saying("Yes.") }, { outbound: { helloMs: 3000, message: "Call us." } });
  const it = rig(undefined, { agent });
  it.line.onSignal({ kind: "started", format: mulaw });
  it.call.order({ do: "answered-by", who: "machine" });
  await it.clock.advance(1900);
  expect(it.log).not.toContain("play");
  await it.clock.advance(1000);
  expect(await it.end).toMatchObject({ how: "machine" });
  expect(it.turns().map(({ agentHeard }) => agentHeard)).toEqual(["Call us."]);
});

test("a line that can show things shows what is said, as it happens", async () => {
  const it = rig();
  const shown: Caption[] = [];
  Object.assign(it.line, { show: (caption: Caption) => void shown.push(caption) });
  it.line.onSignal({ kind: "started", format: mulaw });
  await it.clock.advance(400);
  it.line.onSignal({ kind: "text", text: "hello" });
  await it.clock.advance(100);
  it.line.onSignal({ kind: "line-over", how: "caller-hung-up", detail: "stop" });
  await it.end;
  const words = shown.map((it) => (it.kind === "state" ? it.state : `${it.who}${it.final ? "" : " …"}: ${it.text}`));
  expect(words).toEqual([
    "thinking",
    "agent …: Namaste, how can I help?",
    "speaking",
    "agent: Namaste, how can I help?",
    "listening",
    "user: hello",
    "thinking",
    "agent …: You said hello.",
    "speaking",
    "agent …: Is that right?",
    "ended",
  ]);
});
