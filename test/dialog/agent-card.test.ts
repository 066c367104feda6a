import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadAgents } from "../../src/dialog/agents.ts";
import { silentLog as log } from "../../src/kit/log.ts";
import { deafMeter as meter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";

const folder = mkdtempSync(join(tmpdir(), "durvani-cards-"));
afterAll(() => rmSync(folder, { recursive: true }));

function cards(agents?: object) {
  const file = agents === undefined ? undefined : join(folder, "agents.json");
  if (file !== undefined) writeFileSync(file, JSON.stringify(agents));
  const llm = { baseUrl: "https://llm.example/v1", apiKey: "SECRET-llm", model: "m" };
  const webhook = { url: "https://hook.example/?k=SECRET-hook", secrets: ["SECRET-sign-0123456789"], rules: RULES };
  const relay = { authToken: "SECRET-token", accountSid: "AC1", rules: RULES };
  const speakers = { "bulbul:v2": ["anushka", "karun"] };
  return loadAgents({ file, llm, webhook, relay, speakers, clock: new VirtualClock(), log, meter }).all();
}
const RULES = { allowPrivate: true, httpsOnly: false };

const echo = { greeting: "Hello", language: "en-IN", dialog: { kind: "echo" } };

test("without a file the built-in agent answers everything", () => {
  expect(cards()).toMatchObject([{ name: "durvani", numbers: [], dialog: { kind: "rules" }, isDefault: true }]);
});

test("each agent with its numbers; who stands there twice is one, and who only has the same name is not", () => {
  const desk = { ...echo, name: "desk" };
  const told = cards({
    "+91 80 4567 8900": desk,
    "08045678901": desk,
    default: desk,
    "+918045678902": { ...desk, greeting: "Other" },
    "+918045678903": echo,
  });
  expect(told.map(({ name, numbers, isDefault, greeting }) => ({ name, numbers, isDefault, greeting }))).toEqual([
    { name: "desk", numbers: ["+91 80 4567 8900", "08045678901"], isDefault: true, greeting: "Hello" },
    { name: "desk", numbers: ["+918045678902"], isDefault: false, greeting: "Other" },
    { name: "+918045678903", numbers: ["+918045678903"], isDefault: false, greeting: "Hello" },
  ]);
});

test("who can speak for an agent is who can speak with its model, as far as that is known", () => {
  const speakersOf = (voice: object) => cards({ default: { ...echo, voice } })[0]?.speakers;
  expect(speakersOf({ model: "bulbul:v2" })).toEqual(["anushka", "karun"]);
  expect(speakersOf({ model: "bulbul:v3" })).toEqual([]);
});

test("limits and voice are those that count, and a dialog is told of by what it is", () => {
  const rules = { kind: "rules", rules: [{ when: ["a"], say: "b" }], otherwise: "c" };
  const [agent] = cards({ default: { ...echo, dialog: rules, redact: "digits" } });
  expect(agent).toEqual({
    ...{ name: "default", numbers: [], greeting: "Hello", language: "en-IN", listensFor: "unknown" },
    voice: { language: "en-IN", model: "bulbul:v3", speaker: "shubh" },
    limits: { maxDurationMs: 900_000, silenceMs: 8000 },
    dialog: { kind: "rules", rules: 1 },
    speakers: [],
    redact: "digits",
    isDefault: true,
  });
});

test("nothing that lets somebody in comes out, wherever it stands", () => {
  const told = cards({
    default: {
      ...echo,
      webhook: { url: "https://hook.example/SECRET-path?token=SECRET-query" },
      dialog: {
        kind: "relay",
        url: "wss://app.example:8443/SECRET-path?token=SECRET-query",
        action: "https://app.example/after?key=SECRET-action",
        customParameters: { key: "SECRET-parameter" },
      },
      afterCall: { summary: true },
    },
    "+918045678900": {
      ...echo,
      dialog: {
        kind: "chat",
        systemPrompt:
          "Look at https://me:SECRET-pass@shop.example/orders?key=SECRET-key (or wss://x.example/?t=SECRET-ws). Never redis://me:)'SECRET@db/0.",
        model: "m",
      },
    },
  });
  expect(JSON.stringify(told)).not.toContain("SECRET");
  expect(told.map(({ dialog }) => dialog)).toEqual([
    { kind: "relay", host: "app.example:8443" },
    {
      kind: "chat",
      model: "m",
      prompt: "Look at https://shop.example/orders (or wss://x.example/). Never redis://db/0.",
    },
  ]);
});
