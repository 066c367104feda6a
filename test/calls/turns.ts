import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Faults, noFaults } from "../../src/simulator/sarvam/faults.ts";
import type { WireEvent } from "../../src/simulator/sarvam/sarvam.ts";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { type Carrier, until } from "../rig.ts";
import { playlist } from "./speech.ts";
import { type AgentEntry, happened, played, type Stage, type SttApi, stage } from "./stage.ts";

export const CARRIERS: readonly Carrier[] = ["twilio", "exotel"];
/** Different rates tell the two carriers' sockets at Sarvam from each other. */
const RATES = { twilio: 8000, exotel: 16000 } as const;

export const QUESTION = voice("en-question").text;
export const ORDER = voice("hi-question").text;
export const HOURS = "We are open on every day of the week.";
const SHIPPED = "It has left our house and is on its way.";
export const STILL_THERE = "Are you still on the line?";

const LISTENER: AgentEntry = {
  greeting: "",
  dialog: {
    kind: "rules",
    rules: [{ when: ["ऑर्डर"], say: SHIPPED }],
    otherwise: HOURS,
  },
};
const WAITER: AgentEntry = { ...LISTENER, phrases: { stillThere: [STILL_THERE] }, limits: { silenceSeconds: 1 } };

export type Turns = Stage & {
  /** Stories told while Sarvam behaves like this. */
  under(faults: Partial<Faults>, stories: () => void): void;
  listen(carrier: Carrier, agent?: "listener" | "waiter"): Promise<Listening>;
};

/** A call to an agent that waits for the caller, and what went over its sockets at Sarvam, in order. */
type Listening = { readonly call: TwinCall; readonly events: readonly WireEvent[] };

export function turnsStage(api: SttApi): Turns {
  const on = stage({ api, agents: { listener: LISTENER, waiter: WAITER }, simulator: { voiceMsPerChar: 12 } });
  const under = (faults: Partial<Faults>, stories: () => void): void => {
    describe(`Sarvam with ${JSON.stringify(faults)}`, () => {
      beforeAll(() => void Object.assign(on.rig.simulator.faults, faults));
      afterAll(() => void Object.assign(on.rig.simulator.faults, noFaults()));
      stories();
    });
  };
  const listen = async (carrier: Carrier, agent = "listener"): Promise<Listening> => {
    const events: WireEvent[] = [];
    const rate = RATES[carrier];
    on.rig.simulator.wire.on((event) => {
      const { query, configs } = event.socket;
      if (Number(configs[0]?.["speech_sample_rate"] ?? query["sample_rate"]) === rate) events.push(event);
    });
    const call = await on.dial(carrier, agent, carrier === "exotel" ? { rate: RATES.exotel } : {});
    return { call, events };
  };
  return Object.defineProperties({ under, listen }, Object.getOwnPropertyDescriptors(on)) as Turns;
}

export const first = (events: readonly WireEvent[], kind: WireEvent["kind"], text?: string): number =>
  events.findIndex((event) => event.kind === kind && (text === undefined || ("text" in event && event.text === text)));

export async function asks(call: TwinCall): Promise<void> {
  await call.say(voice("en-question").audio);
}

/** The caller has heard this reply, and hangs up. */
export async function answeredBy(call: TwinCall, mark = "g1:0"): Promise<void> {
  await played(call, mark);
  call.hangUp();
  await call.over;
}

/** What holds on either socket. */
export function commonStories(on: Turns): void {
  on.under({ slowTtsMs: 8000 }, () => {
    test.concurrent.each(CARRIERS)(
      "I7, I8: %s: two finals before the answer is heard are one turn, in the order said",
      async (carrier) => {
        const { call, events } = await on.listen(carrier);
        await asks(call);
        await until("the first answer to be asked for", () => first(events, "text-received", HOURS) >= 0);
        await call.say(voice("hi-question").audio);
        await until("the second answer to be asked for", () => first(events, "text-received", SHIPPED) >= 0);
        call.hangUp();
        await call.over;
        const { turns, decisions } = await on.books(call);
        expect(turns.map(({ user_text }) => user_text)).toEqual([`${QUESTION} ${ORDER}`]);
        expect(decisions.filter((what) => what === "merged")).toHaveLength(1);
        expect(call.received).toEqual([]);
      },
    );
  });

  on.under({ slowTtsMs: 1900 }, () => {
    test("I9: a cough before the reply has sounded does not kill the reply", async () => {
      const { faults } = on.rig.simulator;
      const lines = await Promise.all(CARRIERS.map((carrier) => on.listen(carrier)));
      await Promise.all(lines.map(({ call }) => asks(call)));
      await until("both answers to be asked for", () =>
        lines.every(({ events }) => first(events, "text-received", HOURS) >= 0),
      );
      faults.blankTranscript = true;
      // Twice, so that it is long enough to pass for speech.
      const cough = Buffer.concat([voice("cough").audio, voice("cough").audio]);
      await Promise.all(lines.map(({ call }) => call.say(cough)));
      await Promise.all(lines.map(({ call }) => answeredBy(call)));
      for (const { call, events } of lines) {
        const noticed = events.filter(({ kind }) => kind === "speech-start-sent");
        expect(noticed).toHaveLength(2);
        const sounded = call.log.find(({ kind }) => kind === "first-media");
        expect(noticed[1]?.atMs).toBeLessThan(sounded?.atMs ?? 0);
        expect(first(events, "final-sent", "")).toBeGreaterThan(0);
        expect(playlist(call, on.speech)).toEqual([HOURS]);
        const { turns } = await on.books(call);
        expect(turns).toMatchObject([{ user_text: QUESTION, agent_heard: HOURS, interrupted: false }]);
      }
    });
  });

  on.under({ duplicateFinals: 2 }, () => {
    test.concurrent.each(CARRIERS)("%s: finals that are repeated count once", async (carrier) => {
      const { call, events } = await on.listen(carrier);
      await asks(call);
      await answeredBy(call);
      expect(events.filter(({ kind }) => kind === "final-sent")).toHaveLength(3);
      expect(events.filter(({ kind }) => kind === "text-received")).toHaveLength(1);
      expect(playlist(call, on.speech)).toEqual([HOURS]);
      expect((await on.books(call)).turns).toMatchObject([{ user_text: QUESTION, agent_heard: HOURS }]);
    });
  });

  on.under({ blankTranscript: true }, () => {
    test("sounds without words are no turn, and the next words are", async () => {
      const lines = await Promise.all(CARRIERS.map((carrier) => on.listen(carrier)));
      await Promise.all(lines.map(({ call }) => asks(call)));
      await until("both blank transcripts", () => lines.every(({ events }) => first(events, "final-sent", "") >= 0));
      on.rig.simulator.faults.blankTranscript = false;
      await Promise.all(lines.map(({ call }) => call.say(voice("hi-question").audio)));
      await Promise.all(lines.map(({ call }) => answeredBy(call)));
      for (const { call } of lines) {
        expect(playlist(call, on.speech)).toEqual([SHIPPED]);
        expect((await on.books(call)).turns).toMatchObject([{ seq: 1, user_text: ORDER }]);
      }
    });
  });

  on.under({ noVadEvents: true }, () => {
    test.concurrent.each(CARRIERS)(
      "%s: words count although nobody said that speech began or ended",
      async (carrier) => {
        const { call } = await on.listen(carrier);
        await asks(call);
        await answeredBy(call);
        expect((await on.books(call)).turns).toMatchObject([{ user_text: QUESTION, agent_heard: HOURS }]);
      },
    );
  });
}

/** Waits until the agent asks whether the caller is there. */
export async function isAskedWhetherThere(on: Turns, call: TwinCall): Promise<void> {
  await happened(call, (event) => event.kind === "mark-returned" && event.name === "g1:0");
  call.hangUp();
  await call.over;
  expect(playlist(call, on.speech)).toEqual([STILL_THERE]);
}
