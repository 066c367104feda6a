import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AgentsFileError, type AgentsOptions, loadAgents } from "../../src/dialog/agents.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import type { UrlRules } from "../../src/kit/public-url.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";

const folder = mkdtempSync(join(tmpdir(), "relay-agents-"));
const CLOSED: UrlRules = { allowPrivate: false, httpsOnly: false };

function load(dialog: Readonly<Record<string, unknown>>, limits = {}, rules = CLOSED) {
  const file = join(folder, `${Object.keys(dialog).length}.json`);
  const agent = { greeting: "", language: "hi-IN", dialog: { kind: "relay", ...dialog }, limits };
  writeFileSync(file, JSON.stringify({ default: agent }));
  const kit = { clock: new VirtualClock(), log: silentLog, meter: deafMeter };
  const options: AgentsOptions = { ...kit, file, llm: { model: "none" }, relay: { rules } };
  return loadAgents(options).forNumber("default");
}

function complaints(...given: Parameters<typeof load>): readonly string[] {
  try {
    load(...given);
  } catch (error) {
    if (error instanceof AgentsFileError) return error.complaints;
    throw error;
  }
  return [];
}

const url = "wss://app.example/relay";

test("an application is an agent's dialog; silence is left to it unless the file says otherwise", () => {
  const agent = load({ url });
  expect(agent.dialog).toHaveProperty("join");
  expect(agent).toMatchObject({
    greeting: "",
    limits: { silenceMs: 0 },
    ...{ greetingInterruptible: "any", toldWhileSpeaking: "none" },
    recipe: {
      kind: "relay",
      url,
      partialPrompts: false,
      dtmfDetection: false,
      interruptible: "any",
      preemptible: false,
    },
  });
  expect(agent).not.toHaveProperty("actionUrl");
  expect(load({ url }, { silenceSeconds: 5 }).limits.silenceMs).toBe(5000);
  expect(load({ url }, { silenceSeconds: 0 }).limits.silenceMs).toBe(0);
});

test("the call knows what the relay says of greeting, reporting and what comes after", () => {
  const action = "https://app.example/after";
  const attributes = { action, welcomeGreetingInterruptible: false, reportInputDuringAgentSpeech: "dtmf" };
  expect(load({ url, ...attributes })).toMatchObject({
    greetingInterruptible: "none",
    toldWhileSpeaking: "dtmf",
    actionUrl: action,
  });
});

test("only a relay may leave the silence to nobody", () => {
  const echo = { kind: "echo" };
  expect(complaints(echo, { silenceSeconds: 0 })).toEqual([
    "default › limits › silenceSeconds: must be 1 or more, unless the dialog is a relay",
  ]);
  expect(complaints({ url }, { silenceSeconds: 0.5 })).toEqual([
    "default › limits › silenceSeconds: must be 1 or more",
  ]);
  expect(load(echo).limits.silenceMs).toBe(8000);
});

const WSS = "must be a URL that begins with wss://";
const NEAR = "must be wss, unless it leads to this machine and ALLOW_PRIVATE_URLS is true";
test.each<[url: string, rules: Partial<UrlRules>, complaint: string | undefined]>([
  ["wss://app.example:8443/a?b=c", {}, undefined],
  ["https://app.example", {}, WSS],
  ["app.example", {}, WSS],
  ["ws://app.example", {}, NEAR],
  ["ws://127.0.0.1:9", {}, NEAR],
  ["ws://127.0.0.1:9", { allowPrivate: true, httpsOnly: true }, undefined],
  ["ws://localhost:9", { allowPrivate: true }, undefined],
  ["ws://app.internal", { allowPrivate: true }, undefined],
  ["ws://app.internal", { allowPrivate: true, httpsOnly: true }, NEAR],
  ["wss://10.0.0.7/", {}, "10.0.0.7 is not a public address, and ALLOW_PRIVATE_URLS is not true"],
  ["wss://[::1]/", {}, "::1 is not a public address, and ALLOW_PRIVATE_URLS is not true"],
  ["wss://me:secret@app.example", {}, "must not hold a user or a password"],
  ["wss://app.example/#top", {}, "must not have a part after #"],
])("the URL %s with %j: %s", (given, rules, complaint) => {
  const expected = complaint === undefined ? [] : [`default › dialog › url: ${complaint}`];
  expect(complaints({ url: given }, {}, { ...CLOSED, ...rules })).toEqual(expected);
});

test("every mistake has its place", () => {
  const mistakes = { interruptible: "maybe", languages: ["es-ES"], customParameters: { a: 1 }, voice: "x" };
  const places = complaints({ url, ...mistakes }).map((text) => text.slice(0, text.indexOf(":")));
  expect(places.toSorted()).toEqual([
    "default › dialog",
    "default › dialog › customParameters › a",
    "default › dialog › interruptible",
    "default › dialog › languages › 0",
  ]);
  const action = "http://10.0.0.1/after";
  expect(complaints({ url, action })).toEqual([
    "default › dialog › action: 10.0.0.1 is not a public address, and ALLOW_PRIVATE_URLS is not true",
  ]);
});
