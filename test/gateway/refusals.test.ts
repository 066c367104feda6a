import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { Refusals } from "../../src/gateway/refusals.ts";
import { createLog } from "../../src/kit/log.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { post, ringForm, world } from "./world.ts";

test("an address is told of once a minute, and has too many refusals from its twentieth on, until the minute is over", async () => {
  const clock = new VirtualClock();
  const refusals = new Refusals(clock);
  const told = Array.from({ length: 20 }, () => {
    expect(refusals.tooMany("203.0.113.1")).toBe(false);
    return refusals.note("203.0.113.1");
  });
  expect(told).toEqual([true, ...Array(19).fill(false)]);
  expect(refusals.tooMany("203.0.113.1")).toBe(true);
  expect(refusals.tooMany("203.0.113.2")).toBe(false);
  expect(refusals.note("203.0.113.2")).toBe(true);
  await clock.advance(60_000);
  expect(refusals.tooMany("203.0.113.1")).toBe(false);
  expect(refusals.note("203.0.113.1")).toBe(true);
});

test("those behind a proxy we do not know are told of once between them, and never have too many", () => {
  const refusals = new Refusals(new VirtualClock());
  const told = Array.from({ length: 50 }, () => refusals.note(undefined));
  expect(told.filter(Boolean)).toHaveLength(1);
  expect(refusals.tooMany(undefined)).toBe(false);
});

test("a stranger with a million addresses is told of a hundred times a minute", () => {
  const refusals = new Refusals(new VirtualClock());
  let told = 0;
  for (let i = 0; i < 25_000; i++) if (refusals.note(`2001:db8::${i.toString(16)}`)) told++;
  expect(told).toBe(100);
});

test("five hundred forged webhooks are counted one by one and fill two lines of the log, one of them for all who say X-Forwarded-For", async () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const at = await world({ log: createLog("info", destination) });
  const forged = (more: Record<string, string>) =>
    post(at, "/twilio/voice", ringForm(), { "x-twilio-signature": "forged", ...more });
  for (let i = 0; i < 250; i++) {
    await forged({});
    await forged({ "x-forwarded-for": `203.0.113.${i}` });
  }
  expect(await at.counted("requests_refused")).toBe(500);
  expect(lines.filter((line) => line.includes("was refused"))).toHaveLength(2);
});
