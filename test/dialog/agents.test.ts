import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AgentsFileError, type AgentsOptions, loadAgents } from "../../src/dialog/agents.ts";
import { normalNumber } from "../../src/dialog/numbers.ts";
import { PHRASES } from "../../src/dialog/phrases.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { LANGUAGES, type Voice } from "../../src/record/record.ts";

const folder = mkdtempSync(join(tmpdir(), "agents-"));
let files = 0;

function options(
  content?: unknown,
  llm: Partial<AgentsOptions["llm"]> = { baseUrl: "http://127.0.0.1:1/v1" },
): AgentsOptions {
  const rest = { llm: { model: "sarvam-105b", ...llm }, clock: new VirtualClock(), log: silentLog, meter: deafMeter };
  if (content === undefined) return rest;
  const file = join(folder, `${++files}.json`);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return { ...rest, file };
}

function complaints(of: AgentsOptions): readonly string[] {
  try {
    loadAgents(of);
  } catch (error) {
    if (error instanceof AgentsFileError) return error.complaints;
    throw error;
  }
  return [];
}

const echo = { greeting: "Hello there.", language: "en-IN", dialog: { kind: "echo" } };

test("with no file the built-in agent answers every number", () => {
  const agent = loadAgents(options()).forNumber("+918045678900");
  expect(agent).toMatchObject({
    name: "durvani",
    language: "hi-IN",
    listensFor: "unknown",
    voice: { language: "hi-IN", model: "bulbul:v3", speaker: "shubh" },
    phrases: PHRASES["hi-IN"],
  });
  expect(agent.greeting.length).toBeGreaterThanOrEqual(60);
  expect(agent.limits.maxDurationMs).toBeGreaterThan(60_000);
  expect(agent.limits.silenceMs).toBeGreaterThan(1000);
});

test("S0.9: each agent chooses its dialog: rules, echo or chat", () => {
  const agents = loadAgents(
    options({
      "+918000000001": {
        ...echo,
        dialog: { kind: "rules", rules: [{ when: ["hi"], say: "Hello." }], otherwise: "Pardon?" },
      },
      "+918000000002": echo,
      "+918000000003": {
        ...echo,
        dialog: { kind: "chat", systemPrompt: "You sell shoes.", temperature: 0.2, reasoningEffort: null },
      },
    }),
  );
  const names = ["1", "2", "3", "4"].map((last) => agents.forNumber(`+91800000000${last}`).name);
  expect(names).toEqual(["+918000000001", "+918000000002", "+918000000003", "durvani"]);
});

test("S0.12, S0.13: voice, limits and phrases are taken from the file, the rest is filled in", () => {
  const agents = loadAgents(
    options({
      default: {
        ...echo,
        name: "shop",
        listensFor: "ta-IN",
        voice: {
          model: "bulbul:v2",
          speaker: "anushka",
          pace: 1.1,
          pitch: 0.2,
          loudness: 1.5,
          bitrate: "64k",
          minBufferSize: 30,
          maxChunkLength: 100,
        },
        limits: { silenceSeconds: 5 },
        phrases: { goodbye: "Ta-ta." },
      },
    }),
  );
  const agent = agents.forNumber("anything");
  expect(agent.voice).toEqual({
    language: "en-IN",
    model: "bulbul:v2",
    speaker: "anushka",
    pace: 1.1,
    pitch: 0.2,
    loudness: 1.5,
    bitrate: "64k",
    minBufferSize: 30,
    maxChunkLength: 100,
  });
  expect(agent.limits).toEqual({ silenceMs: 5000, maxDurationMs: 900_000 });
  expect(agent.phrases).toEqual({ ...PHRASES["en-IN"], goodbye: "Ta-ta." });
  expect([agent.name, agent.listensFor]).toEqual(["shop", "ta-IN"]);
});

test("customers are told of calls where their agent says, else where all are told", () => {
  const agents = { default: echo, "+918000000001": { ...echo, webhook: { url: "https://clinic.example/hook" } } };
  const webhook = { url: undefined, secrets: ["a"], rules: { allowPrivate: false, httpsOnly: true } };
  const urls = (url?: string) => {
    const { forNumber } = loadAgents({ ...options(agents), webhook: { ...webhook, url } });
    return [forNumber("+918000000001").webhookUrl, forNumber("+918000000002").webhookUrl];
  };
  expect(urls()).toEqual(["https://clinic.example/hook", undefined]);
  expect(urls("https://all.example/")).toEqual(["https://clinic.example/hook", "https://all.example/"]);
  const place = "+918000000001 › webhook › url";
  const unsigned = { ...options(agents), webhook: { ...webhook, secrets: [] } };
  expect(complaints(unsigned)).toEqual([`${place}: needs WEBHOOK_SECRET`]);
  const plain = { default: echo, "+918000000001": { ...echo, webhook: { url: "http://clinic.example/hook" } } };
  expect(complaints({ ...options(plain), webhook })).toEqual([`${place}: must be https in production`]);
});

test("an agent is found however its number is written", () => {
  const agents = loadAgents(
    options({
      "080-4567 8900": echo,
      "+1 555 123 4567": { ...echo, name: "abroad" },
      "1800 123 4567": { ...echo, name: "free" },
    }),
  );
  for (const number of [
    "+918045678900",
    "08045678900",
    "918045678900",
    "8045678900",
    "00918045678900",
    " +91 80 4567-8900 ",
  ]) {
    expect(agents.forNumber(number).name, number).toBe("080-4567 8900");
  }
  expect(agents.forNumber("+15551234567").name).toBe("abroad");
  expect(agents.forNumber("+9118001234567").name).toBe("free");
  expect(agents.forNumber("+918045678901").name).toBe("durvani");
  expect(normalNumber("SIP:Ravi@example.com")).toBe("sip:ravi@example.com");
});

test("every mistake of the file is reported at once, with its place", () => {
  const found = complaints(
    options(
      {
        default: { ...echo, language: "en-UK", voice: { speed: 2 } },
        "+918000000001": { ...echo, greeting: undefined, limits: { silenceSeconds: 0 } },
        "918000000001": { ...echo, dialog: { kind: "rules", rules: [{ when: ["{x}"], say: "{y}" }], otherwise: [] } },
        sales: echo,
        "+918000000003": { ...echo, dialog: { kind: "chat", systemPrompt: "" } },
        "+918000000004": { ...echo, dialog: { kind: "magic" } },
      },
      { baseUrl: undefined },
    ),
  );
  const places = found.map((text) => text.slice(0, text.indexOf(":")));
  expect(places.toSorted()).toEqual(
    [
      "+918000000001 › greeting",
      "+918000000001 › limits › silenceSeconds",
      "+918000000003 › dialog",
      "+918000000003 › dialog › systemPrompt",
      "+918000000004 › dialog › kind",
      "918000000001",
      "918000000001 › dialog › otherwise",
      "918000000001 › dialog › rules › 0 › say",
      "default › language",
      "default › voice",
      "sales",
    ].toSorted(),
  );
  expect(found).toContain("sales: is neither a telephone number nor default");
  expect(found).toContain("918000000001: is the same number as +918000000001");
  expect(found.join("\n")).toContain("LLM_BASE_URL");
});

test("S0.12: a voice that its provider cannot speak is reported with the rest", () => {
  const file = options({ default: { ...echo, voice: { pitch: 0.5 } }, sales: echo });
  const voiceComplaints = ({ model, pitch }: Voice) => (pitch ? [`pitch is not taken by ${model}`] : []);
  expect(complaints({ ...file, voiceComplaints })).toEqual([
    "sales: is neither a telephone number nor default",
    "default › voice: pitch is not taken by bulbul:v3",
  ]);
});

test("a file that is missing, no JSON or no object is said to be so", () => {
  expect(complaints({ ...options(), file: join(folder, "absent.json") })[0]).toMatch(/cannot be read/);
  expect(complaints(options("{oops"))[0]).toMatch(/is not JSON/);
  expect(complaints(options("[]"))[0]).toMatch(/must be an object/);
});

test("S1: every language has its phrases, in its own script", () => {
  const scripts = [
    "Devanagari",
    "Latin",
    "Bengali",
    "Tamil",
    "Telugu",
    "Kannada",
    "Malayalam",
    "Devanagari",
    "Gujarati",
    "Gurmukhi",
    "Oriya",
  ];
  LANGUAGES.forEach((language, index) => {
    const { stillThere, goodbye, tooLong, sayAgain } = PHRASES[language];
    expect(stillThere).toHaveLength(2);
    for (const text of [...stillThere, goodbye, tooLong, sayAgain]) {
      const foreign = new RegExp(`[^\\p{Script=${scripts[index]}}\\p{Script=Common}\\p{Script=Inherited}]`, "u");
      expect(text, language).not.toMatch(foreign);
      expect(text.length).toBeGreaterThan(10);
    }
  });
});

test("an agent may ask for numbers to be left out of what is written", () => {
  const agents = loadAgents(options({ "+918000000001": { ...echo, redact: "digits" }, "+918000000002": echo }));
  expect(agents.forNumber("+918000000001").redact).toBe("digits");
  expect(agents.forNumber("+918000000002")).not.toHaveProperty("redact");
  const wrong = () => loadAgents(options({ default: { ...echo, redact: "everything" } }));
  expect(wrong).toThrow(/default › redact/);
});
