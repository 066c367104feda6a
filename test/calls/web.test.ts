import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { AudioFormat } from "../../src/audio/format.ts";
import { dialWeb, type WebCall, type WebTwinOptions } from "../../src/simulator/twins/web-twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { until } from "../rig.ts";
import { cleared, happened, played, stage, warningsOf } from "./stage.ts";

const KEY = "makes-the-sessions-of-a-test";
const GREETING = "Hello! How may I help you today?";
const HOURS = ["We are open from nine in the morning to eight in the evening.", "On Sundays we close at two."];
const ORDER = ["आपका ऑर्डर रास्ते में है।", "वह कल शाम छह बजे तक पहुँच जाएगा।", "पहुँचने से पहले आपको एक संदेश मिलेगा।"];

const on = stage({
  api: "realtime",
  agents: {},
  simulator: { voiceMsPerChar: 26 },
  env: { API_KEYS: `desk:read+control:${createHash("sha256").update(KEY).digest("hex")}` },
});

async function ask(method: string, path: string, body?: object) {
  const answer = await fetch(`${on.rig.running.url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${KEY}`, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers is looked at field by field.
  return { status: answer.status, body: (await answer.json()) as any };
}

async function session(wanted: object, options: Partial<WebTwinOptions> = {}) {
  const { body } = await ask("POST", "voice/sessions", { language: "en-IN", ...wanted });
  const { running, publicUrl } = on.rig;
  const call = await dialWeb({ baseUrl: running.url, publicUrl, wsUrl: body.ws_url, ...options });
  return { id: String(body.id), call };
}

const finals = ({ shown }: WebCall) =>
  shown.flatMap((it) => (it.event === "transcript" && it.final ? [[it.who, it.text] as const] : []));
const partials = ({ shown }: WebCall, who: "user" | "agent") =>
  shown.flatMap((it) => (it.event === "transcript" && !it.final && it.who === who ? [it.text] : []));
const states = ({ shown }: WebCall) => shown.flatMap((it) => (it.event === "state" ? [it.state] : []));

const LINES: readonly (readonly [string, AudioFormat])[] = [
  ["µ-law at 8 kHz", { encoding: "mulaw", rate: 8000 }],
  ["PCM16 at 16 kHz", { encoding: "linear16", rate: 16000 }],
];

test.concurrent.each(LINES)(
  "S4.1, S4.4, S4.6, S4.7, S4.13, S4.14, S4.15, S4.16: %s: a page is greeted, answered, cuts in, sees all that is said, and is let go",
  async (name, format) => {
    const prompt = `The story is: ${name}.`;
    const { id, call } = await session({ system_prompt: prompt }, { format });
    await played(call, "g1:0");
    await until("the greeting, as heard", () => finals(call).length === 1);
    expect(finals(call)).toEqual([["agent", GREETING]]);

    await call.say(voice("en-question").audio);
    await played(call, "g2:0");
    // The caller speaks while the answer is still being said: it stops.
    await call.say(voice("hi-question").audio);
    await cleared(call);
    await played(call, "g3:2");
    await until("all of it, as heard", () => finals(call).at(-1)?.[1] === ORDER[2]);

    expect(warningsOf(call)).toEqual([]);
    expect(call.format).toEqual(format);
    const said = finals(call);
    expect(said.filter(([who]) => who === "user")).toEqual([
      ["user", voice("en-question").text],
      ["user", voice("hi-question").text],
    ]);
    // What was cut off was never heard, and is never shown as if it had been.
    expect(said.find(([, text]) => text === HOURS[1])).toBeUndefined();
    expect(said.filter(([who]) => who === "agent").map(([, text]) => text)).toEqual(expect.arrayContaining([...ORDER]));
    // Before the words were final they were shown as they grew.
    expect(partials(call, "user").some((text) => text !== "" && voice("en-question").text.startsWith(text))).toBe(true);
    expect(partials(call, "agent")).toEqual(expect.arrayContaining([...HOURS.slice(0, 1), ...ORDER]));
    expect(states(call).slice(0, 6)).toEqual([
      "thinking",
      "speaking",
      "listening",
      "thinking",
      "speaking",
      "listening",
    ]);

    expect(await ask("DELETE", `voice/sessions/${id}`)).toMatchObject({
      ...{ status: 200, body: { status: "ended", how: "ended-by-request" } },
    });
    await call.over;
    expect(call.outcome).toMatchObject({ kind: "closed", code: 1000, by: "gateway" });
    expect(states(call).at(-1)).toBe("ended");
    const transcript = await ask("GET", `voice/sessions/${id}/transcript`);
    expect(transcript.body.segments.map(({ text }: { text: string }) => text)).toEqual(
      expect.arrayContaining([GREETING, voice("en-question").text, voice("hi-question").text, ORDER.join(" ")]),
    );
    await until("its end in the books", async () => (await ask("GET", `calls/${id}`)).body.status === "ended");
    expect((await ask("GET", `calls/${id}`)).body).toMatchObject({ carrier: "web", end: { how: expect.any(String) } });
  },
);

test.concurrent("S4.3: a reply is heard while the voice still makes the rest of it", async () => {
  const { wire } = on.rig.simulator;
  const greeting = "This call may be recorded. It is about your order of last week. Please tell me when you are ready.";
  const made: number[] = [];
  const stop = wire.on(({ kind, socket, atMs }) => {
    if (kind === "tts-audio-sent" && socket.texts.includes(greeting)) made.push(atMs);
  });
  const { call } = await session({ greeting });
  await until(
    "the whole of it to be heard",
    () =>
      finals(call)
        .map(([, text]) => text)
        .join(" ") === greeting,
  );
  stop();
  call.hangUp();
  await call.over;
  const started = call.log.find(({ kind }) => kind === "playback-started");
  expect(started?.atMs).toBeLessThan(made.at(-1) ?? 0);
});

test.concurrent("S4.19: which model answered is kept of each call, and what is written is answered like what is said", async () => {
  const { id, call } = await session({ system_prompt: "The story is: chat.", greeting: "" });
  await until("the line to listen", () => states(call).includes("listening"));
  call.write("What are your opening hours?");
  await played(call, "g1:1");
  expect(finals(call)[0]).toEqual(["user", "What are your opening hours?"]);
  call.hangUp();
  await call.over;
  const used = await until("its usage", async () => {
    const rows = await on.rig.sql<{ model: string }>("select model from model_usage where call_id = $1", [id]);
    return rows.length > 0 && rows;
  });
  expect(used).toContainEqual({ model: "sarvam-105b" });
});

test.concurrent("in mid-call the prompt and the voice change, and the next answer has both", async () => {
  const { id, call } = await session({
    system_prompt: "The story is: {{a}}.",
    variables: { a: "before" },
    greeting: "",
  });
  await until("the line to listen", () => states(call).includes("listening"));
  const changed = await ask("PATCH", `voice/sessions/${id}`, { variables: { a: "after" }, voice: "priya" });
  expect([changed.status, changed.body.voice]).toEqual([200, "priya"]);
  call.write("Where is my order?");
  await played(call, "g1:0");
  call.hangUp();
  await call.over;
  expect(on.requests("The story is: before.")).toEqual([]);
  expect(on.requests("The story is: after.")).toHaveLength(1);
  const speakers = on.rig.simulator.wire.sockets.filter(({ texts }) =>
    texts.some((text) => text.startsWith("Your order is on")),
  );
  expect(speakers.flatMap(({ configs }) => configs.map((config) => config["speaker"]))).toContain("priya");
});

test.concurrent("an event of the customer's own reaches the page in the middle of the conversation", async () => {
  const { id, call } = await session({});
  await happened(call, ({ kind }) => kind === "first-media");
  expect((await ask("POST", `calls/${id}/events`, { name: "cart", data: { items: [2] } })).status).toBe(202);
  const event = { event: "event", streamSid: "web-twin", name: "cart", data: { items: [2] } };
  await until("the event", () => call.shown.some((it) => it.event === "event"));
  expect(call.shown).toContainEqual(event);
  call.breakOff();
  await call.over;
  const { body } = await until("its end", async () => {
    const answer = await ask("GET", `voice/sessions/${id}`);
    return answer.body.status === "ended" && answer;
  });
  expect(body.how).toBe("carrier-lost");
});

test.concurrent("a ticket is good once, for the page it was made for", async () => {
  const wrong = await session({}, { origin: "https://evil.example.test" });
  expect(wrong.call.outcome).toEqual({ kind: "upgrade-refused", status: 401 });
  const { call } = await session({}, { origin: on.rig.publicUrl });
  expect(await call.redeemAgain()).toBe(401);
  call.hangUp();
  await call.over;
});
