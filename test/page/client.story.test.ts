import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { type AgentOptions, type AgentPorts, ConversationAgent } from "../../src/page/client/agent.ts";
import type { TranscriptMessage } from "../../src/page/client/report.ts";
import { type Previous, requestSession, sessionBody } from "../../src/page/client/session.ts";
import type { TelemetryEvent } from "../../src/page/client/telemetry.ts";
import type { UiEvent } from "../../src/page/client/ui-events.ts";
import { voice } from "../../src/simulator/voices.ts";
import { stage } from "../calls/stage.ts";
import { recorded } from "../carrier/fixtures.ts";
import { until } from "../rig.ts";
import { liveMicrophone, liveSockets, liveSpeaker, recordedOpus } from "./live.ts";
import { standInNetwork } from "./stand-ins.ts";

const KEY = "makes-the-sessions-of-a-page";
const GREETING = "Hello! How may I help you today?";
const PATIENCE_MS = 20_000;

const on = stage({
  api: "realtime",
  agents: {},
  simulator: { voiceMsPerChar: 26 },
  env: { API_KEYS: `desk:read+control:${createHash("sha256").update(KEY).digest("hex")}` },
});

const authorization = `Bearer ${KEY}`;

/** A page with somebody in front of it, and a gateway that is really there. */
function page(wanted: object, options: Partial<AgentOptions> = {}, ports: Partial<AgentPorts> = {}) {
  const said: TranscriptMessage[] = [];
  const telemetry: TelemetryEvent[] = [];
  const events: UiEvent[] = [];
  const { running, publicUrl } = on.rig;
  const sockets = liveSockets({ baseUrl: running.url, publicUrl });
  const microphone = liveMicrophone();
  const speaker = liveSpeaker();
  // What an application's own server would do, which has the key.
  const connect = (previous?: Previous) =>
    requestSession(
      `${running.url}/v1/voice/sessions`,
      { ...wanted, ...sessionBody({ initial_language_name: "en-IN" }, previous) },
      { headers: { authorization } },
    );
  const agent = new ConversationAgent(
    {
      connect,
      transcriptCallback: (message) => said.push(message),
      telemetryCallback: (event) => telemetry.push(event),
      eventCallback: (event) => events.push(event),
      ...options,
    },
    { openSocket: sockets.open, clock: systemClock, network: standInNetwork(), microphone, speaker, ...ports },
  );
  const finals = (role: "user" | "bot") =>
    said.flatMap((message) => (message.final && message.role === role ? [message.content] : []));
  const hears = (role: "user" | "bot", text: string) =>
    until(`the ${role}'s "${text}"`, () => finals(role).join(" ").includes(text), PATIENCE_MS);
  const errors = () => telemetry.filter(({ event }) => event === "error");
  return { agent, sockets, microphone, speaker, said, telemetry, events, finals, hears, errors };
}

test.concurrent.each([
  ["PCM at 16 kHz", { encoding: "audio/l16", sampleRate: 16_000 }],
  ["µ-law at 8 kHz", { encoding: "audio/x-mulaw", sampleRate: 8_000 }],
] as const)("with %s, who calls from a page is greeted, answered, and heard when they cut in", async (name, line) => {
  const at = page({ system_prompt: `The story is: page, ${name}.` }, { line });
  await at.agent.start();
  await at.hears("bot", GREETING);
  expect(at.speaker.heardMs).toBeGreaterThan(500);

  at.microphone.say(voice("en-question").audio);
  await at.hears("user", voice("en-question").text);
  await until("the answer", () => at.agent.getState() === "SPEAKING", PATIENCE_MS);
  at.microphone.say(voice("hi-question").audio);
  await until("silence", () => at.speaker.cleared === 1, PATIENCE_MS);
  await at.hears("user", voice("hi-question").text);
  expect(at.events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(["thinking_started", "thinking_completed", "user_interrupt"]),
  );
  expect(at.telemetry.map(({ event }) => event)).toContain("user_interrupted");

  await at.agent.stop();
  const id = at.agent.getInteractionId();
  const call = await until("its end", async () => {
    const answer = await fetch(`${on.rig.running.url}/v1/calls/${id}`, { headers: { authorization } });
    const body = (await answer.json()) as { readonly status?: string; readonly carrier?: string };
    return body.status === "ended" && body;
  });
  expect(call.carrier).toBe("web");
  expect(at.errors()).toEqual([]);
});

test.concurrent("S0.27: in packets of Opus, as a browser made them, a question is heard and answered", async () => {
  const opus = recordedOpus();
  const at = page(
    { system_prompt: "The story is: page, Opus." },
    { line: { encoding: "audio/opus", sampleRate: 48_000 } },
    { opus },
  );
  await at.agent.start();
  expect(at.agent.getLine()).toEqual({ encoding: "audio/opus", sampleRate: 48_000 });
  await at.hears("bot", GREETING);
  expect(at.speaker.heardMs).toBeGreaterThan(500);
  opus.say(recorded("opus-en-question.txt"));
  await at.hears("user", voice("en-question").text);
  await at.hears("bot", "nine in the morning");
  await at.agent.stop();
  expect(at.errors()).toEqual([]);
});

test.concurrent("S3.35: who writes is answered, without microphone or speaker", async () => {
  const written: string[] = [];
  const at = page(
    { system_prompt: "The story is: page, chat." },
    { interactionType: "chat", textCallback: ({ text, final }) => final && written.push(text) },
  );
  await at.agent.start();
  await at.hears("bot", GREETING);
  at.agent.sendText("What are your opening hours?");
  await at.hears("bot", "nine in the morning");
  expect(at.finals("user")).toEqual(["What are your opening hours?"]);
  expect(written.join(" ")).toContain("nine in the morning");
  expect(at.speaker.heardMs).toBe(0);
  await at.agent.stop();
  expect(at.errors()).toEqual([]);
});

test.concurrent("an end that the gateway makes is told, and so is what an application sends meanwhile", async () => {
  let over = false;
  const at = page({ greeting: "" }, { endCallback: () => (over = true) });
  await at.agent.start();
  expect(await at.agent.waitForConnect(10)).toBe(true);
  await until("the gateway to listen", () => at.agent.getState() === "LISTENING", PATIENCE_MS);
  const call = `${on.rig.running.url}/v1/calls/${at.agent.getInteractionId()}`;
  const json = { authorization, "content-type": "application/json" };
  await fetch(`${call}/events`, { method: "POST", headers: json, body: '{"name":"cart","data":[2]}' });
  await until("the event", () => at.events.some(({ type }) => type === "custom"), PATIENCE_MS);
  expect(at.events).toContainEqual({ type: "custom", name: "cart", data: [2] });
  await fetch(`${call}/hang-up`, { method: "POST", headers: json, body: "{}" });
  await at.agent.waitForDisconnect();
  expect([over, at.agent.getState()]).toEqual([true, "IDLE"]);
  expect(at.telemetry.find(({ event }) => event === "session_ended")).toMatchObject({ initiatedBy: "agent" });
});

test.concurrent("S3.39: after a network drop the conversation goes on, and the model knows what was said before", async () => {
  const prompt = "The story is: page, resumed. Until now: {{conversation}}.";
  const at = page({ system_prompt: prompt });
  await at.agent.start();
  await at.hears("bot", GREETING);
  const first = at.agent.getInteractionId();
  at.sockets.breakOff();
  await until("the resumption", () => at.telemetry.some(({ event }) => event === "session_resumed"), PATIENCE_MS);
  expect(at.agent.getInteractionId()).not.toBe(first);
  await until("the gateway to listen", () => at.agent.getState() === "LISTENING", PATIENCE_MS);
  at.agent.sendText("What are your opening hours?");
  await at.hears("bot", "nine in the morning");
  expect(on.requests(`The story is: page, resumed. Until now: Agent: ${GREETING}.`)).toHaveLength(1);
  expect(at.finals("bot").filter((text) => text === GREETING)).toHaveLength(1);
  await at.agent.stop();
});
