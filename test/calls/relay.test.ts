import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import type { TwinEvent } from "../../src/simulator/twins/call-log.ts";
import { dialWeb } from "../../src/simulator/twins/web-twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { type CrSession, startCrApplication } from "../dialog/cr-application.ts";
import { until } from "../rig.ts";
import { ask, greeted, hangUp, type Story, startStory } from "./story.ts";

const QUESTION = voice("en-question").text;

const relayed = (url: string, more: object = {}) => ({
  default: {
    name: "application",
    greeting: "Welcome.",
    language: "en-IN",
    dialog: { kind: "relay", url, dtmfDetection: true, partialPrompts: true, ...more },
  },
});

const first = (sessions: readonly CrSession[]) => until("the application's session", () => sessions[0]);
const ofType = ({ received }: CrSession, type: string) => received.filter((message) => message["type"] === type);

/** A mark that came back because everything before it was heard. Marks are named after what they belong to. */
const isHeard = (event: TwinEvent): boolean => event.kind === "mark-returned" && event.why === "played";
const generationOf = (event: TwinEvent): string | undefined =>
  event.kind === "mark-returned" ? event.name.split(":")[0] : undefined;

/** A call on this line, and the row of it once it is over. */
async function dialOver(line: "twilio" | "exotel" | "web", story: Story) {
  if (line !== "web") {
    const call = await story.dial(line, { from: "+919800000001", to: "+918000000002" });
    return { call, from: "+919800000001", ended: () => story.ended(call) };
  }
  const answer = await fetch(`${story.running.url}/v1/voice/sessions`, {
    method: "POST",
    headers: { authorization: `Bearer ${story.keys.controller}`, "content-type": "application/json" },
    body: JSON.stringify({ agent: "application" }),
  });
  const { id, ws_url: wsUrl } = (await answer.json()) as { id: string; ws_url: string };
  const call = await dialWeb({ baseUrl: story.running.url, publicUrl: story.publicUrl, wsUrl });
  return { call, from: "", ended: () => story.ended({ callSid: id }) };
}

describe.each(["twilio", "exotel", "web"] as const)(
  "an application written for ConversationRelay, over %s",
  (carrier) => {
    test("greets by its greeting, answers, is told of keys and interruptions, and hands over", async () => {
      await using application = await startCrApplication({ handsOffAt: /goodbye/i });
      await using story = await startStory({
        agents: relayed(application.url),
        env: { ALLOW_PRIVATE_URLS: "true" },
        simulator: { voiceMsPerChar: 20 },
      });
      const { call, from, ended } = await dialOver(carrier, story);
      await greeted(call);
      const session = await first(application.sessions);
      expect(session.setup).toMatchObject({
        type: "setup",
        from,
        direction: "inbound",
        sessionId: expect.stringMatching(/^VX[0-9a-f]{32}$/),
      });

      await ask(call, "en-question");
      const prompts = ofType(session, "prompt");
      expect(prompts.at(-1)).toMatchObject({ voicePrompt: QUESTION, last: true });
      for (const partial of prompts.slice(0, -1)) {
        expect(partial["last"]).toBe(false);
        expect(QUESTION.toLowerCase()).toContain(String(partial["voicePrompt"]).toLowerCase().slice(0, 8));
      }

      // Into the second sentence of the answer.
      await call.say(voice("en-interrupt").audio);
      const since = call.log.length;
      const interrupt = await until("the interruption", () => ofType(session, "interrupt")[0]);
      expect(String(interrupt["utteranceUntilInterrupt"])).toContain(`You said: ${QUESTION}`);
      expect(interrupt["durationUntilInterruptMs"]).toMatch(/^\d+$/);

      // The key cuts the answer to it short, so what is heard to its end afterwards is the application's word about the key.
      const answer = generationOf(await call.waitFor(isHeard, 20_000, since));
      call.press("5");
      await until("the key", () => ofType(session, "dtmf").length === 1);
      await call.waitFor((event) => isHeard(event) && generationOf(event) !== answer, 20_000, since);

      await call.say(voice("en-bye").audio);
      await call.over;
      const row = await ended();
      expect(row.end_how).toBe("agent-hung-up");
      const [handoff] = await story.sql<{ end_handoff: string }>("select end_handoff from calls where id = $1", [
        row.id,
      ]);
      expect(JSON.parse(handoff?.end_handoff ?? "{}")).toMatchObject({ reasonCode: "live-agent-handoff" });
      const turns = await story.turns(row);
      expect(turns.map((turn) => turn.agent_heard).join(" ")).toContain("You pressed 5.");
      expect(turns.at(-1)?.agent_heard).toBe("One moment, I will connect you to a colleague.");
      expect(call.log.filter(({ kind }) => kind === "warning")).toEqual([]);
    });
  },
);

test("what the application's action says becomes of the caller", async () => {
  const asked: URLSearchParams[] = [];
  const action = createServer((request, response) => {
    let body = "";
    request.on("data", (data) => {
      body += data;
    });
    request.on("end", () => {
      asked.push(new URLSearchParams(body));
      response.setHeader("content-type", "text/xml").end("<Response><Dial>+918000000009</Dial></Response>");
    });
  });
  action.listen(0, "127.0.0.1");
  await once(action, "listening");
  const url = `http://127.0.0.1:${(action.address() as AddressInfo).port}/after`;
  await using application = await startCrApplication({ handsOffAt: /goodbye/i });
  await using story = await startStory({
    agents: relayed(application.url, { action: url }),
    env: { ALLOW_PRIVATE_URLS: "true" },
    simulator: { voiceMsPerChar: 20 },
  });
  const call = await story.dialTwilio();
  await greeted(call);
  await call.say(voice("en-bye").audio);
  await call.over;
  action.close();
  expect(asked.map((form) => [form.get("SessionStatus"), form.get("CallSid")])).toEqual([["ended", call.callSid]]);
  expect(JSON.parse(asked[0]?.get("HandoffData") ?? "{}")).toMatchObject({ reasonCode: "live-agent-handoff" });
  expect(call.log.find(({ kind }) => kind === "after-stream")).toMatchObject({ verb: "Dial" });
});

test("an application that goes away is waited for: the caller is asked for patience, and the call goes on", async () => {
  await using application = await startCrApplication();
  await using story = await startStory({
    agents: relayed(application.url),
    env: { ALLOW_PRIVATE_URLS: "true" },
    simulator: { voiceMsPerChar: 20 },
  });
  const call = await story.dialTwilio();
  await greeted(call);
  await first(application.sessions);
  application.drop();
  const again = await until("the second session", () => application.sessions[1]);
  expect(again.setup).toMatchObject({ customParameters: { reconnect: "1" } });
  await ask(call, "en-question");
  expect(ofType(again, "prompt").at(-1)).toMatchObject({ voicePrompt: QUESTION, last: true });
  await hangUp(call);
  const decided = await story.sql<{ what: string }>("select what from decisions");
  expect(decided.map(({ what }) => what)).toContain("asked for patience");
});
