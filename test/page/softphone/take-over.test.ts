import { expect, test } from "vitest";
import { takeOver } from "../../../src/page/softphone/take-over.ts";
import { StandInCall, settle, standInPhone } from "./stand-in-line.ts";

test("it goes online, says once who it is, takes the one call by itself and goes offline after it", async () => {
  const at = standInPhone();
  const told: string[] = [];
  const stop = takeOver(at.phone, (identity) => told.push(identity));
  await settle();
  expect(told).toEqual([]);
  at.line().there.onOnline("asha");
  at.line().there.onLost();
  at.line().there.onOnline("asha");
  expect(told).toEqual(["asha"]);
  const call = new StandInCall("+919845012345");
  at.line().there.onRing(call);
  expect(call.done).toEqual(["accept"]);
  call.there.onUp();
  expect(at.phone.phase.value).toBe("talking");
  call.there.onOver();
  expect([at.phone.phase.value, at.line().isClosed]).toEqual(["offline", true]);
  stop();
});

test("closed, it takes nothing by itself any more", async () => {
  const at = standInPhone();
  const stop = takeOver(at.phone, () => {});
  await settle();
  at.line().there.onOnline("asha");
  stop();
  const call = new StandInCall("+919845012345");
  at.line().there.onRing(call);
  expect(call.done).toEqual([]);
});
