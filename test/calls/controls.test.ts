import { describe, expect, test } from "vitest";
import { dtmfTones } from "../../src/audio/dtmf.ts";
import { type ExotelCloud, startExotelCloud } from "../../src/simulator/twins/exotel-cloud.ts";
import { startTwilioCloud, type TwilioCloud, type TwilioCloudOptions } from "../../src/simulator/twins/twilio-cloud.ts";
import type { TwinCall, TwinEvent } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { until } from "../rig.ts";
import { ECHO, greeted, type Story, startStory } from "./story.ts";

const ACCOUNT = "AC00000000000000000000000000000001";
const TOKEN = "0123456789abcdef0123456789abcdef";
const OURS = "+918000000002";
const THEIRS = "+919800000001";
const HUMAN = "+918000000009";

async function tell(
  story: Story,
  path: string,
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(story.running.url + path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${story.keys.controller}`,
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const idOf = (story: Story, { callSid }: Pick<TwinCall, "callSid">): Promise<string> =>
  until("the call in the books", async () => {
    const rows = await story.sql<{ id: string }>("select id from calls where carrier_call_id = $1", [callSid]);
    return rows[0]?.id;
  });

const ends = async (story: Story, id: string): Promise<string> =>
  until("the end in the books", async () => {
    const rows = await story.sql<{ end_how: string | null }>("select end_how from calls where id = $1", [id]);
    return rows[0]?.end_how ?? undefined;
  });

const markBack = (event: TwinEvent): boolean => event.kind === "mark-returned";
const heardAfter = (call: TwinCall, from: number) => call.waitFor(markBack, 20_000, from);

describe.each(["twilio", "exotel"] as const)("a live call over %s is steered", (carrier) => {
  test("said to, sent digits, changed in language, and hung up", async () => {
    await using story = await startStory({ simulator: { voiceMsPerChar: 20 } });
    const call = await story.dial(carrier);
    await greeted(call);
    const id = await idOf(story, call);

    let from = call.log.length;
    expect(await tell(story, `/v1/calls/${id}/say`, { text: "Your order is here." })).toMatchObject({ status: 202 });
    await heardAfter(call, from);

    from = call.log.length;
    expect((await tell(story, `/v1/calls/${id}/digits`, { digits: "12w#" })).status).toBe(202);
    await heardAfter(call, from);
    expect(call.heard.includes(dtmfTones("12", call.format))).toBe(true);

    from = call.log.length;
    expect((await tell(story, `/v1/calls/${id}/messages`, { text: "Answer me this." })).status).toBe(202);
    await heardAfter(call, from);

    expect((await tell(story, `/v1/calls/${id}/hang-up`, { say: "We have to stop now." })).status).toBe(202);
    await call.over;
    expect(await ends(story, id)).toBe("ended-by-request");
    const turns = await story.turns({ ...(await story.ended(call)) });
    expect(turns.map(({ agent_heard }) => agent_heard)).toEqual([
      "Hello there.",
      "Your order is here.",
      "",
      "Answer me this.",
      "We have to stop now.",
    ]);
    expect(call.log.filter(({ kind }) => kind === "warning")).toEqual([]);
  });
});

/** A carrier's network and a gateway that know each other, and end together. */
function joined<Cloud extends TwilioCloud | ExotelCloud>(cloud: Cloud, story: Story) {
  cloud.gateway = { baseUrl: story.running.url, publicUrl: story.publicUrl };
  return {
    cloud,
    story,
    async [Symbol.asyncDispose]() {
      await story[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
    },
  };
}

async function withTwilio(pickup?: TwilioCloudOptions["pickup"]) {
  const cloud = await startTwilioCloud({ accountSid: ACCOUNT, authToken: TOKEN, ...(pickup && { pickup }) });
  const story = await startStory({
    agents: { default: ECHO },
    simulator: { voiceMsPerChar: 20 },
    env: { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_AUTH_TOKEN: TOKEN, TWILIO_API_BASE_URL: cloud.url },
  });
  return joined(cloud, story);
}

describe("calls of ours, through Twilio", () => {
  test("I37: whoever answers says hello first, and is not talked over", async () => {
    await using both = await withTwilio();
    const { cloud, story } = both;
    const placed = await tell(story, "/v1/calls", {
      to: THEIRS,
      from: OURS,
      greeting: "Namaste, this is the book shop.",
    });
    expect(placed).toMatchObject({ status: 201, body: { carrier: "twilio", status: "ringing" } });
    const [ours] = cloud.calls;
    const line = await ours?.stream();
    if (!ours || !line) throw new Error("no call was placed");
    await line.say(voice("en-hello").audio);
    await line.waitFor(markBack, 20_000);
    const spoke = line.log.find(({ kind }) => kind === "playback-started")?.atMs ?? 0;
    const finished = line.log.find(({ kind }) => kind === "speech-ended")?.atMs ?? 0;
    expect(spoke).toBeGreaterThan(finished);
    ours.hangUp();
    await ours.over;
    const id = String(placed.body["id"]);
    expect(await ends(story, id)).toBe("caller-hung-up");
    const turns = await story.turns({ id, status: "", agent: "", end_how: "", end_detail: "" });
    expect(turns[0]).toMatchObject({
      user_text: voice("en-hello").text,
      agent_heard: "Namaste, this is the book shop.",
    });
    const [row] = await story.sql<{ direction: string }>("select direction from calls where id = $1", [id]);
    expect(row?.direction).toBe("outbound");
  });

  test.each([
    ["busy", "not-answered"],
    ["no-answer", "not-answered"],
  ] as const)("%s is known without waiting", async (kind, how) => {
    await using both = await withTwilio(() => (kind === "busy" ? { kind } : { kind }));
    const placed = await tell(both.story, "/v1/calls", { to: THEIRS, from: OURS, ring_seconds: 5 });
    expect(placed.status).toBe(201);
    expect(await ends(both.story, String(placed.body["id"]))).toBe(how);
  });

  test("I38: the carrier's verdict of a machine ends the call, or leaves the message", async () => {
    await using both = await withTwilio(() => ({ kind: "answers", as: "machine_start", verdictMs: 300 }));
    const { story, cloud } = both;
    const alone = await tell(story, "/v1/calls", { to: THEIRS, from: OURS });
    expect(await ends(story, String(alone.body["id"]))).toBe("machine");
    const left = await tell(story, "/v1/calls", {
      to: THEIRS,
      from: OURS,
      machine: { message: "Please call us back." },
    });
    const line = await cloud.calls[1]?.stream();
    await line?.waitFor(markBack, 20_000);
    expect(await ends(story, String(left.body["id"]))).toBe("machine");
    const [turn] = await story.sql<{ agent_heard: string }>(
      "select agent_heard from turns where call_id = $1 order by seq desc",
      [left.body["id"]],
    );
    expect(turn?.agent_heard).toBe("Please call us back.");
  });

  test("what Twilio refuses is told in its own words", async () => {
    await using both = await withTwilio();
    both.cloud.failing = { status: 400, body: { code: 21211, message: "Invalid 'To' Phone Number", status: 400 } };
    const refused = await tell(both.story, "/v1/calls", { to: THEIRS, from: OURS });
    expect(refused.status).toBe(502);
    expect(JSON.stringify(refused.body)).toContain("21211");
    expect(await both.story.sql("select id from calls")).toEqual([]);
  });
});

describe("a caller is transferred, through Twilio", () => {
  test("cold: they are told, and Twilio dials", async () => {
    await using both = await withTwilio();
    const { cloud, story } = both;
    const call = cloud.callIn({ from: THEIRS, to: OURS });
    const line = await call.stream();
    await greeted(line);
    const id = await idOf(story, { callSid: call.facts.callSid });
    const wanted = { to: HUMAN, caller_id: OURS, say: "I connect you now." };
    expect((await tell(story, `/v1/calls/${id}/transfer`, wanted)).status).toBe(202);
    await call.waitFor(({ kind }) => kind === "dialled", 20_000);
    expect(call.events.find(({ kind }) => kind === "dialled")).toMatchObject({ number: HUMAN, callerId: OURS });
    expect(await ends(story, id)).toBe("transferred");
    call.hangUp();
    await call.over;
  });

  test("to a softphone: Twilio rings the browser, which is connected", async () => {
    await using both = await withTwilio((to) => (to === "client:asha_1" ? { kind: "answers" } : { kind: "failed" }));
    const { cloud, story } = both;
    const call = cloud.callIn({ from: THEIRS, to: OURS });
    await greeted(await call.stream());
    const id = await idOf(story, { callSid: call.facts.callSid });
    expect((await tell(story, `/v1/calls/${id}/transfer`, { to: "client:asha_1" })).status).toBe(202);
    const leg = await until("the browser's call", () => cloud.calls[1]);
    expect(leg.facts).toMatchObject({ to: "client:asha_1", direction: "outbound-dial" });
    await leg.waitFor((event) => event.kind === "status" && event.status === "in-progress", 20_000);
    expect(await ends(story, id)).toBe("transferred");
    call.hangUp();
    await leg.over;
    expect(leg.status).toBe("completed");
  });

  const WARM = { to: HUMAN, kind: "warm", caller_id: OURS, briefing: "A caller about a book.", say: "One moment." };

  test("warm: the other is rung and told, and both meet in one room", async () => {
    await using both = await withTwilio();
    const { cloud, story } = both;
    const call = cloud.callIn({ from: THEIRS, to: OURS });
    await greeted(await call.stream());
    const id = await idOf(story, { callSid: call.facts.callSid });
    expect((await tell(story, `/v1/calls/${id}/transfer`, WARM)).status).toBe(202);
    const leg = await until("the other's call", () => cloud.calls[1]);
    await call.waitFor(({ kind }) => kind === "joined", 30_000);
    await leg.waitFor(({ kind }) => kind === "joined", 30_000);
    expect([...cloud.conferences.values()].map(({ participants }) => [...participants].sort())).toEqual([
      [call.facts.callSid, leg.facts.callSid].sort(),
    ]);
    const [told] = await story.sql<{ agent_heard: string }>(
      "select t.agent_heard from turns t join calls c on c.id = t.call_id where c.carrier_call_id = $1 and agent_heard <> ''",
      [leg.facts.callSid],
    );
    expect(told?.agent_heard).toBe(WARM.briefing);
    call.hangUp();
    await leg.over;
    expect([await ends(story, id), leg.status]).toEqual(["transferred", "completed"]);
  });

  test("I43: a caller who leaves before the other answers takes it back", async () => {
    await using both = await withTwilio(() => ({ kind: "answers", afterMs: 60_000 }));
    const { cloud, story } = both;
    const call = cloud.callIn({ from: THEIRS, to: OURS });
    await greeted(await call.stream());
    const id = await idOf(story, { callSid: call.facts.callSid });
    expect((await tell(story, `/v1/calls/${id}/transfer`, WARM)).status).toBe(202);
    const leg = await until("the other's call", () => cloud.calls[1]);
    call.hangUp();
    await leg.over;
    expect(["canceled", "completed"]).toContain(leg.status);
    expect(leg.durationS).toBe(0);
  });

  test("nobody answers: the caller stays with the agent, who is told", async () => {
    await using both = await withTwilio((to) => (to === HUMAN ? { kind: "busy" } : { kind: "answers" }));
    const { cloud, story } = both;
    const call = cloud.callIn({ from: THEIRS, to: OURS });
    const line = await call.stream();
    await greeted(line);
    const id = await idOf(story, { callSid: call.facts.callSid });
    expect((await tell(story, `/v1/calls/${id}/transfer`, WARM)).status).toBe(202);
    await until(
      "the agent says so",
      async () => {
        const turns = await story.sql<{ agent_heard: string }>("select agent_heard from turns where call_id = $1", [
          id,
        ]);
        return turns.some(({ agent_heard }) => agent_heard.includes("The transfer did not happen"));
      },
      20_000,
    );
    call.hangUp();
    await call.over;
    expect(await ends(story, id)).toBe("caller-hung-up");
  });
});

describe("through Exotel", () => {
  async function withExotel() {
    const api = { accountSid: "durvani1", apiKey: "key", apiToken: "token" };
    const cloud = await startExotelCloud({ ...api, user: "stream", password: "stream-secret" });
    const story = await startStory({
      simulator: { voiceMsPerChar: 20 },
      env: {
        EXOTEL_ACCOUNT_SID: api.accountSid,
        EXOTEL_API_KEY: api.apiKey,
        EXOTEL_API_TOKEN: api.apiToken,
        EXOTEL_API_BASE_URL: cloud.url,
        EXOTEL_STREAM_USER: "stream",
        EXOTEL_STREAM_PASSWORD: "stream-secret",
      },
    });
    return joined(cloud, story);
  }

  test("a call of ours opens the stream that it was told of, and is talked to", async () => {
    await using both = await withExotel();
    const { cloud, story } = both;
    const placed = await tell(story, "/v1/calls", { to: THEIRS, from: OURS, carrier: "exotel", hello_seconds: 1 });
    expect(placed).toMatchObject({ status: 201, body: { carrier: "exotel" } });
    const line = await cloud.calls[0]?.stream;
    if (!line) throw new Error("no stream came");
    await greeted(line);
    line.hangUp();
    await line.over;
    expect(await ends(story, String(placed.body["id"]))).toBe("caller-hung-up");
  });

  test("a transfer is what the flow's next step is told", async () => {
    await using story = await startStory({ simulator: { voiceMsPerChar: 20 } });
    const call = await story.dialExotel({ connectAppletUrl: `${story.running.url}/exotel/connect` });
    await greeted(call);
    const id = await idOf(story, call);
    expect((await tell(story, `/v1/calls/${id}/transfer`, { to: HUMAN })).status).toBe(202);
    await call.over;
    expect(call.log.find(({ kind }) => kind === "dialled")).toMatchObject({ number: HUMAN });
    expect(await ends(story, id)).toBe("transferred");
  });
});
