import { describe, expect, test, vi } from "vitest";
import type { CallId } from "../../src/record/record.ts";
import { ask, idOf, KEYS } from "./desk.ts";
import { AGENT, agentsOf, connect, post, ring, SID, type World, world } from "./world.ts";

describe("a live call is steered", () => {
  test.each([
    ["say", { text: "Still here." }, { do: "say", text: "Still here.", interrupts: false, interruptible: "any" }],
    [
      "say",
      { text: "Listen!", interrupt: true, interruptible: "none" },
      { do: "say", text: "Listen!", interrupts: true, interruptible: "none" },
    ],
    ["messages", { text: "Be brief." }, { do: "message", text: "Be brief." }],
    ["digits", { digits: "1w2#" }, { do: "digits", digits: "1w2#" }],
    [
      "hang-up",
      { say: "Goodbye." },
      { do: "end", end: { how: "ended-by-request", detail: "the API was told to hang up" }, say: "Goodbye." },
    ],
  ])("%s %o", async (path, body, order) => {
    const at = await world(KEYS);
    const { call } = await connect(at);
    expect(await ask(at, `/v1/calls/${idOf(at)}/${path}`, body)).toMatchObject({ status: 202, body: { taken: true } });
    expect(call.orders).toEqual([order]);
  });

  test("its voice is changed", async () => {
    const at = await world(KEYS);
    const { call } = await connect(at);
    const wanted = { language: "ta-IN", voice: "anushka", listens_for: "unknown" };
    expect((await ask(at, `/v1/calls/${idOf(at)}`, wanted, "PATCH")).status).toBe(202);
    expect(call.orders).toEqual([
      { do: "retune", tuning: { speaks: "ta-IN", speaker: "anushka", listensFor: "unknown" } },
    ]);
    const nothing = await ask(at, `/v1/calls/${idOf(at)}`, {}, "PATCH");
    expect([nothing.status, nothing.body.error?.message]).toEqual([
      422,
      expect.stringContaining("names nothing to change"),
    ]);
  });

  test("a voice that does not speak is refused, and the call goes on with its own", async () => {
    const agents = { ...agentsOf(AGENT), voiceComplaints: () => ["bulbul:v3 has no speaker anushkaa"] };
    const at = await world({ ...KEYS, agents });
    const { call } = await connect(at);
    const refused = await ask(at, `/v1/calls/${idOf(at)}`, { voice: "anushkaa" }, "PATCH");
    expect([refused.status, refused.body.error?.message]).toEqual([422, expect.stringContaining("no speaker")]);
    expect(call.orders).toEqual([]);
  });

  test("recording is paused and resumed where calls are recorded, and refused elsewhere", async () => {
    const at = await world({ ...KEYS, recordAudio: true });
    const { call } = await connect(at);
    for (const what of ["pause", "resume"])
      expect((await ask(at, `/v1/calls/${idOf(at)}/recording/${what}`)).status).toBe(202);
    expect(call.orders).toEqual([
      { do: "record", on: false },
      { do: "record", on: true },
    ]);
    const elsewhere = await world(KEYS);
    await connect(elsewhere);
    const refused = await ask(elsewhere, `/v1/calls/${idOf(elsewhere)}/recording/pause`);
    expect([refused.status, refused.body.error?.message]).toEqual([409, expect.stringContaining("RECORD_CALLS")]);
  });

  test("a telephone has no screen for events", async () => {
    const at = await world(KEYS);
    await connect(at);
    const refused = await ask(at, `/v1/calls/${idOf(at)}/events`, { name: "cart" });
    expect([refused.status, refused.body.error?.message]).toEqual([409, expect.stringContaining("no screen")]);
  });

  test("before anybody is on the line it can only be hung up, and after its end nothing can be done", async () => {
    const at = await world(KEYS);
    await ring(at);
    const path = `/v1/calls/${idOf(at)}`;
    expect(await ask(at, `${path}/say`, { text: "Hello?" })).toMatchObject({
      status: 409,
      body: { error: { message: "nobody is on the line yet" } },
    });
    expect((await ask(at, `${path}/hang-up`, {})).status).toBe(202);
    expect(at.memory.ends()).toEqual(["ended-by-request"]);
    expect(at.hungUp).toEqual([SID]);
    expect(await ask(at, `${path}/hang-up`, {})).toMatchObject({
      status: 409,
      body: { error: { message: "the call is over" } },
    });
  });
});

describe("a call of another process", () => {
  const far = "call_0far" as CallId;
  async function withFar(): Promise<World> {
    const at = await world(KEYS);
    const opening = { id: far, carrier: "twilio", carrierCallId: "CA9", from: "", to: "", agent: "a" } as const;
    at.memory.books.push({ id: far, entry: { kind: "open", opening: { ...opening, language: "hi-IN", openedAt: 0 } } });
    return at;
  }

  test("is told through the relay, and its answer is ours", async () => {
    const at = await withFar();
    at.memory.elsewhere.set(far, { ok: false, status: 409, message: "nobody is on the line yet" });
    expect(await ask(at, `/v1/calls/${far}/digits`, { digits: "12" })).toMatchObject({
      status: 409,
      body: { error: { message: "nobody is on the line yet" } },
    });
    expect(at.memory.asked).toEqual([{ callId: far, what: { do: "digits", digits: "12" } }]);
  });

  test("that no process has any more is said to be nowhere", async () => {
    const at = await withFar();
    expect(await ask(at, `/v1/calls/${far}/say`, { text: "Hello?" })).toMatchObject({
      status: 409,
      body: { error: { message: "no process has this call any more" } },
    });
  });

  test("is served here when it is ours, and a command of another version is refused", async () => {
    const at = await world(KEYS);
    const { call } = await connect(at);
    const carryOut = at.memory.carryOut(idOf(at));
    expect(await carryOut?.({ do: "message", text: "Hurry." })).toEqual({ ok: true });
    expect(call.orders).toEqual([{ do: "message", text: "Hurry." }]);
    expect(await carryOut?.({ do: "levitate" })).toMatchObject({ ok: false, status: 501 });
    expect(at.memory.carryOut("call_0other" as CallId)).toBeUndefined();
  });
});

describe("transfer", () => {
  const afterStream = async (at: World, sid = SID) =>
    (await post(at, "/twilio/after-stream", { CallSid: sid, From: "+919800000001", To: "+918000000002" })).text();

  test("cold: the caller is told, the stream ends, and the carrier dials", async () => {
    const at = await world(KEYS);
    const { call, peer } = await connect(at);
    const wanted = { to: "+918000000009", caller_id: "+918000000002", say: "I connect you." };
    expect((await ask(at, `/v1/calls/${idOf(at)}/transfer`, wanted)).status).toBe(202);
    expect(call.orders).toEqual([
      { do: "end", end: { how: "transferred", detail: "to another telephone" }, say: "I connect you." },
    ]);
    expect(await peer.closed).toBe(1000);
    expect(at.hungUp).toEqual([]);
    expect(await afterStream(at)).toMatch(
      /<Dial[^>]*callerId="\+918000000002"[^>]*>\s*<Number>\+918000000009<\/Number>/,
    );
  });

  test("warm needs whom to call as, and what to tell them", async () => {
    const at = await world(KEYS);
    await connect(at);
    const refused = await ask(at, `/v1/calls/${idOf(at)}/transfer`, { to: "+918000000009", kind: "warm" });
    expect([refused.status, refused.body.error?.message]).toEqual([
      422,
      "a warm transfer needs caller_id and briefing",
    ]);
    expect(at.dialled).toEqual([]);
  });

  const WARM = { to: "+918000000009", kind: "warm", caller_id: "+918000000002", briefing: "An angry caller." };

  /** A caller in conversation, and somebody whose telephone rings. */
  async function ringing() {
    const at = await world(KEYS);
    const caller = await connect(at);
    const answer = await ask(at, `/v1/calls/${idOf(at)}/transfer`, WARM);
    expect(answer.status).toBe(202);
    await vi.waitFor(() => expect(at.memory.entries("open")).toHaveLength(2));
    return { at, caller, legSid: `CA${"1".padStart(32, "d")}` };
  }

  test("warm: they are rung and told, then both meet in one room", async () => {
    const { at, caller, legSid } = await ringing();
    expect(at.dialled[0]).toMatchObject({ to: WARM.to, from: WARM.caller_id, answeredByMachine: "detect" });
    const leg = await connect(at, legSid);
    await vi.waitFor(() => expect(leg.call.orders).toHaveLength(1));
    expect(leg.call.orders[0]).toMatchObject({ do: "end", end: { how: "transferred" }, say: WARM.briefing });
    expect(await caller.peer.closed).toBe(1000);
    const rooms = [await afterStream(at), await afterStream(at, legSid)].map(
      (xml) => /<Conference[^>]*>([^<]+)</.exec(xml)?.[1],
    );
    expect(rooms).toEqual([idOf(at), idOf(at)]);
    expect(at.hungUp).toEqual([]);
    expect(at.memory.ends()).toEqual(["transferred", "transferred"]);
  });

  test("I43: a caller who leaves while the other is being rung takes the transfer back", async () => {
    const { at, caller, legSid } = await ringing();
    caller.call.end({ how: "caller-hung-up", detail: "stop" });
    await vi.waitFor(() => expect(at.hungUp).toEqual([legSid]));
    expect(at.memory.ends()).toEqual(["caller-hung-up", "ended-by-request"]);
  });

  test("I43: a caller who leaves on the way to the room leaves nobody waiting there", async () => {
    const { at, legSid } = await ringing();
    await connect(at, legSid);
    await vi.waitFor(() => expect(at.memory.ends()).toEqual(["transferred", "transferred"]));
    await post(at, "/twilio/stream-status", { CallSid: SID, StreamSid: "MZ1", StreamEvent: "stream-stopped" });
    expect(at.hungUp).toEqual([]);
    await post(at, "/twilio/status", { CallSid: SID, CallStatus: "completed" });
    await vi.waitFor(() => expect(at.hungUp).toEqual([legSid]));
  });

  test("nobody answers: the caller stays, and the dialog is told", async () => {
    const { at, caller, legSid } = await ringing();
    await post(at, "/twilio/status", { CallSid: legSid, CallStatus: "no-answer" });
    await at.clock.advance(2000);
    await vi.waitFor(() => expect(caller.call.orders).toHaveLength(1));
    expect(caller.call.orders[0]).toMatchObject({ do: "message", text: expect.stringContaining("not-answered") });
    expect(at.memory.ends()).toEqual(["not-answered"]);
  });
});

describe("calls of ours", () => {
  const WANTED = { to: "+919800000001", from: "+918000000002", greeting: "Namaste.", params: { order: "7" } };

  test("are placed at the carrier and known by its name for them", async () => {
    const at = await world(KEYS);
    const answer = await ask(at, "/v1/calls", WANTED);
    expect(answer).toMatchObject({ status: 201, body: { carrier: "twilio", status: "ringing", id: idOf(at) } });
    expect(at.dialled).toHaveLength(1);
    expect(at.memory.entries("open")[0]).toMatchObject({
      opening: { direction: "outbound", from: WANTED.from, to: WANTED.to },
    });
    expect(at.calls).toEqual([]); // nothing is opened for a telephone that rings
    const { call } = await connect(at, String(answer.body["carrier_call_id"]));
    expect(call.parts.agent).toMatchObject({ greeting: "Namaste.", outbound: { helloMs: 2500 } });
    expect(call.parts.facts).toMatchObject({ direction: "outbound", params: { order: "7" } });
  });

  test.each(["busy", "no-answer", "failed", "canceled"])("%s: the call is over, not answered", async (status) => {
    const at = await world(KEYS);
    const { body } = await ask(at, "/v1/calls", WANTED);
    await post(at, "/twilio/status", { CallSid: String(body["carrier_call_id"]), CallStatus: status });
    await at.clock.advance(2000);
    expect(at.memory.entries("close")).toMatchObject([{ closing: { end: { how: "not-answered" } } }]);
  });

  test("a webhook that overtakes the carrier's own answer waits for it", async () => {
    let take: (answer: { carrierCallId: string }) => void = () => {};
    const at = await world(KEYS, {
      dial: () =>
        new Promise((resolve) => {
          take = resolve;
        }),
    });
    const answer = ask(at, "/v1/calls", WANTED);
    const placed = await vi.waitFor(() => {
      const [order] = at.dialled;
      if (!order) throw new Error("not dialled yet");
      return order;
    });
    const webhook = post(at, new URL(placed.webhookUrl).pathname + new URL(placed.webhookUrl).search, {
      CallSid: "CA7",
      From: WANTED.from,
      To: WANTED.to,
    });
    take({ carrierCallId: "CA7" });
    expect(await (await webhook).text()).toContain("<Stream");
    expect(await answer).toMatchObject({ status: 201, body: { carrier_call_id: "CA7" } });
    expect(at.memory.entries("open")).toHaveLength(1);
  });

  test("the carrier's ear for machines is believed", async () => {
    const at = await world(KEYS);
    const { body } = await ask(at, "/v1/calls", WANTED);
    const sid = String(body["carrier_call_id"]);
    const { call } = await connect(at, sid);
    const answer = await post(at, "/twilio/machine", { CallSid: sid, AnsweredBy: "machine_start" });
    expect(answer.status).toBe(204);
    expect(call.orders).toEqual([{ do: "answered-by", who: "machine" }]);
  });

  test("an agent that is not there, a carrier that cannot dial, and a full house are told apart", async () => {
    const at = await world({ ...KEYS, maxCalls: 1 });
    expect(await ask(at, "/v1/calls", { ...WANTED, agent: "nobody" })).toMatchObject({ status: 422 });
    expect(await ask(at, "/v1/calls", { ...WANTED, carrier: "exotel" })).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining("exotel cannot be dialled through") } },
    });
    expect((await ask(at, "/v1/calls", WANTED)).status).toBe(201);
    expect(await ask(at, "/v1/calls", WANTED)).toMatchObject({ status: 503 });
    expect(at.dialled).toHaveLength(1);
  });
});
