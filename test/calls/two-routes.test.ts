import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { voice } from "../../src/simulator/voices.ts";
import { until } from "../rig.ts";
import { stage } from "./stage.ts";
import { twoRoutes } from "./two-routes.ts";

const KEY = "makes-the-sessions-of-a-test";
const GREETING = "Hello! How may I help you today?";
const HOURS = "We are open from nine in the morning to eight in the evening.";
const ORDER = ["आपका ऑर्डर रास्ते में है।", "पहुँचने से पहले आपको एक संदेश मिलेगा।"] as const;
const PATIENCE_MS = 25_000;

const on = stage({
  api: "realtime",
  agents: {},
  simulator: { voiceMsPerChar: 60 },
  env: { API_KEYS: `desk:read+control:${createHash("sha256").update(KEY).digest("hex")}` },
});

async function ask(method: string, path: string, body?: object) {
  const answer = await fetch(`${on.rig.running.url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${KEY}`, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers is looked at field by field.
  return (await answer.json()) as any;
}

async function session(wanted: object) {
  const { id, token } = await ask("POST", "voice/sessions", { language: "en-IN", ...wanted });
  const call = await twoRoutes(`${on.rig.running.url}/web/audio/${token}`);
  const said = async (who: "user" | "agent"): Promise<readonly string[]> => {
    const { segments } = await ask("GET", `voice/sessions/${id}/transcript`);
    return segments.flatMap((one: { who: string; text: string }) => (one.who === who ? [one.text] : []));
  };
  const hears = (who: "user" | "agent", text: string) =>
    until(`the ${who}'s "${text}"`, async () => (await said(who)).join(" ").includes(text), PATIENCE_MS);
  const ended = () =>
    until("its end", async () => {
      const { status, how } = await ask("GET", `voice/sessions/${id}`);
      return status === "ended" && how;
    });
  return { id, call, said, hears, ended };
}

test.concurrent("S0.30: over two routes a caller is greeted, answered, cuts in, is answered again, and hangs up", async () => {
  const { id, call, said, hears, ended } = await session({ system_prompt: "The story is: two routes." });
  await hears("agent", GREETING);
  const greetingMs = call.heardMs;
  expect(greetingMs).toBeGreaterThan(300);

  call.say(voice("hi-question").audio);
  // The answer begins with a sentence that is shorter than the greeting; there are two more, and the caller speaks into them.
  await until("the answer's first sentence", () => call.heardMs > greetingMs * 2, PATIENCE_MS);
  call.say(voice("en-question").audio);
  await hears("user", voice("en-question").text);
  await hears("agent", HOURS);
  expect(await said("user")).toEqual([voice("hi-question").text, voice("en-question").text]);
  const { turns } = await ask("GET", `calls/${id}/turns`);
  const answer = turns.find(({ userText }: { userText: string }) => userText === voice("hi-question").text);
  expect(answer).toMatchObject({ interrupted: true });
  expect(answer.agentGenerated).toContain(ORDER[0]);
  expect(answer.agentHeard).not.toContain(ORDER[1]);

  expect(await call.hangUp()).toBe(204);
  await call.over;
  expect(await ended()).toBe("caller-hung-up");
  expect(call.refused.filter((status) => status !== 404)).toEqual([]);
});

test.concurrent("S0.30: a caller who stops listening has hung up", async () => {
  const { call, ended } = await session({});
  await until("the greeting", () => call.heardMs > 300, PATIENCE_MS);
  call.leave();
  expect(await ended()).toBe("caller-hung-up");
});
