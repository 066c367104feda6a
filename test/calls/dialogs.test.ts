import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { ask, ECHO, greeted, hangUp, type Story, startStory, type TurnRow } from "./story.ts";

const RULES_REPLY = "We open at nine, {caller}.";
const AGENTS = {
  "+918000000041": { ...ECHO, name: "parrot" },
  "+918000000042": {
    ...ECHO,
    name: "clerk",
    dialog: {
      kind: "rules",
      rules: [
        { when: ["opening hours"], say: ["We open at nine.", "As I said, at nine."] },
        { when: ["ऑर्डर"], say: "आपका ऑर्डर रास्ते में है।" },
      ],
      otherwise: RULES_REPLY,
    },
  },
  "+918000000043": { ...ECHO, name: "thinker", dialog: { kind: "chat", systemPrompt: "You sell shoes in Pune." } },
  default: { ...ECHO, name: "doorman", greeting: "Nobody has this number." },
};

let story: Story;
beforeAll(async () => {
  story = await startStory({ agents: AGENTS, simulator: { voiceMsPerChar: 10, wordMs: 60 } });
}, 60_000);
afterAll(() => story[Symbol.asyncDispose]());

/** A whole call, question by question; then what it left in the books. */
async function talk(dialling: Promise<TwinCall>, questions: readonly string[]) {
  const call = await dialling;
  await greeted(call);
  for (const question of questions) await ask(call, question);
  await call.waitFor(
    ({ kind }) => kind === "playback-ended",
    20_000,
    call.log.findLastIndex(({ kind }) => kind === "playback-started"),
  );
  await hangUp(call);
  const row = await story.ended(call);
  return { row, turns: await story.turns(row) };
}

const exchanges = (turns: readonly TurnRow[]) => turns.slice(1).map((turn) => [turn.user_text, turn.agent_heard]);

test("S0.9, S0.10: one gateway answers each dialled number with its own agent: echo, rules, chat, or the default one", async () => {
  const questions = ["en-question", "hi-question"];
  const [parrot, clerk, thinker, stranger] = await Promise.all([
    talk(story.dialTwilio({ to: "+918000000041" }), questions),
    // As Exotel writes it.
    talk(story.dialExotel({ to: "08000000042" }), [...questions, "en-question"]),
    talk(story.dialTwilio({ to: "+918000000043" }), ["en-question"]),
    talk(story.dialExotel({ to: "08000000049" }), []),
  ]);
  const [english, hindi] = questions.map((name) => voice(name).text);
  expect(parrot.row.agent).toBe("parrot");
  expect(exchanges(parrot.turns)).toEqual([
    [english, english],
    [hindi, hindi],
  ]);
  expect(clerk.row.agent).toBe("clerk");
  expect(exchanges(clerk.turns)).toEqual([
    [english, "We open at nine."],
    [hindi, "आपका ऑर्डर रास्ते में है।"],
    [english, "As I said, at nine."],
  ]);
  expect(thinker.row.agent).toBe("thinker");
  expect(exchanges(thinker.turns)[0]?.[0]).toBe(english);
  expect(exchanges(thinker.turns)[0]?.[1]).toMatch(/^We are open from nine/);
  expect(stranger.row.agent).toBe("doorman");
  expect(stranger.turns.map(({ agent_heard }) => agent_heard)).toEqual(["Nobody has this number."]);
});

test("S0.9, S4.2: a chat agent's first sentence is spoken while the model still writes, and its history is what was heard", async () => {
  const [texts, requests] = [story.wire.length, story.simulator.wire.http.length];
  const { turns } = await talk(story.dialTwilio({ to: "+918000000043" }), ["en-question", "hi-question"]);
  const spoken = story.wire.slice(texts).filter((event) => event.kind === "text-received");
  const [first, second] = spoken.slice(1); // after the greeting
  expect(first?.kind === "text-received" && first.text).toMatch(/^We are open .*evening\.$/);
  // The second sentence is seven words and more of 60 ms behind the first, which was not waited for.
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(250);
  const chats = story.simulator.wire.http.slice(requests).map(({ body }) => body);
  expect(chats).toHaveLength(2);
  expect(chats[1]).toMatchObject({
    model: "sarvam-105b",
    stream: true,
    messages: [
      { role: "system", content: expect.stringContaining("You sell shoes in Pune.") },
      { role: "user" },
      { role: "assistant", content: ECHO.greeting },
      { role: "user", content: voice("en-question").text },
      { role: "assistant", content: expect.stringContaining(turns[1]?.agent_heard.slice(0, 20) ?? "?") },
      { role: "user", content: voice("hi-question").text },
    ],
  });
});

test("a model on a server of one's own is never shown Sarvam's key", async () => {
  const shown: (string | undefined)[] = [];
  const server = createServer(({ headers }, response) => {
    shown.push(headers.authorization);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end('data: {"choices":[{"index":0,"delta":{"content":"At nine."}}]}\n\ndata: [DONE]\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await using own = await startStory({
      agents: { default: { ...ECHO, dialog: { kind: "chat", systemPrompt: "Be short." } } },
      env: { LLM_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` },
      simulator: { voiceMsPerChar: 10 },
    });
    const call = await own.dialTwilio();
    await greeted(call);
    await ask(call, "en-question");
    await hangUp(call);
    expect(shown).toEqual(["Bearer none"]);
  } finally {
    server.close();
  }
});
