import { describe, expect, test } from "vitest";
import { voice } from "../../src/simulator/voices.ts";
import { played } from "./stage.ts";
import {
  answeredBy,
  asks,
  CARRIERS,
  commonStories,
  first,
  HOURS,
  isAskedWhetherThere,
  QUESTION,
  turnsStage,
} from "./turns.ts";

describe("turns over the older socket", () => {
  const on = turnsStage("streaming");
  commonStories(on);

  test.concurrent.each(CARRIERS)(
    "I11: %s: a transcript is final: nothing is waited for before it is answered",
    async (carrier) => {
      const { call, events } = await on.listen(carrier);
      for (const turn of [1, 2, 3]) {
        await call.say(voice("en-question").audio);
        await played(call, `g${turn}:0`);
      }
      call.hangUp();
      await call.over;
      const times = (kind: "final-sent" | "text-received"): readonly number[] =>
        events.flatMap((event) => (event.kind === kind ? [event.atMs] : []));
      const waits = times("text-received").map((atMs, turn) => atMs - (times("final-sent")[turn] ?? 0));
      expect(waits).toHaveLength(3);
      // The best of three: a busy machine delays some, a timer would delay all.
      expect(Math.min(...waits)).toBeLessThan(50);
    },
  );

  on.under({ noFinals: true }, () => {
    test.concurrent.each(CARRIERS)(
      "I10: %s: where no transcript comes the caller is asked whether they are there",
      async (carrier) => {
        const { call, events } = await on.listen(carrier, "waiter");
        // Before the agent asks by itself.
        await asks(call);
        await isAskedWhetherThere(on, call);
        expect(first(events, "speech-start-sent")).toBeGreaterThanOrEqual(0);
        expect(first(events, "final-sent")).toBe(-1);
      },
    );
  });

  on.under({ lateFinalMs: 2600 }, () => {
    test.concurrent.each(CARRIERS)(
      "I10: %s: a transcript that comes after it was given up is answered all the same, once",
      async (carrier) => {
        const { call } = await on.listen(carrier);
        await asks(call);
        await answeredBy(call);
        expect((await on.books(call)).turns).toMatchObject([{ user_text: QUESTION, agent_heard: HOURS }]);
      },
    );
  });

  on.under({ reorderEnd: true }, () => {
    test.concurrent.each(CARRIERS)(
      "%s: a transcript that comes before the end of speech is answered at once, and once",
      async (carrier) => {
        const { call, events } = await on.listen(carrier);
        const ended = on.rig.simulator.wire.next("speech-end-sent", ({ socket }) =>
          events.some((event) => event.socket === socket),
        );
        await asks(call);
        await ended;
        await answeredBy(call);
        expect(first(events, "final-sent")).toBeLessThan(first(events, "speech-end-sent"));
        expect(events.filter(({ kind }) => kind === "text-received")).toHaveLength(1);
        expect((await on.books(call)).turns).toMatchObject([{ user_text: QUESTION, agent_heard: HOURS }]);
      },
    );
  });
});
