import { expect, test } from "vitest";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { WebCall } from "../../src/page/call/web-call.ts";
import { SDKError } from "../../src/page/client/errors.ts";
import { type Desk, type DeskOptions, desk, frame, soundTo, spoken, standInMicrophone } from "./stand-ins.ts";

/** A call as the page shows it, and the desk where its agent sits. */
function room({ online = true, ...options }: DeskOptions & { readonly online?: boolean } = {}) {
  const clock = new VirtualClock();
  const call = new WebCall({ clock, isOnline: () => online });
  let at: Desk | undefined;
  const started = (): Promise<void> =>
    call.start((callbacks) => {
      at = desk({ ...options, ...callbacks });
      return at.agent;
    });
  const here = (): Desk => {
    if (!at) throw new Error("nobody has called");
    return at;
  };
  const begin = async (): Promise<Desk> => {
    const done = started();
    await here().settle();
    here().peer().opens();
    await done;
    return here();
  };
  return { call, clock, started, begin, here };
}

test("a call goes from the click over connecting, thinking and speaking to listening, and to its end", async () => {
  const { call, begin } = room();
  expect([call.phase.value, call.busy.value]).toEqual(["idle", false]);
  const { peer } = await begin();
  expect([call.phase.value, call.busy.value, call.talking.value]).toEqual(["connecting", true, false]);
  const phases = ["thinking", "speaking", "listening"].map((state) => {
    peer().says({ event: "state", state });
    return call.phase.value;
  });
  expect(phases).toEqual(["thinking", "speaking", "listening"]);
  expect(call.interactionId.value).toBe("call_1");
  await call.stop();
  expect([call.phase.value, call.complaint.value]).toEqual(["idle", undefined]);
});

test("the duration is counted from the gateway's first word, by the second, until the end", async () => {
  const { call, clock, begin } = room();
  const { peer } = await begin();
  await clock.advance(5_000);
  expect(call.elapsedMs.value).toBe(0);
  peer().says({ event: "state", state: "listening" });
  await clock.advance(3_400);
  expect(call.elapsedMs.value).toBe(3_000);
  await call.stop();
  await clock.advance(3_000);
  expect(call.elapsedMs.value).toBe(3_000);
});

test("S0.3: the first sound of the agent is measured from the click to the loudspeaker", async () => {
  const { call, clock, begin } = room();
  const { peer, speaker } = await begin();
  await clock.advance(640);
  peer().says(spoken(frame()));
  speaker.level(0);
  expect(call.firstAudibleMs.value).toBeUndefined();
  speaker.level(0.2);
  await clock.advance(500);
  speaker.level(0.3);
  expect([call.firstAudibleMs.value, call.agent.now.value]).toEqual([640, 0.3]);
});

test("S0.4: that the network is too slow for what is said is told, and is no end", async () => {
  const { call, begin } = room();
  const { peer, microphone } = await begin();
  peer().says({ event: "state", state: "listening" });
  peer().bufferedAmount = 100_000;
  microphone.hears();
  expect([call.congested.value, call.complaint.value, call.phase.value]).toEqual([true, undefined, "listening"]);
});

test("I41: who mutes before or in the call is silence on the line, frame by frame", async () => {
  const { call, begin } = room();
  call.toggleMute();
  const { peer, microphone } = await begin();
  for (const _ of [1, 2, 3]) microphone.hears();
  call.toggleMute();
  microphone.hears();
  expect(soundTo(peer()).map((sound) => [sound.length, sound.some((byte) => byte !== 0)])).toEqual([
    [640, false],
    [640, false],
    [640, false],
    [640, true],
  ]);
});

test("a call that breaks is taken up again, and what was said stays", async () => {
  const { call, begin } = room();
  const { clock, peer } = await begin();
  peer().says({ event: "transcript", who: "agent", text: "Hello. How are you?", final: false });
  peer().says({ event: "transcript", who: "agent", text: "Hello.", final: true });
  peer().closes(1006);
  expect([call.phase.value, call.busy.value, call.talking.value]).toEqual(["resuming", true, false]);
  await clock.advance(500);
  peer().opens();
  expect(call.phase.value).toBe("resuming");
  peer().says({ event: "state", state: "listening" });
  expect([call.phase.value, call.interactionId.value]).toEqual(["listening", "call_2"]);
  expect(call.lines.value).toMatchObject([{ text: "Hello.", rest: "How are you?", interrupted: true }]);
});

test("events of the customer's own, apps and interruptions are listed", async () => {
  const { call, begin } = room();
  const { peer } = await begin();
  peer().says({ event: "transcript", who: "agent", text: "Long.", final: false });
  peer().says({ event: "event", name: "cart", data: { items: [2] } });
  peer().says({ event: "clear" });
  expect(call.happenings.value.map(({ event }) => event)).toEqual([
    { type: "custom", name: "cart", data: { items: [2] } },
    { type: "user_interrupt" },
  ]);
  expect(call.lines.value).toMatchObject([{ rest: "Long.", interrupted: true }]);
});

test("what is written is sent while somebody is there", async () => {
  const { call, begin } = room();
  expect(call.write("Hello")).toBe(false);
  const { peer } = await begin();
  expect([call.write("Hello"), call.write("  ")]).toEqual([true, false]);
  expect(peer().sent.at(-1)).toEqual({ event: "text", text: "Hello" });
});

const refuses = (error: SDKError): DeskOptions => ({ connect: () => Promise.reject(error) });
const hasNone = (code: string): DeskOptions => ({ microphone: standInMicrophone(new SDKError(code, code)) });

test.each([
  ["may not use the microphone", hasNone("microphone_denied"), "Allow it"],
  ["No microphone", hasNone("microphone_missing"), "Plug one in"],
  ["does not answer", hasNone("microphone_busy"), "Another program"],
  ["https pages only", hasNone("insecure_page"), "https address"],
  ["cannot be reached", refuses(new SDKError("unreachable", "no")), "Try again"],
  ["is offline", { online: false, ...refuses(new SDKError("unreachable", "no")) }, "Connect it to a network"],
  [
    "no room for another call: full",
    refuses(new SDKError("server_error", "no room for another call: full")),
    "Try again",
  ],
  ["may not make calls", refuses(new SDKError("forbidden", "no")), "scope control"],
  ["not logged in", refuses(new SDKError("unauthorized", "no")), "log in"],
  ["too many", refuses(new SDKError("rate_limited", "no")), "Wait a minute"],
  ["voice: nobody is called so", refuses(new SDKError("refused", "voice: nobody is called so")), "Try again"],
])("S0.2: that %s is said in plain words, with what to do", async (what, options, advice) => {
  const { call, started } = room(options);
  await started();
  expect(call.phase.value).toBe("error");
  expect(call.complaint.value?.what).toContain(what);
  expect(call.complaint.value?.advice).toContain(advice);
});

test("who calls again begins with nothing of the call before", async () => {
  const { call, begin } = room();
  const { peer } = await begin();
  peer().says({ event: "transcript", who: "agent", text: "Hello.", final: true });
  peer().closes(1008);
  expect([call.phase.value, call.lines.value.length]).toEqual(["error", 1]);
  await begin();
  expect([call.phase.value, call.lines.value, call.complaint.value, call.interactionId.value]).toEqual([
    "connecting",
    [],
    undefined,
    undefined,
  ]);
});
