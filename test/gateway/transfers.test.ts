import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { twilio } from "../../src/carrier/twilio.ts";
import type { GatewayParts } from "../../src/gateway/gateway.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import type { CallEnd } from "../../src/record/record.ts";
import { ask, idOf, KEYS } from "./desk.ts";
import { AGENT, agentsOf, connect, post, SID, TOKEN, type World, world } from "./world.ts";

const LEG = `CA${"1".padStart(32, "d")}`;
const COLD = { to: "+918000000009", caller_id: "+918000000002", say: "I connect you." };
const WARM = { to: "+918000000009", kind: "warm", caller_id: "+918000000002", briefing: "An angry caller." };

const afterStream = async (at: World, sid: string) =>
  (await post(at, "/twilio/after-stream", { CallSid: sid, From: "+919800000001", To: "+918000000002" })).text();
const status = (at: World, sid: string, word: string) => post(at, "/twilio/status", { CallSid: sid, CallStatus: word });
const transfer = (at: World, wanted: object) => ask(at, `/v1/calls/${idOf(at)}/transfer`, wanted);

/** A caller in conversation, and whoever is to take them, who is being told: neither has ended by itself yet. */
async function told(changes: Partial<GatewayParts> = {}, answers: Parameters<typeof world>[1] = {}) {
  const at = await world({ ...KEYS, ...changes }, answers);
  const caller = await connect(at);
  expect((await transfer(at, WARM)).status).toBe(202);
  await vi.waitFor(() => expect(at.memory.entries("open")).toHaveLength(2));
  const leg = await connect(at, LEG, { holdsOrders: true });
  await vi.waitFor(() => expect(leg.call.orders).toHaveLength(1));
  return { at, caller, leg };
}

/** What the briefing was to end with. */
const TOLD: CallEnd = { how: "transferred", detail: "" };

describe("I43: nobody is left waiting in a room", () => {
  test("a caller who leaves while the other is being told: the other is hung up on", async () => {
    const { at, caller } = await told();
    caller.call.end({ how: "caller-hung-up", detail: "stop" });
    await vi.waitFor(() => expect(at.hungUp).toEqual([LEG]));
    expect(await afterStream(at, LEG)).not.toContain("Conference");
  });

  test.each([
    { how: "machine", detail: "" },
    { how: "too-long", detail: "" },
    { how: "failed", detail: "" },
    { how: "carrier-lost", detail: "" },
  ] as const)("the other does not take the caller ($how): they do not go to the room either", async (end) => {
    const { at, caller, leg } = await told();
    leg.call.end(end);
    await vi.waitFor(() => expect(caller.call.orders).toMatchObject([{ do: "message" }]));
    expect(await afterStream(at, LEG)).not.toContain("Conference");
    expect(at.gateway.liveCalls).toBe(1);
  });

  test("the other leaves on the way to the room: the caller does not wait for them", async () => {
    const { at, leg } = await told();
    leg.call.end(TOLD);
    await vi.waitFor(() => expect(at.memory.ends()).toEqual(["transferred", "transferred"]));
    await status(at, LEG, "completed");
    await vi.waitFor(() => expect(at.hungUp).toEqual([SID]));
  });

  describe("a carrier that does not hang up", () => {
    const unhandled = vi.fn();
    beforeEach(() => void process.on("unhandledRejection", unhandled));
    afterEach(() => void process.off("unhandledRejection", unhandled));

    test("takes no process with it", async () => {
      const hangUp = async () => {
        throw new ProviderError("twilio-rest", "HTTP 500", true);
      };
      const { at, leg } = await told({}, { hangUp });
      leg.call.end(TOLD);
      await vi.waitFor(() => expect(at.memory.ends()).toEqual(["transferred", "transferred"]));
      await status(at, SID, "completed");
      await vi.waitFor(() => expect(at.hungUp).toEqual([LEG]));
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).not.toHaveBeenCalled();
    });
  });
});

describe("a warm transfer", () => {
  test("is not cut short by what its briefing may take", async () => {
    const { at } = await told();
    expect(at.dialled[0]).not.toHaveProperty("limitSeconds");
  });

  test("into a full house is refused at once", async () => {
    const at = await world({ ...KEYS, maxCalls: 1 });
    await connect(at);
    expect(await transfer(at, WARM)).toMatchObject({
      status: 503,
      body: { error: { message: expect.stringContaining("full") } },
    });
    expect(at.dialled).toEqual([]);
  });

  test("for which there is no room any more when it rings is told to the dialog", async () => {
    const at = await world({ ...KEYS }, { dial: async () => ({ carrierCallId: LEG }) });
    const { call } = await connect(at);
    at.memory.journalOpens = false;
    expect((await transfer(at, WARM)).status).toBe(202);
    await vi.waitFor(() => expect(call.orders).toMatchObject([{ do: "message" }]));
    expect(at.hungUp).toEqual([LEG]);
  });

  test("asks no application what becomes of whoever was only told", async () => {
    const askApplication = vi.fn(async () => undefined);
    const agents = agentsOf({ ...AGENT, actionUrl: "https://app.example.test/after" });
    const { at, leg } = await told({ agents, askApplication });
    leg.call.end({ how: "caller-hung-up", detail: "" });
    await vi.waitFor(() => expect(at.gateway.liveCalls).toBe(1));
    await afterStream(at, LEG);
    expect(askApplication).not.toHaveBeenCalled();
  });
});

describe("a cold transfer", () => {
  async function leaving() {
    const at = await world(KEYS);
    const caller = await connect(at, SID, { holdsOrders: true });
    expect((await transfer(at, COLD)).status).toBe(202);
    return { at, caller };
  }

  test("that is countermanded by a hang-up dials nobody", async () => {
    const { at, caller } = await leaving();
    expect((await ask(at, `/v1/calls/${idOf(at)}/hang-up`, {})).status).toBe(202);
    caller.call.end({ how: "ended-by-request", detail: "" });
    await vi.waitFor(() => expect(at.hungUp).toEqual([SID]));
    expect(await afterStream(at, SID)).not.toContain("<Dial");
  });

  test.each(["failed", "carrier-lost", "drain-forced"] as const)(
    "is done although its words broke (%s)",
    async (how) => {
      const { at, caller } = await leaving();
      caller.call.end({ how, detail: "" });
      await vi.waitFor(() => expect(at.gateway.liveCalls).toBe(0));
      expect(await afterStream(at, SID)).toContain("<Number>+918000000009</Number>");
      expect(at.hungUp).toEqual([]);
    },
  );
});

describe("to a softphone", () => {
  const SOFTPHONE = { to: "client:asha_1.desk-2", caller_id: "+918000000002", ring_seconds: 20 };

  test("a caller is given, after the words, by the name it goes by at the carrier", async () => {
    const at = await world(KEYS);
    const { call } = await connect(at);
    expect((await transfer(at, { ...SOFTPHONE, say: "I connect you." })).status).toBe(202);
    expect(call.orders).toMatchObject([{ do: "end", end: { how: "transferred" }, say: "I connect you." }]);
    await vi.waitFor(() => expect(at.memory.ends()).toEqual(["transferred"]));
    expect(await afterStream(at, SID)).toMatch(
      /<Dial callerId="\+918000000002" timeout="20"><Client>asha_1\.desk-2<\/Client><\/Dial>/,
    );
    expect(at.hungUp).toEqual([]);
  });

  test("is done although the words before broke", async () => {
    const at = await world(KEYS);
    const { call } = await connect(at, SID, { holdsOrders: true });
    await transfer(at, SOFTPHONE);
    call.end({ how: "failed", detail: "" });
    await vi.waitFor(() => expect(at.gateway.liveCalls).toBe(0));
    expect(await afterStream(at, SID)).toContain("<Client>asha_1.desk-2</Client>");
  });

  test.each(["client:", "client:a b", "client:a<b", `client:${"a".repeat(65)}`, "sip:asha@example.test"])(
    "%s is nobody's name",
    async (to) => {
      const at = await world(KEYS);
      await connect(at);
      expect((await transfer(at, { to })).status).toBe(422);
    },
  );

  test("is refused warm, and by carriers that ring no browsers", async () => {
    const at = await world({
      ...KEYS,
      carriers: (publicUrl) => [
        { dialect: { ...twilio({ authToken: TOKEN, publicUrl }), handsOver: ["dial", "conference"] } },
      ],
    });
    const { call } = await connect(at);
    expect(await transfer(at, SOFTPHONE)).toMatchObject({
      status: 409,
      body: { error: { message: "calls of twilio cannot be transferred to a softphone" } },
    });
    const able = await world(KEYS);
    await connect(able);
    expect((await transfer(able, { ...WARM, to: SOFTPHONE.to })).status).toBe(409);
    expect(call.orders).toEqual([]);
  });
});
