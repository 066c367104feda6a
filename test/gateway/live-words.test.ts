import { createHash } from "node:crypto";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect as connectTcp, type Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { type Caption, warmCall } from "../../src/call/call.ts";
import { idOf } from "./desk.ts";
import { speech } from "./speech.ts";
import { AGENT, agentsOf, connect, dial, media, ring, type ScriptedCall, start, type World, world } from "./world.ts";

/** What is being said in calls, told to who follows them. */

const keys = [{ name: "k", scopes: ["read"], sha256: createHash("sha256").update("key").digest("hex") }] as const;

/** Everything that is told of one kind, as it comes. */
async function follow({ origin }: World) {
  const asked = get(`${origin}/v1/events`, { agent: false, headers: { authorization: "Bearer key" } });
  asked.on("error", () => undefined); // `close` follows.
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  answer.on("error", () => undefined);
  answer.setEncoding("utf8");
  let text = "";
  answer.on("data", (piece: string) => {
    text += piece;
  });
  const told = (): readonly Readonly<Record<string, unknown>>[] =>
    [...text.matchAll(/event: (.*)\ndata: (.*)\n\n/g)].map(([, event = "", data = ""]) => ({
      event,
      ...JSON.parse(data),
    }));
  return { told, text: () => text };
}

const guessed = (text: string): Caption => ({ kind: "transcript", who: "user", text, final: false });
const said = (who: "user" | "agent", text: string): Caption => ({ kind: "transcript", who, text, final: true });
const shows = (call: ScriptedCall, ...captions: readonly Caption[]): void => {
  for (const caption of captions) call.parts.show?.(caption);
};

test("of a telephone call too it is told what is said, as it is said, and how the agent is", async () => {
  const { stt, tts } = speech();
  const at = await world({ keys, warmCall, stt, tts, agents: agentsOf({ ...AGENT, greeting: "Namaste." }) });
  const one = await follow(at);
  const peer = await dial(at, await ring(at));
  peer.send({ event: "connected" }, start());
  await vi.waitFor(async () => {
    await at.clock.advance(100);
    expect(peer.messages.some((text) => text.includes('"mark"'))).toBe(true);
  });
  const mark = peer.messages.map((text) => JSON.parse(text)).find(({ event }) => event === "mark");
  peer.send(mark);
  const id = idOf(at);
  await vi.waitFor(() => expect(one.told().at(-1)).toEqual({ event: "state", id, state: "listening" }));
  expect(one.told().filter(({ event }) => event === "state" || event === "transcript")).toEqual([
    { event: "state", id, state: "thinking" },
    { event: "transcript", id, who: "agent", text: "Namaste.", final: false },
    { event: "state", id, state: "speaking" },
    { event: "transcript", id, who: "agent", text: "Namaste.", final: true },
    { event: "state", id, state: "listening" },
  ]);
  peer.send({ event: "stop", streamSid: "MZ1", stop: { accountSid: "AC1", callSid: "CA1" } });
  await vi.waitFor(() => expect(one.told().at(-1)).toMatchObject({ event: "ended", id }));
  expect(one.text()).not.toContain('"state":"ended"');
});

test("who comes in the middle of a call is told its last turn, what was said since, and how the agent is", async () => {
  const at = await world({ keys });
  const { call } = await connect(at);
  call.turn(1, "");
  shows(call, said("agent", "Namaste."), { kind: "state", state: "listening" }, guessed("where"), guessed("where is"));
  call.turn(2, "Where is my order?");
  shows(call, said("user", "Where is my order?"), { kind: "state", state: "speaking" }, said("agent", "It has left."));
  shows(call, said("agent", "It comes tomorrow."), guessed("and"), guessed("and when"));
  const id = idOf(at);
  const one = await follow(at);
  await vi.waitFor(() => expect(one.told()).toHaveLength(7));
  const now = (data: object) => ({ event: "transcript", id, ...data });
  expect(one.told()).toEqual([
    { event: "snapshot", calls: [expect.objectContaining({ id })] },
    { event: "turn", id, turn: expect.objectContaining({ seq: 2, userText: "Where is my order?" }) },
    now({ who: "user", text: "Where is my order?", final: true }),
    now({ who: "agent", text: "It has left.", final: true }),
    now({ who: "agent", text: "It comes tomorrow.", final: true }),
    now({ who: "user", text: "and when", final: false }),
    { event: "state", id, state: "speaking" },
  ]);
});

test("of a call whose numbers are left out no digit is told, however few of them were said so far", async () => {
  const at = await world({ keys, agents: agentsOf({ ...AGENT, redact: "digits" }) });
  const { call } = await connect(at);
  const one = await follow(at);
  shows(call, guessed("my card is 41"), guessed("my card is four one two"), said("user", "my card is 4123"));
  await vi.waitFor(() => expect(one.told()).toHaveLength(4));
  expect(
    one
      .told()
      .slice(1)
      .map(({ text }) => text),
  ).toEqual(Array(3).fill("my card is [number]"));
});

test("what comes of a call after its end is told to nobody", async () => {
  const at = await world({ keys });
  const { call } = await connect(at);
  const one = await follow(at);
  call.end({ how: "agent-hung-up", detail: "" });
  await vi.waitFor(() => expect(one.told().at(-1)).toMatchObject({ event: "ended" }));
  shows(call, guessed("hello"));
  await ring(at, "CA00000000000000000000000000000002");
  await vi.waitFor(() => expect(one.told().at(-1)).toMatchObject({ event: "opened" }));
  expect(one.text()).not.toContain("hello");
});

test("an SSE client that stops reading does not slow a call", async () => {
  const at = await world({ keys });
  const { peer, call } = await connect(at);
  const reader = await follow(at);
  const deaf = await deafClient(at);
  const words = "कहाँ है ".repeat(500);
  /** Sound of both sides and a burst of words; true once all of it has come through. */
  const lives = async (round: number): Promise<void> => {
    peer.send(media(round * 20));
    for (let n = 0; n < 40; n++) shows(call, guessed(`${words}${n}`));
    shows(call, said("user", `round ${round}`));
    call.line?.play("//8=");
    const { heard } = call;
    await vi.waitFor(() => expect([heard.length, peer.messages.length]).toEqual([round, round]));
    await vi.waitFor(() => expect(reader.text()).toContain(`"round ${round}"`));
  };
  let rounds = 0;
  while ((await at.counted("followers_cut_off")) === 0) {
    await lives(++rounds);
    if (rounds > 100) throw new Error("it was never cut off");
  }
  // Its place is free, and what it left unread is in nobody's memory.
  let closed = false;
  deaf.once("close", () => {
    closed = true;
  });
  deaf.resume();
  await vi.waitFor(() => expect(closed).toBe(true));
  await lives(++rounds);
  expect(await at.counted("followers_cut_off")).toBe(1);
});

/** Asks, and reads nothing of the answer. */
async function deafClient({ origin }: World): Promise<Socket> {
  const { hostname, port } = new URL(origin);
  const socket = connectTcp(Number(port), hostname);
  socket.pause();
  socket.on("error", () => undefined); // `close` follows.
  socket.write(`GET /v1/events HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer key\r\n\r\n`);
  await vi.waitFor(() => expect(socket.connecting).toBe(false));
  return socket;
}
