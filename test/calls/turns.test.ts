import { describe, expect, test } from "vitest";
import type { WireEvent } from "../../src/simulator/sarvam/sarvam.ts";
import { playlist } from "./speech.ts";
import { answeredBy, asks, CARRIERS, commonStories, first, HOURS, QUESTION, turnsStage } from "./turns.ts";

const partials = (events: readonly WireEvent[]): readonly string[] =>
  events.flatMap((event) => (event.kind === "partial-sent" ? [event.text] : []));

describe("turns over the realtime socket", () => {
  const on = turnsStage("realtime");
  commonStories(on);

  on.under({ finalOffsetMs: -250 }, () => {
    test.concurrent.each(CARRIERS)(
      "I11: %s: a final is final: its answer is on the way before speech is said to have ended",
      async (carrier) => {
        const { call, events } = await on.listen(carrier);
        await asks(call);
        await answeredBy(call);
        const order = [first(events, "final-sent"), first(events, "text-received"), first(events, "speech-end-sent")];
        expect(order[0]).toBeGreaterThanOrEqual(0);
        expect(order).toEqual(order.toSorted((one, other) => one - other));
        expect((await on.books(call)).turns).toMatchObject([{ user_text: QUESTION, agent_heard: HOURS }]);
      },
    );

    test.concurrent.each(CARRIERS)(
      "I8: %s: partials replace each other, and the final replaces them all",
      async (carrier) => {
        const { call, events } = await on.listen(carrier);
        await asks(call);
        await answeredBy(call);
        expect(new Set(partials(events)).size).toBeGreaterThanOrEqual(2);
        expect((await on.books(call)).turns.map(({ user_text }) => user_text)).toEqual([QUESTION]);
      },
    );
  });

  on.under({ noFinals: true }, () => {
    test.concurrent.each(CARRIERS)("I10: %s: where no final comes the last partial is answered", async (carrier) => {
      const { call, events } = await on.listen(carrier);
      await asks(call);
      await answeredBy(call);
      expect(first(events, "final-sent")).toBe(-1);
      const { turns } = await on.books(call);
      expect(turns).toMatchObject([{ user_text: partials(events).at(-1), agent_heard: HOURS }]);
    });
  });

  on.under({ lateFinalMs: 2600 }, () => {
    test.concurrent.each(CARRIERS)(
      "I10: %s: a final that comes after the last partial was taken changes nothing",
      async (carrier) => {
        const { call, events } = await on.listen(carrier);
        const final = on.rig.simulator.wire.next("final-sent", ({ socket }) =>
          events.some((event) => event.socket === socket),
        );
        await asks(call);
        await final;
        await answeredBy(call);
        expect(first(events, "text-received")).toBeLessThan(first(events, "final-sent"));
        expect(playlist(call, on.speech)).toEqual([HOURS]);
        expect((await on.books(call)).turns).toMatchObject([{ user_text: partials(events).at(-1) }]);
      },
    );
  });
});
