import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadAgents } from "../../src/dialog/agents.ts";
import type { AgentProfile, Agents, Composition, Wish } from "../../src/dialog/dialog.ts";
import { GREETINGS } from "../../src/dialog/greetings.ts";
import type { Llm } from "../../src/dialog/models.ts";
import { PHRASES } from "../../src/dialog/phrases.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { LANGUAGES } from "../../src/record/record.ts";
import { voiceComplaints } from "../../src/speech/sarvam/tts-config.ts";
import { modelServer } from "./model-server.ts";

const folder = mkdtempSync(join(tmpdir(), "composition-"));
const file = join(folder, "agents.json");
writeFileSync(
  file,
  JSON.stringify({
    default: { name: "desk", greeting: "Hello, the desk.", language: "en-IN", dialog: { kind: "echo" } },
    "+918000000001": {
      name: "shop",
      greeting: "Welcome, {{name}}.",
      language: "en-IN",
      voice: { speaker: "priya", pace: 1.1 },
      phrases: { goodbye: "Ta-ta." },
      dialog: { kind: "chat", systemPrompt: "You sell shoes to {{name}}.", model: "small", temperature: 0.2 },
      afterCall: { summary: true },
    },
    "+918000000002": {
      name: "relay",
      greeting: "",
      language: "hi-IN",
      dialog: { kind: "relay", url: "wss://app.example.com/relay" },
    },
  }),
);

async function desk(more: Partial<Llm> = {}) {
  const { baseUrl, ...server } = await modelServer();
  const models = {
    small: { baseUrl, apiKey: "sk-small", model: "small-7b", status: "available", reasoningEffort: "low" },
    kimi: { baseUrl, status: "under maintenance" },
  } as const;
  const clock = new VirtualClock();
  const llm = { baseUrl, apiKey: "sk-std", model: "sarvam-105b", models, ...more };
  const agents = loadAgents({ file, llm, voiceComplaints, clock, log: silentLog, meter: deafMeter });
  return { agents, clock, ...server };
}

function made(agents: Agents, wish: Wish): Extract<Composition, { kind: "composed" }> {
  const composed = agents.compose(wish);
  if (composed.kind !== "composed") throw new Error(JSON.stringify(composed));
  return composed;
}

async function answer({ dialog }: AgentProfile): Promise<readonly string[]> {
  if (!("reply" in dialog)) throw new Error("a dialog that does not reply");
  const said: string[] = [];
  for await (const utterance of dialog.reply([{ by: "caller", text: "Hi." }], new AbortController().signal))
    if (utterance.kind === "text") said.push(utterance.text);
  return said;
}

const complaintsOf = (composed: Composition) => (composed.kind === "impossible" ? composed.complaints : []);

test("an agent made of nothing greets in Hindi, speaks with Sarvam's voice and thinks with the standard model", async () => {
  const { agents, asked } = await desk();
  const { agent, model } = made(agents, {});
  expect(agent).toMatchObject({
    ...{ name: "session", greeting: GREETINGS["hi-IN"], language: "hi-IN", listensFor: "unknown" },
    ...{ voice: { language: "hi-IN", model: "bulbul:v3", speaker: "shubh" }, phrases: PHRASES["hi-IN"] },
    limits: { maxDurationMs: 300_000, silenceMs: 8000 },
  });
  expect(model).toBe("sarvam-105b");
  expect(await answer(agent)).toEqual(["Of course."]);
  expect(asked).toMatchObject([{ model: "sarvam-105b", key: "Bearer sk-std" }]);
});

test("S4.5, S4.6: an agent made of wishes says and thinks what it was told to, with the model that was named, at its own server", async () => {
  const { agents, asked } = await desk();
  const { agent, model } = made(agents, {
    ...{ systemPrompt: "You are {{who}}.", greeting: "I am {{ who }}.", speaker: "kavitha", language: "ta-IN" },
    ...{ model: "small", maxDurationSeconds: 60, variables: { who: "Tara" } },
  });
  expect(agent).toMatchObject({
    ...{ greeting: "I am Tara.", language: "ta-IN", voice: { language: "ta-IN", speaker: "kavitha" } },
    limits: { maxDurationMs: 60_000 },
    recipe: { kind: "chat", systemPrompt: "You are Tara.", model: "small" },
  });
  expect(model).toBe("small");
  await answer(agent);
  expect(asked).toMatchObject([{ model: "small-7b", key: "Bearer sk-small", reasoningEffort: "low" }]);
  expect(asked[0]?.system).toMatch(/^You are Tara\.\n/);
});

test("an agent of the file lends all that is not said, and its phrases only in its own language", async () => {
  const { agents, asked } = await desk();
  const variables = { name: "Asha" };
  const { agent, model } = made(agents, { base: "shop", variables });
  expect(agent).toMatchObject({
    ...{ name: "shop", greeting: "Welcome, Asha.", voice: { speaker: "priya", pace: 1.1 } },
    ...{ phrases: { goodbye: "Ta-ta." }, afterCall: { summary: true }, limits: { maxDurationMs: 300_000 } },
  });
  expect(model).toBe("small");
  await answer(agent);
  expect(asked[0]?.system).toMatch(/^You sell shoes to Asha\.\n/);
  const tamil = made(agents, { base: "shop", language: "ta-IN", variables }).agent;
  expect(tamil).toMatchObject({ greeting: GREETINGS["ta-IN"], phrases: PHRASES["ta-IN"], voice: { speaker: "priya" } });
});

test("an agent that thinks without a model stays so, unless a prompt is given", async () => {
  const { agents } = await desk();
  const plain = made(agents, { base: "desk" });
  expect([plain.model, plain.script, plain.agent.recipe]).toEqual([undefined, undefined, { kind: "echo" }]);
  expect(complaintsOf(agents.compose({ base: "desk", model: "small" }))).toMatchObject([{ field: "model" }]);
  const relay = made(agents, { base: "relay", systemPrompt: "Be kind." });
  expect(relay.model).toBe("sarvam-105b");
  expect(relay.agent.limits.silenceMs).toBe(8000);
});

test("a script that is changed counts from the next answer on, and not at all where a variable is missing", async () => {
  const { agents, asked } = await desk();
  const { agent, script } = made(agents, { systemPrompt: "Name: {{name}}.", variables: { name: "Asha" } });
  await answer(agent);
  expect(script?.change({ variables: { name: "Ravi", city: "Pune" } })).toEqual([]);
  await answer(agent);
  expect(script?.change({ systemPrompt: "{{name}} of {{city}}, {{street}}." })).toEqual([
    { field: "systemPrompt", message: "{{street}} has no value among the variables" },
  ]);
  await answer(agent);
  expect(script?.change({ systemPrompt: "{{name}} of {{city}}." })).toEqual([]);
  await answer(agent);
  expect(asked.map(({ system }) => system.split("\n")[0])).toEqual([
    ...["Name: Asha.", "Name: Ravi.", "Name: Ravi.", "Ravi of Pune."],
  ]);
});

test("S4.5, S4.6: every wish that cannot be is told at once, models by the names that there are", async () => {
  const { agents } = await desk();
  expect(
    complaintsOf(
      agents.compose({
        ...{ systemPrompt: "{{who}} {{who}}", greeting: "{{whom}}", speaker: "Shubh!", model: "gpt-9" },
        variables: Object.create({ who: "inherited" }),
      }),
    ),
  ).toEqual([
    { field: "systemPrompt", message: "{{who}} has no value among the variables" },
    { field: "greeting", message: "{{whom}} has no value among the variables" },
    { field: "speaker", message: expect.stringContaining("lower-case") },
    { field: "model", message: "there is no such model; there are sarvam-105b, small, kimi" },
  ]);
  expect(complaintsOf(agents.compose({ speaker: "anushka" }))[0]?.message).toContain("bulbul:v2");
  expect(complaintsOf(agents.compose({ base: "nobody" }))).toMatchObject([{ field: "base" }]);
  expect(complaintsOf(agents.compose({ model: "__proto__" }))).toMatchObject([{ field: "model" }]);
});

test("S4.21: a model under maintenance is not there for now, and says why", async () => {
  const { agents } = await desk();
  expect(agents.compose({ model: "kimi" })).toEqual({
    ...{ kind: "unavailable", model: "kimi", status: "under maintenance" },
  });
});

test("S4.21: a model that failed three times within a minute is failing, until a minute has passed", async () => {
  const { agents, state, clock } = await desk();
  const { agent } = made(agents, { model: "small" });
  const fails = () => expect(answer(agent)).rejects.toThrow("500");
  const status = () => {
    const composed = agents.compose({ model: "small" });
    return composed.kind === "unavailable" ? composed.status : composed.kind;
  };
  state.down = true;
  await fails();
  await fails();
  expect(status()).toBe("composed");
  await fails();
  expect(status()).toBe("failing");
  // The standard model is another.
  expect(agents.compose({}).kind).toBe("composed");
  await clock.advance(59_999);
  expect(status()).toBe("failing");
  await clock.advance(1);
  expect(status()).toBe("composed");
  // One more, long after the others, is one.
  await fails();
  expect(status()).toBe("composed");
});

test.each([[400], [413], [422]])(
  "a question that the server does not take, with %i, is no failure of the model's: others ask other things",
  async (status) => {
    const { agents, state } = await desk();
    const { agent } = made(agents, { model: "small" });
    Object.assign(state, { down: true, status });
    for (let i = 0; i < 3; i++) await expect(answer(agent)).rejects.toThrow(String(status));
    expect(agents.compose({ model: "small" })).toMatchObject({ kind: "composed" });
  },
);

test("S4.21: a model that does not let us in is failing", async () => {
  const { agents, state } = await desk();
  const { agent } = made(agents, { model: "small" });
  Object.assign(state, { down: true, status: 401 });
  for (let i = 0; i < 3; i++) await expect(answer(agent)).rejects.toThrow("401");
  expect(agents.compose({ model: "small" })).toMatchObject({ kind: "unavailable", status: "failing" });
});

test("variables do not blow prompt or greeting up to more than anybody would say or pay for", async () => {
  const { agents, asked } = await desk();
  const variables = { all: "x".repeat(2_000) };
  const long = "{{all}}".repeat(21);
  const tooLong = "is too long with its variables filled in: 42000 characters, and 40000 may be";
  expect(complaintsOf(agents.compose({ systemPrompt: long, greeting: "{{all}}".repeat(3), variables }))).toEqual([
    { field: "systemPrompt", message: tooLong },
    { field: "greeting", message: "is too long with its variables filled in: 6000 characters, and 4000 may be" },
  ]);
  const { script, agent } = made(agents, { systemPrompt: "{{all}}", greeting: "{{all}}{{all}}", variables });
  expect(script?.change({ systemPrompt: long })).toEqual([{ field: "systemPrompt", message: tooLong }]);
  await answer(agent);
  expect(asked[0]?.system.split("\n")[0]).toBe(variables.all);
});

test("variables that are added again and again do not fill the memory", async () => {
  const { agents, asked } = await desk();
  const some = (from: number) => Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`v${from + at}`, "x"]));
  const { script, agent } = made(agents, { systemPrompt: "Hello {{v0}}.", variables: some(0) });
  expect(script?.change({ variables: { ...some(0), v0: "Asha" } })).toEqual([]);
  const tooMany = [{ field: "variables", message: "are too many: 201, and 200 may be" }];
  expect(script?.change({ variables: { one: "more" } })).toEqual(tooMany);
  await answer(agent);
  expect(asked[0]?.system.split("\n")[0]).toBe("Hello Asha.");
  expect(complaintsOf(agents.compose({ variables: { ...some(0), one: "more" } }))).toEqual(tooMany);
});

test("S4.21: one answer, and a failing model is available again", async () => {
  const { agents, state } = await desk();
  const { agent } = made(agents, { model: "small" });
  state.down = true;
  for (let i = 0; i < 4; i++) await expect(answer(agent)).rejects.toThrow("500");
  expect(agents.compose({ model: "small" })).toMatchObject({ kind: "unavailable", status: "failing" });
  state.down = false;
  await answer(agent);
  expect(agents.compose({ model: "small" })).toMatchObject({ kind: "composed" });
});

test("an answer that a caller cut short is no failure of the model's", async () => {
  const { agents, state } = await desk();
  state.down = true;
  const { dialog } = made(agents, { model: "small" }).agent;
  for (let i = 0; i < 3; i++) {
    const cut = new AbortController();
    const reply = "reply" in dialog ? dialog.reply([], cut.signal)[Symbol.asyncIterator]() : undefined;
    await reply?.next();
    cut.abort(new Error("cut short"));
    await expect(reply?.next()).rejects.toThrow();
  }
  expect(agents.compose({ model: "small" }).kind).toBe("composed");
});

test("an agent of the file may name a model, too, or one that only its server knows", async () => {
  const { agents, asked } = await desk();
  await answer(agents.forNumber("+918000000001"));
  expect(asked).toMatchObject([{ model: "small-7b", key: "Bearer sk-small" }]);
  expect([agents.named("shop")?.name, agents.named("desk")?.name, agents.named("x")]).toEqual([
    "shop",
    "desk",
    undefined,
  ]);
});

test("every language has a greeting of its own, in its script", () => {
  const scripts = "Devanagari Latin Bengali Tamil Telugu Kannada Malayalam Devanagari Gujarati Gurmukhi Oriya".split(
    " ",
  );
  for (const [index, language] of LANGUAGES.entries()) {
    const own = new RegExp(`^[\\p{Script=${scripts[index]}}\\p{Script=Common}\\p{Script=Inherited}]{20,}$`, "u");
    expect(GREETINGS[language], language).toMatch(own);
  }
});
