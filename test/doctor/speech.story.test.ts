import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkAgents, checkChat } from "../../scripts/doctor/agents.ts";
import { checkHearing } from "../../scripts/doctor/hearing.ts";
import { checkSpeaking } from "../../scripts/doctor/speaking.ts";
import { loadAgents } from "../../src/dialog/agents.ts";
import { systemClock as clock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { silentLog as log } from "../../src/kit/log.ts";
import { deafMeter as meter } from "../../src/kit/meter.ts";
import { type SarvamSimulator, startSarvam } from "../../src/simulator/sarvam/sarvam.ts";
import { voice } from "../../src/simulator/voices.ts";
import { sarvamEar } from "../../src/speech/sarvam/ear.ts";
import { sarvamMouth } from "../../src/speech/sarvam/mouth.ts";
import { findingsOf } from "./told.ts";

const kit = { clock, ids: randomIds(clock.wall), log, meter };
const KEY = "good-key";
let sarvam: SarvamSimulator;
beforeAll(async () => {
  sarvam = await startSarvam({ keys: [KEY] });
});
afterAll(() => sarvam.close());

describe.concurrent("hearing", () => {
  const heard = (apiKey: string, api: "auto" | "streaming" = "auto") =>
    findingsOf((tell) =>
      checkHearing(sarvamEar({ ...kit, baseUrl: sarvam.url, apiKey, api }), voice("en-question"), clock, tell),
    );

  test("S0.8: partials come before the last word was spoken, the whole shortly after it", async () => {
    const { text, durationMs } = voice("en-question");
    const [finding, ...others] = await heard(KEY);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      level: "ok",
      found: expect.stringMatching(/^heard while speaking: first partial after/),
    });
    const partials = finding?.details?.filter((line) => line.includes("…")) ?? [];
    expect(partials.length).toBeGreaterThan(1);
    expect(Number(partials[0]?.split(" ")[0]) * 1000).toBeLessThan(durationMs);
    const whole = finding?.details?.at(-1) ?? "";
    expect(whole).toContain(`= ${text}`);
    expect(Number(whole.split(" ")[0]) * 1000).toBeGreaterThan(durationMs);
  });

  test("an account without the realtime socket is heard without partials: that is said, with the reason", async () => {
    const [finding] = await heard("nobeta");
    expect(finding).toMatchObject({ level: "warn", todo: expect.stringContaining("ask Sarvam for access") });
    expect(finding?.found).toMatch(
      /^heard, the whole \d+ ms after the last word, but with no partials; realtime ear refused .*not enabled/,
    );
    expect(await heard(KEY, "streaming")).toMatchObject([
      { level: "warn", found: expect.stringContaining("no partials") },
    ]);
  });

  test.each([
    ["quota", /credits/, "add some"],
    ["wrong", /HTTP 403/, "copy it anew"],
  ])("a key that is %s", async (key, found, todo) => {
    expect(await heard(key)).toMatchObject([
      { level: "fail", found: expect.stringMatching(found), todo: expect.stringContaining(todo) },
    ]);
  });
});

describe("speaking", () => {
  const agent = loadAgents({ ...kit, llm: { model: "none" } }).forNumber("default");
  const spoken = (apiKey: string) =>
    findingsOf((tell) => checkSpeaking(sarvamMouth({ ...kit, baseUrl: sarvam.url, apiKey }), agent, clock, tell));

  test.each([
    [KEY, "ok", /first audio after \d+ ms, \d+ ms once connected/],
    ["wrong", "fail", /HTTP 403/],
    ["quota", "fail", /nothing is spoken/],
  ])("with the key %s", async (key, level, found) => {
    expect(await spoken(key)).toMatchObject([{ level, found: expect.stringMatching(found) }]);
  });
});

describe("agents and their models", () => {
  const options = (apiKey: string) => ({
    ...kit,
    file: `${import.meta.dirname}/agents.json`,
    llm: { baseUrl: `${sarvam.url}/v1`, apiKey, model: "sarvam-105b" },
  });

  test("each model that some agent thinks with is asked once; a refusal says whose key it is", async () => {
    const asked = (apiKey: string) =>
      findingsOf((tell) => checkChat(checkAgents(options(apiKey), tell), "sarvam-105b", "there", clock, tell));
    expect(await asked(KEY)).toMatchObject([
      { level: "ok", found: expect.stringContaining("default, +918040001234, +918040001235") },
      { level: "ok", found: expect.stringMatching(/^sarvam-105b at there: first sentence after \d+ ms/) },
    ]);
    expect((await asked("wrong")).at(-1)).toMatchObject({
      level: "fail",
      todo: expect.stringContaining("LLM_API_KEY"),
    });
  });

  test("with no agent that chats, no model is asked", async () => {
    const none = await findingsOf((tell) =>
      checkChat(checkAgents({ ...options(KEY), file: undefined }, tell), "sarvam-105b", "there", clock, tell),
    );
    expect(none).toMatchObject([{ level: "ok", found: expect.stringContaining("the built-in agent") }]);
  });
});
