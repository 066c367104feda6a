import { createHash } from "node:crypto";
import { loadAgents } from "../../src/dialog/agents.ts";
import type { Agents } from "../../src/dialog/dialog.ts";
import type { Llm } from "../../src/dialog/models.ts";
import type { GatewayParts } from "../../src/gateway/gateway.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { voiceComplaints } from "../../src/speech/sarvam/tts-config.ts";
import { dial, type Peer, type World, world } from "./world.ts";

const holder = (name: string) => ({
  name,
  scopes: ["read", "control"] as const,
  sha256: createHash("sha256").update(name).digest("hex"),
});

/** Agents as they are made of wishes, that think at a server which is not there. */
export const wishedAgents = (llm: Partial<Llm> = {}): Agents =>
  loadAgents({
    llm: { baseUrl: "http://127.0.0.1:1/v1", model: "sarvam-105b", ...llm },
    voiceComplaints,
    clock: new VirtualClock(),
    log: silentLog,
    meter: deafMeter,
  });

/** A gateway that makes sessions; the keys `desk` and `shop` may use it. */
export const sessionWorld = (changes: Partial<GatewayParts> = {}): Promise<World> =>
  world({ agents: wishedAgents(), keys: [holder("desk"), holder("shop")], ...changes });

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers is looked at field by field.
  readonly body: any;
};

export async function ask(
  { origin }: Pick<World, "origin">,
  method: string,
  path: string,
  { body, key = "desk", headers = {} }: { body?: object; key?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await fetch(origin + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { "content-type": "application/json" }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

export const SESSIONS = "/v1/voice/sessions";
export const create = (at: World, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(at, "POST", SESSIONS, { body, headers });

/** The path of a session's socket. */
export const socketOf = ({ body }: Answer): string => new URL(body.ws_url).pathname;

export const startAs = (encoding: "audio/x-mulaw" | "audio/l16" = "audio/x-mulaw", sampleRate = 8000) => ({
  event: "start",
  start: { mediaFormat: { encoding, sampleRate, channels: 1 } },
});

/** Opens a session's socket and begins its stream. */
export async function join(at: World, session: Answer, start: object = startAs()): Promise<Peer> {
  const peer = await dial(at, socketOf(session));
  peer.send({ event: "connected" }, start);
  return peer;
}

/** What a page was told, by event. */
export const told = ({ messages }: Peer, event: string) =>
  messages.map((text) => JSON.parse(text)).filter((message) => message.event === event);
