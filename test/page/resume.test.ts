import { expect, test } from "vitest";
import { AuthenticationError, RateLimitError } from "../../src/page/client/errors.ts";
import { type Desk, desk, frame, sentTo, soundTo, spoken } from "./stand-ins.ts";

const names = ({ telemetry }: Desk) => telemetry.map(({ event }) => event);

/** The gateway takes the newest socket, and listens. */
function accepts(at: Desk): void {
  at.peer().opens();
  at.peer().says({ event: "state", state: "listening" });
}

test("S3.39: a conversation that the network broke goes on in a new session, which is told what was said", async () => {
  const told: string[] = [];
  const at = desk({ startCallback: () => told.push("start"), endCallback: () => told.push("end") });
  await at.begin();
  at.peer().says({ event: "transcript", who: "agent", text: "Hello.", final: true });
  at.peer().says({ event: "transcript", who: "user", text: "Where is", final: false });
  at.peer().says({ event: "transcript", who: "user", text: "Where is my order?", final: true });
  at.peer().closes(1006);
  expect(at.agent.getState()).toBe("CONNECTING");
  await at.clock.advance(500);
  accepts(at);
  expect(at.asked).toEqual([
    undefined,
    {
      interactionId: "call_1",
      transcript: [
        { role: "bot", content: "Hello." },
        { role: "user", content: "Where is my order?" },
      ],
    },
  ]);
  expect([at.agent.getState(), at.agent.getInteractionId(), at.microphone.on]).toEqual(["LISTENING", "call_2", true]);
  at.microphone.hears();
  expect(soundTo(at.peer())).toHaveLength(1);
  expect(sentTo(at.peer(), "media")).toMatchObject([{ media: { timestamp: 0 } }]);
  const resumed = at.telemetry.find(({ event }) => event === "session_resumed");
  expect(resumed).toMatchObject({ durationMs: 500, interactionId: "call_2" });
  expect(names(at).filter((name) => name === "session_started" || name === "session_ended")).toEqual([
    "session_started",
  ]);
  expect(told).toEqual(["start"]);
});

test("S3.39: who waits for the end is not told of a break that is mended", async () => {
  const at = desk();
  await at.begin();
  let over = false;
  void at.agent.waitForDisconnect().then(() => {
    over = true;
  });
  at.peer().closes(1006);
  await at.clock.advance(500);
  accepts(at);
  await at.settle();
  expect(over).toBe(false);
  await at.agent.stop();
  await at.settle();
  expect(over).toBe(true);
});

test.each([false, true])(
  "what was being said when it broke is heard no more, and its marks reach no other gateway (late: %s)",
  async (late) => {
    const at = desk();
    at.speaker.late = late;
    await at.begin();
    at.peer().says(spoken(frame()));
    at.peer().says({ event: "mark", mark: { name: "g1:0" } });
    at.peer().closes(1006);
    expect(at.speaker.heard.at(-1)).toBe("cleared");
    await at.clock.advance(500);
    accepts(at);
    at.speaker.plays();
    expect(sentTo(at.peer(), "mark")).toEqual([]);
    at.peer().says({ event: "mark", mark: { name: "g1:0" } });
    at.speaker.plays();
    expect(sentTo(at.peer(), "mark")).toHaveLength(1);
  },
);

test("what was mended may break again, and is measured anew", async () => {
  const at = desk({ resumeAttempts: 1 });
  await at.begin();
  for (let breaks = 0; breaks < 3; breaks += 1) {
    at.peer().closes(1006);
    await at.clock.advance(500);
    accepts(at);
    await at.clock.advance(5_000);
  }
  const resumed = at.telemetry.flatMap((told) => (told.event === "session_resumed" ? [told.durationMs] : []));
  expect([at.agent.getState(), resumed]).toEqual(["LISTENING", [500, 500, 500]]);
});

test("each try waits longer than the one before, and after the fifth it is over", async () => {
  const at = desk();
  await at.begin();
  const beganAt = at.clock.now();
  const tries: number[] = [];
  at.peer().closes(1006);
  while (at.agent.getState() === "CONNECTING") {
    await at.clock.advance(100);
    if (at.peers.length - 1 === tries.length) continue;
    tries.push(at.clock.now() - beganAt);
    at.peer().closes(1006);
    await at.settle();
  }
  expect(tries).toEqual([500, 1_500, 3_500, 7_500, 15_500]);
  expect([at.agent.getState(), at.microphone.on]).toEqual(["ERROR", false]);
  expect(at.telemetry.find(({ event }) => event === "session_ended")).toMatchObject({ initiatedBy: "network" });
});

test("a gateway that takes the socket and drops it again is not asked for ever", async () => {
  const at = desk({ resumeAttempts: 2 });
  await at.begin();
  at.peer().closes(1006);
  for (let tries = 0; tries < 10; tries += 1) {
    await at.clock.advance(10_000);
    if (at.agent.getState() !== "CONNECTING") break;
    at.peer().opens();
    at.peer().closes(1011);
  }
  expect([at.peers.length, at.agent.getState()]).toEqual([3, "ERROR"]);
});

test("a socket that opens and closes in one breath is one break, not two", async () => {
  const at = desk();
  const start = at.agent.start();
  await at.settle();
  at.peer().opens();
  at.peer().closes(1006);
  await start;
  await at.clock.advance(500);
  expect(at.peers).toHaveLength(2);
  accepts(at);
  await at.clock.advance(20_000);
  expect([at.peers.length, at.agent.getState()]).toEqual([2, "LISTENING"]);
});

test("with no attempts wished for, a break is the end", async () => {
  const at = desk({ resumeAttempts: 0 });
  await at.begin();
  at.peer().closes(1006);
  await at.settle();
  expect([at.peers.length, at.agent.getState()]).toEqual([1, "ERROR"]);
});

test("a server that wants us to wait is waited for; one that does not know us is not asked again", async () => {
  const refusals = [
    new RateLimitError("slow down", 30),
    new AuthenticationError("unauthorized", "who?", { statusCode: 401 }),
  ];
  let asked = 0;
  const at = desk({
    async connect(previous) {
      asked += 1;
      const refusal = previous && refusals.shift();
      if (refusal) throw refusal;
      return { id: "call_1", ws_url: "wss://gateway/1" };
    },
  });
  await at.begin();
  at.peer().closes(1006);
  await at.clock.advance(30_400);
  expect(asked).toBe(2);
  await at.clock.advance(100);
  expect([asked, at.agent.getState()]).toEqual([3, "ERROR"]);
  const complaint = at.telemetry.find(({ event }) => event === "error");
  expect(complaint).toMatchObject({ code: "unauthorized" });
});

test("without a network nothing is tried; as soon as it is back, it is", async () => {
  const at = desk();
  await at.begin();
  at.network.goes(false);
  await at.clock.advance(2_900);
  expect(at.agent.getState()).toBe("LISTENING");
  await at.clock.advance(100);
  expect([at.agent.getState(), at.peer().closedWith]).toEqual(["CONNECTING", 4000]);
  await at.clock.advance(600_000);
  expect(at.peers).toHaveLength(1);
  at.network.goes(true);
  await at.settle();
  accepts(at);
  expect([at.peers.length, at.agent.getState()]).toEqual([2, "LISTENING"]);
});

test("a connection on which nothing leaves for five seconds is given up, without waiting for the browser", async () => {
  const at = desk();
  await at.begin();
  at.peer().bufferedAmount = 50_000;
  for (let frames = 0; frames <= 250; frames += 1) {
    at.microphone.hears();
    await at.clock.advance(20);
  }
  expect(at.peers[0]?.closedWith).toBe(4000);
  await at.clock.advance(500);
  accepts(at);
  expect([at.peers.length, at.agent.getState()]).toEqual([2, "LISTENING"]);
});

test("what an abandoned socket still says is not heard", async () => {
  const told: unknown[] = [];
  const at = desk({ transcriptCallback: (message) => told.push(message) });
  await at.begin();
  const [old] = at.peers;
  at.network.goes(false);
  await at.clock.advance(3_000);
  old?.says({ event: "transcript", who: "agent", text: "late", final: true });
  old?.closes(1006);
  expect(told).toEqual([]);
  expect(names(at).filter((name) => name === "ws_disconnected")).toHaveLength(1);
});

test("who stops while a break is being mended is let go at once", async () => {
  const at = desk();
  await at.begin();
  at.peer().closes(1006);
  await at.agent.stop();
  await at.settle();
  expect([at.peers.length, at.agent.getState(), at.clock.pending]).toEqual([1, "IDLE", 0]);
  await at.clock.advance(60_000);
  expect(at.peers).toHaveLength(1);
});
