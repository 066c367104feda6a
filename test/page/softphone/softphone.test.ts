import { expect, test } from "vitest";
import { Refusal } from "../../../src/page/ui/api.ts";
import { StandInCall, settle, standInPhone } from "./stand-in-line.ts";

const phases = (at: ReturnType<typeof standInPhone>) => [at.phone.standing.value, at.phone.phase.value];

test("a call goes from the number over ringing and talking to its end, with its duration", async () => {
  const at = standInPhone();
  const { phone, clock, line } = at;
  expect(phases(at)).toEqual(["offline", "offline"]);
  const going = phone.goOnline();
  expect(phone.phase.value).toBe("opening");
  await going;
  expect(phone.phase.value).toBe("opening");
  line().there.onOnline("asha");
  expect([phone.phase.value, phone.identity.value]).toEqual(["online", "asha"]);
  for (const key of "98#") phone.press(key);
  phone.microphone.value = "desk mic";
  await phone.dial();
  expect(phone.phase.value).toBe("calling");
  expect(line().calls).toMatchObject([{ to: "98#", microphone: "desk mic" }]);
  const [placed] = line().calls;
  const there = placed?.call.there;
  there?.onRinging();
  expect(phone.phase.value).toBe("ringing");
  there?.onUp();
  await clock.advance(34_000);
  expect([phone.phase.value, phone.call.value?.elapsedMs.value]).toEqual(["talking", 34_000]);
  there?.onOver();
  expect([phone.phase.value, phone.call.value]).toEqual(["online", undefined]);
  expect(at.log()).toEqual(["Online as client:asha", "Calling 98#", "It rings", "Connected", "Call ended after 0:34"]);
});

test("a ring shows its caller, and is taken with the chosen microphone, turned down, or given up", async () => {
  const at = standInPhone();
  await at.online();
  const ring = () => {
    const call = new StandInCall("+919845012345");
    at.line().there.onRing(call);
    return call;
  };
  const taken = ring();
  expect([at.phone.phase.value, at.phone.call.value?.peer]).toEqual(["rung", "+919845012345"]);
  at.phone.microphone.value = "desk mic";
  at.phone.accept();
  taken.there.onUp();
  expect([at.phone.phase.value, taken.done]).toEqual(["talking", ["accept desk mic"]]);
  at.phone.call.value?.hangUp();
  const refused = ring();
  at.phone.call.value?.reject();
  expect([at.phone.phase.value, refused.done]).toEqual(["online", ["reject"]]);
  ring().there.onOver();
  expect([at.phone.phase.value, at.phone.call.value]).toEqual(["online", undefined]);
});

test("who rings while another one does, or in a call, is turned down", async () => {
  const at = standInPhone();
  await at.online();
  at.line().there.onRing(new StandInCall("+91 1"));
  const second = new StandInCall("+91 2");
  at.line().there.onRing(second);
  expect([second.done, at.phone.call.value?.peer]).toEqual([["reject"], "+91 1"]);
});

test("keys that are pressed quickly all arrive, one after the other, and none after the end", async () => {
  const at = standInPhone();
  await at.online();
  const call = await at.talking();
  for (const key of "12#") at.phone.press(key);
  expect([call.done, at.phone.call.value?.keys.value]).toEqual([["key 1"], "12#"]);
  await at.clock.advance(250);
  expect(call.done).toEqual(["key 1", "key 2"]);
  at.phone.call.value?.hangUp();
  await at.clock.advance(1_000);
  expect(call.done).toEqual(["key 1", "key 2", "hang up"]);
});

test("muted, the own meter rests; the other does not", async () => {
  const at = standInPhone();
  await at.online();
  const call = await at.talking();
  call.there.onVolume(0.4, 0.6);
  const now = () => [at.phone.call.value?.own.value, at.phone.call.value?.theirs.value];
  expect(now()).toEqual([0.4, 0.6]);
  at.phone.call.value?.toggleMute();
  call.there.onVolume(0.4, 0.6);
  expect([now(), call.done]).toEqual([[0, 0.6], ["mute"]]);
});

test("who hangs up before the call is on its way has hung up", async () => {
  const at = standInPhone();
  await at.online();
  let go = (): void => {};
  at.line().before = new Promise((resolve) => {
    go = resolve;
  });
  const dialled = at.phone.dial();
  at.phone.call.value?.hangUp();
  expect(at.phone.phase.value).toBe("online");
  go();
  await dialled;
  expect(at.line().calls[0]?.call.done).toEqual(["hang up"]);
});

test("a call that cannot be placed, or has no microphone, is over at once and says why", async () => {
  const at = standInPhone();
  await at.online();
  at.line().refusal = new Error("no line");
  await at.phone.dial();
  expect([at.phone.phase.value, at.phone.complaint.value?.what]).toEqual(["online", "The call failed: no line"]);
  at.line().refusal = undefined;
  const call = await at.talking();
  call.there.onTrouble({ code: 31401, message: "PermissionDenied" });
  call.there.onOver();
  expect([at.phone.phase.value, at.phone.complaint.value?.what]).toEqual([
    "online",
    "This page may not use the microphone.",
  ]);
});

test("where Twilio cannot be reached it says so while the line tries, and says no more once it is there", async () => {
  const at = standInPhone();
  await at.phone.goOnline();
  at.line().there.onTrouble({ code: 31005, message: "ConnectionError" });
  expect([at.phone.phase.value, at.phone.complaint.value?.what]).toEqual(["opening", "Twilio cannot be reached."]);
  at.line().there.onOnline("asha");
  expect([at.phone.phase.value, at.phone.complaint.value]).toEqual(["online", undefined]);
  at.world.isConnected = false;
  at.line().there.onLost();
  expect([at.phone.phase.value, at.phone.complaint.value?.what]).toEqual(["opening", "This device is offline."]);
  at.phone.goOffline();
  expect([at.phone.phase.value, at.phone.complaint.value, at.line().isClosed]).toEqual(["offline", undefined, true]);
});

test("a call outlives its signalling; a line that is closed says nothing any more", async () => {
  const at = standInPhone();
  await at.online();
  const call = await at.talking();
  at.line().there.onLost();
  call.there.onBroken(true);
  expect(phases(at)).toEqual(["opening", "broken"]);
  call.there.onBroken(false);
  expect(phases(at)).toEqual(["opening", "talking"]);
  at.phone.goOffline();
  expect(call.done).toEqual(["hang up"]);
  at.line().there.onOnline("asha");
  expect(phases(at)).toEqual(["offline", "offline"]);
});

test.each([
  [new Refusal(503, "not set: TWILIO_API_KEY_SID"), "It says: not set: TWILIO_API_KEY_SID."],
  [new Refusal(403, "no"), "scope control"],
  [new Refusal(401, "no"), "log in"],
  [new Refusal(0, "no"), "restarting"],
  [new Error("the SDK did not load"), "Try again"],
])("what refuses a token is told, and it can be tried again: %s", async (refusal, advice) => {
  const at = standInPhone();
  at.world.refusal = refusal;
  await at.phone.goOnline();
  expect([at.phone.phase.value, at.phone.complaint.value?.advice]).toEqual([
    "offline",
    expect.stringContaining(advice),
  ]);
  at.world.refusal = undefined;
  await at.online();
  expect([at.phone.phase.value, at.phone.complaint.value]).toEqual(["online", undefined]);
});

test("a token that Twilio does not take ends the attempt, with its line", async () => {
  const at = standInPhone();
  await at.phone.goOnline();
  at.line().there.onTrouble({ code: 20101, message: "AccessTokenInvalid" });
  expect([at.phone.phase.value, at.phone.complaint.value?.what, at.line().isClosed]).toEqual([
    "offline",
    "Twilio does not take the token.",
    true,
  ]);
});

test("who goes offline while a token is on its way stays offline", async () => {
  const at = standInPhone();
  const going = at.phone.goOnline();
  at.phone.goOffline();
  await going;
  expect([at.phone.phase.value, at.lines.length]).toEqual(["offline", 0]);
});

test("the chosen speaker is used from going online on; one that is gone is given up", async () => {
  const at = standInPhone();
  await at.phone.chooseOutput("speaker", "headset");
  await at.online();
  await at.phone.chooseOutput("ringtone", "monitor");
  expect(at.line().outputs).toEqual(["speaker headset", "ringtone monitor"]);
  at.line().refusal = new Error("not found");
  await at.phone.chooseOutput("speaker", "gone");
  expect(at.phone.outputs.speaker.value).toBe("");
});

test("I39: a token is asked before going online, and one that ends between calls is replaced at once", async () => {
  const at = standInPhone();
  await at.online();
  expect([at.asked, at.line().pass]).toEqual([[undefined], { token: "token 1" }]);
  at.line().there.onTokenEnds();
  await settle();
  expect([at.asked, at.line().renewed]).toEqual([[undefined, "asha"], ["token 2"]]);
});

test("I39: no token is asked or given to the line while somebody calls, is rung, or talks; after it, one is", async () => {
  const at = standInPhone();
  await at.online();
  const call = await at.talking();
  at.line().there.onTokenEnds();
  await settle();
  expect([at.asked.length, at.line().renewed]).toEqual([1, []]);
  call.there.onOver();
  await settle();
  expect([at.asked.length, at.line().renewed]).toEqual([2, ["token 2"]]);
  await at.talking();
  at.phone.call.value?.hangUp();
  await settle();
  expect(at.asked.length).toBe(2);
});

test("I39: a call that begins while the token is on its way is not disturbed by it", async () => {
  const at = standInPhone();
  await at.online();
  let come = (): void => {};
  at.world.passes = new Promise((resolve) => {
    come = resolve;
  });
  at.line().there.onTokenEnds();
  at.line().there.onRing(new StandInCall("+91 1"));
  come();
  await settle();
  expect(at.line().renewed).toEqual([]);
  at.phone.call.value?.reject();
  await settle();
  expect(at.line().renewed).toEqual(["token 3"]);
});

test("I39: one that ran out in a call costs nothing of it, and the line is opened anew after it, for the same identity", async () => {
  const at = standInPhone();
  await at.online();
  const call = await at.talking();
  at.line().there.onTrouble({ code: 20104, message: "AccessTokenExpired" });
  await settle();
  expect([phases(at), call.done, at.lines.length]).toEqual([["online", "talking"], [], 1]);
  call.there.onOver();
  await settle();
  expect([at.lines.length, at.lines[0]?.isClosed, at.asked]).toEqual([2, true, [undefined, "asha"]]);
  at.line().there.onOnline("asha");
  expect(phases(at)).toEqual(["online", "online"]);
});

test("where no fresh token is given the old one is kept, and the reason told", async () => {
  const at = standInPhone();
  await at.online();
  at.world.refusal = new Refusal(503, "not set: TWILIO_API_KEY_SID");
  at.line().there.onTokenEnds();
  await settle();
  expect([at.phone.phase.value, at.line().renewed, at.phone.complaint.value?.what]).toEqual([
    "online",
    [],
    "The gateway is not set up for softphones.",
  ]);
});

test("a call that was given up before it was on its way, and could not be had, is no failure", async () => {
  const at = standInPhone();
  await at.online();
  at.line().before = settle();
  at.line().refusal = new Error("the device is gone");
  const dialling = at.phone.dial();
  at.phone.call.value?.hangUp();
  await dialling;
  expect([at.phone.complaint.value, at.phone.phase.value]).toEqual([undefined, "online"]);
});
