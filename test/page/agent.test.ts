import { expect, test } from "vitest";
import { SDKError } from "../../src/page/client/errors.ts";
import type { UiEvent } from "../../src/page/client/ui-events.ts";
import { desk, frame, sentTo, soundTo, spoken, standInMicrophone } from "./stand-ins.ts";

test("S3.5, S3.6, S3.34, S3.37: an agent is one to talk to or one to write to, at 16 or 8 kHz", async () => {
  const call = desk();
  expect([call.agent.isVoiceAgent(), call.agent.isTextAgent(), call.agent.getAgentType()]).toEqual([
    true,
    false,
    "voice",
  ]);
  await call.begin();
  expect(sentTo(call.peer(), "start")).toEqual([
    { event: "start", start: { mediaFormat: { encoding: "audio/l16", sampleRate: 16_000, channels: 1 } } },
  ]);
  const chat = desk({ interactionType: "chat", line: { encoding: "audio/x-mulaw", sampleRate: 8_000 } });
  expect([chat.agent.isVoiceAgent(), chat.agent.isTextAgent(), chat.agent.getAgentType()]).toEqual([
    false,
    true,
    "text",
  ]);
  await chat.begin();
  expect(sentTo(chat.peer(), "start")).toEqual([
    { event: "start", start: { mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8_000, channels: 1 } } },
  ]);
});

test("S3.19, S3.20, S3.21: the six states are told as they change, with the one before", async () => {
  const changes: string[] = [];
  const at = desk({ stateCallback: (state, previous) => changes.push(`${previous} → ${state}`) });
  expect(at.agent.getState()).toBe("IDLE");
  await at.begin();
  expect(at.agent.getState()).toBe("LISTENING");
  for (const state of ["thinking", "speaking", "speaking", "listening"]) at.peer().says({ event: "state", state });
  at.peer().closes(1008);
  expect(at.agent.getState()).toBe("ERROR");
  expect(changes).toEqual([
    ...["IDLE → CONNECTING", "CONNECTING → CONNECTED", "CONNECTED → LISTENING"],
    ...["LISTENING → SPEAKING", "SPEAKING → LISTENING", "LISTENING → ERROR"],
  ]);
});

test("S3.14, S3.15: while muted, silence goes on, frame by frame", async () => {
  const at = desk();
  await at.begin();
  at.microphone.hears();
  at.agent.mute();
  expect(at.agent.isMuted()).toBe(true);
  const loud = frame();
  at.microphone.hears(loud);
  at.agent.unmute();
  at.agent.unmute();
  expect(at.agent.isMuted()).toBe(false);
  at.microphone.hears();
  const levels = soundTo(at.peer()).map((sound) => [sound.length, sound.readInt16LE(0)]);
  expect(levels).toEqual([
    [640, 8_000],
    [640, 0],
    [640, 8_000],
  ]);
  expect(sentTo(at.peer(), "media").map(({ media }) => (media as { timestamp: number }).timestamp)).toEqual([
    0, 20, 40,
  ]);
  expect(loud[0]).toBe(8_000);
});

test("who was muted before the start is muted from its first frame", async () => {
  const at = desk();
  at.agent.mute();
  await at.begin();
  at.microphone.hears();
  expect(soundTo(at.peer()).map((sound) => sound.readInt16LE(0))).toEqual([0]);
});

test("S3.16, S3.17, S3.26: a page learns of thinking, of being cut off, and of events of the customer's own", async () => {
  const events: UiEvent[] = [];
  const at = desk({ eventCallback: (event) => events.push(event) });
  await at.begin();
  for (const state of ["thinking", "thinking", "speaking"]) at.peer().says({ event: "state", state });
  at.peer().says({ event: "clear" });
  at.peer().says({ event: "event", name: "cart", data: { items: [2] } });
  at.peer().says({ event: "state", state: "thinking" });
  await at.agent.stop();
  expect(events).toEqual([
    { type: "thinking_started" },
    { type: "thinking_completed" },
    { type: "user_interrupt" },
    { type: "custom", name: "cart", data: { items: [2] } },
    { type: "thinking_started" },
    { type: "thinking_completed" },
    { type: "interaction_end" },
  ]);
});

test.each([
  ["notify_ui", 'mcp::https://app.example.test/x::{"a":"b::c"}', "https://app.example.test/x", { a: "b::c" }],
  ["mcp::https://app.example.test::[1]", null, "https://app.example.test", [1]],
  ["notify_ui", "mcp::http://[::1]:3000::{}", "http://[::1]:3000", {}],
])("an app to be shown is told by its address and what it begins with (%s, %s)", async (name, data, url, begins) => {
  const events: UiEvent[] = [];
  const at = desk({ eventCallback: (event) => events.push(event) });
  await at.begin();
  at.peer().says({ event: "event", name, data });
  expect(events).toEqual([{ type: "mcp", url, data: begins }]);
});

test.each(["mcp::javascript:alert(1)::{}", "mcp::http://far.example.test::{}", "mcp::https://a.test::{", "mcp::x"])(
  "an app that no page should show (%s) is an event like any other",
  async (data) => {
    const events: UiEvent[] = [];
    const at = desk({ eventCallback: (event) => events.push(event) });
    await at.begin();
    at.peer().says({ event: "event", name: "notify_ui", data });
    expect(events).toEqual([{ type: "custom", name: "notify_ui", data }]);
  },
);

test("S3.22, S3.23: what is said is told with who said it; in writing also as text", async () => {
  const told: unknown[] = [];
  const written: unknown[] = [];
  const callbacks = {
    transcriptCallback: (message: unknown) => told.push(message),
    textCallback: (message: unknown) => written.push(message),
  };
  for (const at of [desk(callbacks), desk({ ...callbacks, interactionType: "chat" })]) {
    await at.begin();
    at.peer().says({ event: "transcript", who: "user", text: "Hi", final: true });
    at.peer().says({ event: "transcript", who: "agent", text: "Hello", final: false });
  }
  const both = [
    { role: "user", content: "Hi", final: true },
    { role: "bot", content: "Hello", final: false },
  ];
  expect(told).toEqual([...both, ...both]);
  expect(written).toEqual([{ text: "Hello", final: false }]);
});

test("S3.24, S3.25: the agent's sound and how loud both sides are reach the page", async () => {
  const sounds: unknown[] = [];
  const levels: unknown[] = [];
  const at = desk({
    audioCallback: (chunk) => sounds.push(chunk),
    audioLevelCallback: (level) => levels.push(level),
  });
  await at.begin();
  at.peer().says(spoken(frame(5)));
  at.microphone.hears(frame(16_384));
  at.agent.mute();
  at.microphone.hears(frame(16_384));
  at.speaker.level(0.25);
  expect(sounds).toEqual([{ samples: frame(5), sampleRate: 16_000 }]);
  expect(at.speaker.heard).toEqual([frame(5)]);
  expect(levels).toEqual([
    { role: "user", rms: 0.5 },
    { role: "user", rms: 0 },
    { role: "bot", rms: 0.25 },
  ]);
});

test("S3.27: its beginning and its end are told once, whoever ends it", async () => {
  const told: string[] = [];
  const at = desk({ startCallback: () => told.push("start"), endCallback: () => told.push("end") });
  await at.begin();
  at.peer().says({ event: "state", state: "speaking" });
  at.peer().says({ event: "state", state: "ended" });
  at.peer().closes(1000);
  await at.agent.stop();
  expect(told).toEqual(["start", "end"]);
  expect([at.agent.getState(), at.microphone.on, at.speaker.on]).toEqual(["IDLE", false, false]);
});

test("S3.29, S3.32, S3.33, S3.38: start opens everything, stop closes it, and it may be started again", async () => {
  const at = desk();
  expect([at.agent.isConnected(), at.agent.getInteractionId()]).toEqual([false, undefined]);
  await at.begin();
  expect([at.agent.isConnected(), at.agent.getInteractionId()]).toEqual([true, "call_1"]);
  expect([at.microphone.on, at.speaker.on]).toEqual([true, true]);
  await expect(at.agent.start()).rejects.toMatchObject({ code: "already_started" });
  await at.agent.stop();
  expect([at.agent.isConnected(), at.agent.getState()]).toEqual([false, "IDLE"]);
  expect([at.microphone.on, at.speaker.on, at.peer().closedWith]).toEqual([false, false, 1000]);
  expect(at.peer().sent.at(-1)).toEqual({ event: "stop" });
  await at.begin();
  expect(at.agent.getInteractionId()).toBe("call_2");
  await at.agent.stop();
  expect(at.clock.pending).toBe(0);
});

test("S3.30, S3.31: one can wait for the connection, for so many seconds, and for its end", async () => {
  const at = desk();
  await at.agent.waitForDisconnect();
  const early = at.agent.waitForConnect();
  const impatient = at.agent.waitForConnect(2);
  const patient = at.agent.waitForConnect(60);
  const started = at.agent.start();
  await at.clock.advance(2_000);
  expect(await impatient).toBe(false);
  at.peer().opens();
  await started;
  expect(await Promise.all([early, patient, at.agent.waitForConnect()])).toEqual([true, true, true]);
  let over = false;
  const end = at.agent.waitForDisconnect().then(() => {
    over = true;
  });
  await at.settle();
  expect(over).toBe(false);
  await at.agent.stop();
  await end;
});

test("S3.30: who waits for a connection that fails is told so", async () => {
  const at = desk({ connect: () => Promise.reject(new SDKError("refused", "no")) });
  const early = at.agent.waitForConnect();
  await expect(at.agent.start()).rejects.toThrow("no");
  expect([await early, await at.agent.waitForConnect(), at.agent.getState()]).toEqual([false, false, "ERROR"]);
});

test("S3.35: text is sent to be answered, and refused where nobody is there or it is none", async () => {
  const at = desk();
  expect(() => at.agent.sendText("too early")).toThrow(SDKError);
  await at.begin();
  at.agent.sendText("What are your opening hours?");
  expect(sentTo(at.peer(), "text")).toEqual([{ event: "text", text: "What are your opening hours?" }]);
  expect(() => at.agent.sendText("  ")).toThrow("1 to 4000");
  expect(() => at.agent.sendText("a".repeat(4_001))).toThrow("1 to 4000");
  await at.agent.stop();
  expect(() => at.agent.sendText("too late")).toThrow("nobody is there");
});

test("S3.36: an application may send sound of its own", async () => {
  const at = desk();
  expect(() => at.agent.sendAudio(frame())).toThrow(SDKError);
  await at.begin();
  at.agent.sendAudio(frame(7));
  expect(soundTo(at.peer()).map((sound) => [sound.length, sound.readInt16LE(0)])).toEqual([[640, 7]]);
});

test("marks go back when the sound before them was heard, or cleared", async () => {
  const at = desk();
  await at.begin();
  at.peer().says(spoken(frame()));
  at.peer().says({ event: "mark", mark: { name: "g1:0" } });
  expect(sentTo(at.peer(), "mark")).toEqual([]);
  at.speaker.plays();
  at.peer().says({ event: "mark", mark: { name: "g1:1" } });
  at.peer().says({ event: "clear" });
  expect(sentTo(at.peer(), "mark")).toEqual(["g1:0", "g1:1"].map((name) => ({ event: "mark", mark: { name } })));
  expect(at.speaker.heard.at(-1)).toBe("cleared");
});

test("who writes sends silence, opens no microphone, and has read what arrived", async () => {
  const at = desk({ interactionType: "chat" });
  await at.begin();
  expect([at.microphone.on, at.speaker.on]).toEqual([false, false]);
  await at.clock.advance(1_000);
  expect(soundTo(at.peer())).toHaveLength(50);
  expect(soundTo(at.peer()).every((sound) => sound.length === 640 && sound.every((byte) => byte === 0))).toBe(true);
  at.peer().says({ event: "mark", mark: { name: "g1:0" } });
  expect(sentTo(at.peer(), "mark")).toHaveLength(1);
  await at.agent.stop();
  expect(at.clock.pending).toBe(0);
});

test("a microphone that may not be used is the reason why the start fails, and nothing stays open", async () => {
  const microphone = standInMicrophone(new SDKError("microphone_denied", "this page may not use the microphone"));
  const at = desk({ microphone });
  await expect(at.agent.start()).rejects.toMatchObject({ code: "microphone_denied" });
  expect([at.agent.getState(), at.speaker.on, at.asked]).toEqual(["ERROR", false, []]);
});

test("a socket that is refused, or does not answer within ten seconds, is the reason why the start fails", async () => {
  const refused = desk();
  const start = refused.agent.start().catch((error: unknown) => error);
  await refused.settle();
  refused.peer().closes(1006);
  expect(await start).toMatchObject({ code: "connection_failed" });
  const silent = desk();
  const other = silent.agent.start().catch((error: unknown) => error);
  await silent.clock.advance(10_000);
  expect(await other).toMatchObject({ code: "connection_failed" });
  for (const { agent, microphone, clock } of [refused, silent]) {
    expect([agent.getState(), microphone.on, clock.pending]).toEqual(["ERROR", false, 0]);
  }
});

test("what failed may be started again", async () => {
  const at = desk();
  const start = at.agent.start().catch(() => {});
  await at.settle();
  at.peer().closes(1006);
  await start;
  await at.begin();
  expect(at.agent.getState()).toBe("LISTENING");
});

test("who stops while it is still connecting is let go, and no socket is opened", async () => {
  let answer = (_: { id: string; ws_url: string }): void => {};
  const at = desk({
    connect: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  const start = at.agent.start().catch((error: unknown) => error);
  await at.settle();
  await at.agent.stop();
  expect(at.agent.getState()).toBe("IDLE");
  answer({ id: "call_1", ws_url: "wss://gateway/1" });
  expect(await start).toMatchObject({ code: "stopped" });
  expect(at.peers).toEqual([]);
});

test("a message that cannot be read is told, and the conversation goes on", async () => {
  const at = desk();
  await at.begin();
  at.peer().says("}");
  at.peer().says({ event: "media", media: { payload: "no base64!" } });
  const complaints = at.telemetry.filter(({ event }) => event === "error");
  expect(complaints.map((complaint) => complaint.event === "error" && complaint.code)).toEqual([
    "malformed",
    "malformed",
  ]);
  expect(at.agent.getState()).toBe("LISTENING");
});
