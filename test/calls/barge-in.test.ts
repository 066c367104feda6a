import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesPerMs } from "../../src/audio/format.ts";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { type Carrier, until } from "../rig.ts";
import { playlist } from "./speech.ts";
import {
  type AgentEntry,
  type Books,
  cleared,
  clearsOf,
  markCame,
  played,
  type SttApi,
  stage,
  warningsOf,
} from "./stage.ts";

const CARRIERS: readonly Carrier[] = ["twilio", "exotel"];
const MS_PER_CHAR = 26;
const GREETING = "Hello, this is Durvani.";
const RINGING = { role: "user", content: "(The telephone rings.)" };

const ORDER = {
  asked: voice("hi-question").text,
  answer: ["आपका ऑर्डर रास्ते में है।", "वह कल शाम छह बजे तक पहुँच जाएगा।", "पहुँचने से पहले आपको एक संदेश मिलेगा।"],
};
const INTERRUPTION = {
  asked: voice("en-interrupt").text,
  answer: [
    `You said: ${voice("en-interrupt").text}`,
    "I am looking into it right now.",
    "Is there anything else that I can do for you?",
  ],
};
const HOURS = {
  asked: voice("en-question").text,
  answer: ["We are open from nine in the morning to eight in the evening.", "On Sundays we close at two."],
};
const BYE = {
  asked: voice("en-bye").text,
  answer: ["Thank you for calling.", "Have a very good day.", "Goodbye."],
};

/** What a model is asked shows what the call remembers; the prompt tells one call's requests from another's. */
const chatting = (story: string, greeting = GREETING): AgentEntry => ({
  greeting,
  dialog: { kind: "chat", systemPrompt: `The story is: ${story}.`, reasoningEffort: null },
});

const agents = Object.fromEntries(
  CARRIERS.flatMap((carrier) => [
    [`twice ${carrier}`, chatting(`twice ${carrier}`)],
    [`sent ${carrier}`, chatting(`sent ${carrier}`)],
    [`silent ${carrier}`, chatting(`silent ${carrier}`, "")],
  ]),
);

/** After each `clear` only what belongs to later replies may come; `replies` are all texts of each, in order. */
function expectNothingOld(heard: readonly string[], replies: readonly (readonly string[])[]): void {
  let oldest = 0;
  let latest = 0;
  for (const item of heard) {
    if (item === "clear") {
      oldest = latest + 1;
      continue;
    }
    const reply = replies.findIndex((texts) => texts.includes(item.replace(/ …$/, "")));
    expect(reply, `"${item}" in ${JSON.stringify(heard)}`).toBeGreaterThanOrEqual(oldest);
    latest = reply;
  }
}

/** The books never say more was heard than the twin played to its end before it was told to clear. */
function expectHeardIsPlayed(call: TwinCall, { turns }: Books, replies: readonly (readonly string[])[]): void {
  const proven = new Set(
    call.log.flatMap((event) => (event.kind === "mark-returned" && event.why !== "cleared" ? [event.name] : [])),
  );
  for (const [index, texts] of replies.entries()) {
    const whole = texts.filter((_, piece) => proven.has(`g${index + 1}:${piece}`)).join(" ");
    const turn = turns.find(({ agent_generated: said }) => said !== "" && texts.join(" ").startsWith(said));
    expect(turn, `the turn of ${texts[0]}`).toBeDefined();
    expect(whole.startsWith(turn?.agent_heard ?? "?"), `"${turn?.agent_heard}" in "${whole}"`).toBe(true);
  }
}

/** When all but `leftMs` of the reply's last sentence was sent. */
async function nearlySent(call: TwinCall, reply: number, leftMs: number): Promise<void> {
  await markCame(call, `g${reply}:1`);
  const from = markedAt(call, `g${reply}:1`);
  const wholeMs = [...(ORDER.answer[2] ?? "")].length * MS_PER_CHAR;
  await until("nearly all of the last sentence", () => {
    const bytes = call.arrivals.slice(from).reduce((sum, it) => sum + (it.kind === "media" ? it.bytes : 0), 0);
    return bytes >= (wholeMs - leftMs) * bytesPerMs(call.format);
  });
}

const markedAt = (call: TwinCall, mark: string): number =>
  call.arrivals.findIndex((arrival) => arrival.kind === "mark" && arrival.name === mark);

/** The line was cleared when the last mark of the reply had come, while its audio still played. */
function wasCutAfter(call: TwinCall, mark: string): boolean {
  const marked = markedAt(call, mark);
  const cut = call.log.findLast((event) => event.kind === "clear-received");
  return marked >= 0 && call.arrivals[marked + 1]?.kind === "clear" && cut?.playing === true;
}

const heardOf = ({ turns }: Books, asked: string): string =>
  turns.find(({ user_text }) => user_text === asked)?.agent_heard ?? "";

describe.each<SttApi>(["realtime", "streaming"])("barge-in over the %s socket", (api) => {
  const on = stage({ api, agents, simulator: { voiceMsPerChar: MS_PER_CHAR } });

  test.concurrent.each(CARRIERS)(
    "%s: while the reply is being sent, then into the next reply too: cleared twice, remembered as heard",
    async (carrier) => {
      const name = `twice ${carrier}`;
      const call = await on.dial(carrier, name);
      await played(call, "g1:0");
      await call.say(voice("hi-question").audio);
      await played(call, "g2:0");
      await call.say(voice("en-interrupt").audio);
      await cleared(call, 1);
      await played(call, "g3:0");
      await call.say(voice("en-question").audio);
      await cleared(call, 2);
      await played(call, "g4:0");
      call.hangUp();
      await call.over;

      const replies = [[GREETING], ORDER.answer, INTERRUPTION.answer, HOURS.answer];
      const heard = playlist(call, on.speech);
      expectNothingOld(heard, replies);
      expect(heard.filter((item) => item === "clear")).toHaveLength(2);
      expect(heard[heard.lastIndexOf("clear") + 1]).toBe(HOURS.answer[0]);
      const cuts = call.log.filter((event) => event.kind === "clear-received");
      expect(cuts.map(({ playing }) => playing)).toEqual([true, true]);

      const books = await on.books(call);
      expectHeardIsPlayed(call, books, replies);
      expect(books.turns.slice(0, 3).map(({ interrupted }) => interrupted)).toEqual([false, true, true]);
      const [first = "", second = ""] = [ORDER.asked, INTERRUPTION.asked].map((asked) => heardOf(books, asked));
      expect(first.startsWith(ORDER.answer[0] ?? "?")).toBe(true);
      expect(second.startsWith(INTERRUPTION.answer[0] ?? "?")).toBe(true);
      const remembered = [
        RINGING,
        { role: "assistant", content: GREETING },
        { role: "user", content: ORDER.asked },
        { role: "assistant", content: `${first} —` },
        { role: "user", content: INTERRUPTION.asked },
        { role: "assistant", content: `${second} —` },
        { role: "user", content: HOURS.asked },
      ];
      const requests = on.requests(`The story is: ${name}.`);
      expect(requests).toEqual([remembered.slice(0, 3), remembered.slice(0, 5), remembered]);
      expect(warningsOf(call)).toEqual([]);
    },
  );

  test.concurrent.each(CARRIERS)(
    "I1: %s: while a reply that was fully sent still plays: cleared, and remembered as heard",
    async (carrier) => {
      const name = `sent ${carrier}`;
      const call = await on.dial(carrier, name);
      await played(call, "g1:0");
      // Between the last byte and the end of playing lie 400 ms: a miss tells whether to speak sooner or later the next time.
      let reply = 2;
      let leftMs = api === "realtime" ? 120 : 0;
      for (; ; reply += 2) {
        await call.say(voice("hi-question").audio);
        await nearlySent(call, reply, leftMs);
        await call.say(voice("en-bye").audio);
        await played(call, `g${reply + 1}:2`);
        if (wasCutAfter(call, `g${reply}:2`) || reply >= 10) break;
        leftMs = markedAt(call, `g${reply}:2`) < 0 ? Math.max(0, leftMs - 100) : leftMs + 150;
      }
      call.hangUp();
      await call.over;

      const cut = call.log.findLast((event) => event.kind === "clear-received");
      expect(cut, JSON.stringify(call.log)).toMatchObject({ playing: true });
      expect(cut?.droppedMs).toBeGreaterThan(0);
      expect(wasCutAfter(call, `g${reply}:2`), JSON.stringify(call.log)).toBe(true);
      const heard = playlist(call, on.speech);
      expect(heard.slice(-7)).toEqual([...ORDER.answer, "clear", ...BYE.answer]);

      const { turns } = await on.books(call);
      const [order, bye] = turns.slice(-2);
      expect(order).toMatchObject({ user_text: ORDER.asked, agent_sent: ORDER.answer.join(" "), interrupted: true });
      expect(ORDER.answer.slice(0, 2).join(" ")).toBe(order?.agent_heard);
      expect(bye).toMatchObject({ user_text: BYE.asked, agent_heard: BYE.answer.join(" ") });
      expect(on.requests(`The story is: ${name}.`).at(-1)?.slice(-3)).toEqual([
        { role: "user", content: ORDER.asked },
        { role: "assistant", content: `${order?.agent_heard} —` },
        { role: "user", content: BYE.asked },
      ]);
    },
  );

  describe("while the mouth is slow", () => {
    beforeAll(() => {
      on.rig.simulator.faults.slowTtsMs = 8000;
    });
    afterAll(() => {
      on.rig.simulator.faults.slowTtsMs = 0;
    });

    test.concurrent.each(CARRIERS)(
      "%s: before the first sound of the reply: cleared, one turn of both",
      async (carrier) => {
        const { simulator } = on.rig;
        const name = `silent ${carrier}`;
        const call = await on.dial(carrier, name);
        const [abandoned = ""] = INTERRUPTION.answer;
        const asked = simulator.wire.next(
          "text-received",
          ({ text, socket }) => text === abandoned && speaksFor(socket, carrier),
        );
        await call.say(voice("en-interrupt").audio);
        const { socket } = await asked;
        await call.say(voice("hi-question").audio);
        await cleared(call);
        simulator.faults.slowTtsMs = 0;
        await played(call, "g2:0");
        call.hangUp();
        await call.over;

        expect(clearsOf(call)).toBe(1);
        const heard = playlist(call, on.speech);
        expect(heard.slice(0, 2)).toEqual(["clear", ORDER.answer[0]]);
        expectNothingOld(heard, [INTERRUPTION.answer, ORDER.answer]);
        expect(call.log.find((event) => event.kind === "clear-received")).toMatchObject({
          droppedMs: 0,
          playing: false,
        });
        // Nothing of the old reply lives on: its socket was thrown away with all that it had still to say.
        expect(socket).toMatchObject({ aborted: true, closedBy: "client" });

        const { turns, decisions } = await on.books(call);
        const both = `${INTERRUPTION.asked} ${ORDER.asked}`;
        expect(turns.map(({ user_text }) => user_text)).toEqual([both]);
        expect(turns[0]?.agent_generated).toBe(ORDER.answer.join(" "));
        expect(decisions).toContain("merged");
        expect(on.requests(`The story is: ${name}.`)).toEqual([
          [{ role: "user", content: INTERRUPTION.asked }],
          [{ role: "user", content: both }],
        ]);
      },
    );
  });
});

const speaksFor = (
  { configs }: { readonly configs: readonly Readonly<Record<string, unknown>>[] },
  carrier: Carrier,
): boolean => configs.some((config) => config["output_audio_codec"] === (carrier === "twilio" ? "mulaw" : "linear16"));
