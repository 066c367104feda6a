import { expect, test } from "vitest";
import type { TelemetryEvent } from "../../src/page/client/telemetry.ts";
import { type Desk, desk, frame, spoken } from "./stand-ins.ts";

const START = 1_760_000_000_000;
const names = ({ telemetry }: Desk) => telemetry.map(({ event }) => event);
const without = (telemetry: readonly TelemetryEvent[]) => telemetry.map(({ timestamp: _, ...event }) => event);
const state = (state: string, previous: string) => ({ event: "state_changed", state, previous });

test("S3.28: a conversation is measured from its first try to its end, event by event", async () => {
  const at = desk();
  const started = at.agent.start();
  await at.clock.advance(150);
  at.peer().opens();
  await started;
  await at.clock.advance(50);
  at.microphone.hears();
  at.microphone.hears();
  at.peer().says({ event: "state", state: "thinking" });
  await at.clock.advance(100);
  at.peer().says({ event: "state", state: "speaking" });
  at.peer().says(spoken(frame()));
  at.peer().says(spoken(frame()));
  at.peer().says({ event: "clear" });
  at.agent.mute();
  at.agent.mute();
  at.agent.unmute();
  await at.clock.advance(700);
  await at.agent.stop();
  expect(without(at.telemetry)).toEqual([
    state("CONNECTING", "IDLE"),
    { event: "ws_connecting" },
    { event: "ws_connected", durationMs: 150 },
    state("CONNECTED", "CONNECTING"),
    { event: "session_started" },
    { event: "first_audio_packet_sent", latencyMs: 200 },
    { event: "interaction_connected", interactionId: "call_1" },
    state("LISTENING", "CONNECTED"),
    state("SPEAKING", "LISTENING"),
    { event: "first_audio_packet_received", latencyMs: 300 },
    { event: "user_interrupted" },
    { event: "user_muted" },
    { event: "user_unmuted" },
    { event: "ws_disconnected", code: 1000, reason: "stopped" },
    { event: "session_ended", durationMs: 1_000, initiatedBy: "user" },
    state("IDLE", "SPEAKING"),
  ]);
  expect(at.telemetry[0]?.timestamp).toBe(START);
  expect(at.telemetry.at(-1)?.timestamp).toBe(START + 1_000);
});

test.each([
  [1000, ["ended"]],
  [1000, []],
  [1006, ["ended"]],
])("S3.28: an end that the agent makes is the agent's (close code %i, after %j)", async (code, states) => {
  const at = desk();
  await at.begin();
  for (const state of states) at.peer().says({ event: "state", state });
  at.peer().closes(code, "bye");
  expect(without(at.telemetry).slice(-3)).toEqual([
    { event: "ws_disconnected", code, reason: "bye" },
    { event: "session_ended", durationMs: 0, initiatedBy: "agent" },
    state("IDLE", "LISTENING"),
  ]);
});

test("S3.28: a gateway that refuses what we say is an error, and is not asked again", async () => {
  const at = desk();
  await at.begin();
  at.peer().closes(1008);
  await at.clock.advance(60_000);
  expect(without(at.telemetry).slice(-4)).toEqual([
    { event: "ws_disconnected", code: 1008, reason: "" },
    { event: "error", code: "refused", message: "the gateway refused the conversation" },
    { event: "session_ended", durationMs: 0, initiatedBy: "error" },
    state("ERROR", "LISTENING"),
  ]);
  expect(at.peers).toHaveLength(1);
});

test("S3.28: what never began does not end; why it failed is told", async () => {
  const at = desk();
  const start = at.agent.start().catch(() => {});
  await at.settle();
  at.peer().closes(1006, "");
  await start;
  expect(names(at)).toEqual([
    "state_changed",
    "ws_connecting",
    "ws_error",
    "ws_disconnected",
    "error",
    "state_changed",
  ]);
});

test("S3.28: the network's coming and going is told while the conversation lasts", async () => {
  const at = desk();
  await at.begin();
  at.network.goes(false);
  await at.clock.advance(1_000);
  at.network.goes(true);
  await at.clock.advance(10_000);
  await at.agent.stop();
  at.network.goes(false);
  const told = names(at).filter((name) => name.startsWith("network"));
  expect(told).toEqual(["network_offline", "network_online"]);
  expect(at.peers).toHaveLength(1);
});

test("a network too slow for the sound is told once, and what is left out is heard as silence, not later", async () => {
  const at = desk();
  await at.begin();
  at.peer().bufferedAmount = 50_000;
  at.microphone.hears();
  at.microphone.hears();
  at.peer().bufferedAmount = 0;
  at.microphone.hears();
  expect(names(at).filter((name) => name === "error")).toHaveLength(1);
  const media = at.peer().sent.filter(({ event }) => event === "media");
  expect(media).toMatchObject([{ media: { timestamp: 40 } }]);
});
