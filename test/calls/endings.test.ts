import { afterAll, beforeAll, expect, test } from "vitest";
import type { CallEnd } from "../../src/record/record.ts";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { type Receiver, startReceiver } from "../receiver.ts";
import { type Carrier, until } from "../rig.ts";
import { ask, ECHO, greeted, hangUp, type Story, startStory } from "./story.ts";

const POLITE = "+918000000051";
const MUTE = "+918000000052";
const SHORT = "+918000000053";
const IMPATIENT = "+918000000054";
const AGENTS = {
  default: ECHO,
  [POLITE]: {
    ...ECHO,
    dialog: { kind: "rules", rules: [{ when: ["goodbye"], say: "Goodbye to you.", hangUp: true }], otherwise: "Yes?" },
  },
  // The provider knows no such speaker.
  [MUTE]: { ...ECHO, voice: { speaker: "nobody" } },
  [SHORT]: { ...ECHO, limits: { maxDurationSeconds: 10, silenceSeconds: 60 } },
  [IMPATIENT]: { ...ECHO, phrases: { stillThere: ["Are you there?"] }, limits: { silenceSeconds: 1 } },
};
const CALLER = "+919876501234";
const PRESSED = "9021045736";

/** Every way a live gateway's call can end, and how to get there. */
const WAYS: readonly {
  readonly how: CallEnd["how"];
  readonly to?: string;
  readonly wrongTicket?: boolean;
  readonly act?: (call: TwinCall) => unknown;
}[] = [
  { how: "caller-hung-up", act: pressAndHangUp },
  { how: "carrier-lost", act: (call) => call.breakOff() },
  { how: "agent-hung-up", to: POLITE, act: (call) => call.say(voice("en-bye").audio) },
  { how: "failed", to: MUTE },
  { how: "too-long", to: SHORT },
  { how: "caller-silent", to: IMPATIENT },
  { how: "never-connected", wrongTicket: true },
  { how: "drain-forced", act: (call) => ask(call, "en-question") },
];
async function pressAndHangUp(call: TwinCall): Promise<void> {
  const from = call.log.length;
  for (const digit of `${PRESSED}#`) call.press(digit);
  await call.waitFor(({ kind }) => kind === "mark-returned", 10_000, from);
  await hangUp(call);
}

const CARRIERS: readonly Carrier[] = ["twilio", "exotel"];

type Ended = { readonly carrier: Carrier; readonly how: CallEnd["how"]; readonly call: TwinCall };

const WEBHOOK_SECRET = "signs-what-customers-are-told";

let receiver: Receiver;
let story: Story;
let ended: readonly Ended[];

async function live(carrier: Carrier, { how, to, wrongTicket, act }: (typeof WAYS)[number]): Promise<Ended> {
  const call = await story.dial(carrier, {
    from: CALLER,
    ...(to && { to }),
    ...(wrongTicket && { faults: { wrongTicket } }),
  });
  if (act) {
    await greeted(call);
    await act(call);
  }
  if (how !== "drain-forced") await call.over;
  return { carrier, how, call };
}

beforeAll(async () => {
  receiver = await startReceiver();
  const env = { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET, ALLOW_PRIVATE_URLS: "true" };
  story = await startStory({ agents: AGENTS, simulator: { voiceMsPerChar: 10 }, env });
  ended = await Promise.all(CARRIERS.flatMap((carrier) => WAYS.map((way) => live(carrier, way))));
  await story.running.gateway.drain(0);
}, 60_000);
afterAll(async () => {
  await story[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

test("I22: each way to end a call ends it once: one row, one end in the journal, one count, one transcript", async () => {
  for (const { carrier, how, call } of ended) {
    const row = await story.ended(call);
    expect(row).toMatchObject({ end_how: how });
    expect(row.end_detail).not.toBe("");
    const lines = await story.journal(row.id);
    expect(lines.filter(({ book }) => book?.kind === "close")).toHaveLength(1);
    expect(lines.at(-1)?.book?.kind).toBe("close");
    expect(lines.filter(({ out }) => out?.do === "end")).toHaveLength(how === "never-connected" ? 0 : 1);
    expect(await story.metric("calls_ended", { carrier, how })).toBe(1);
    expect(story.logged.filter((line) => line.includes(row.id) && line.includes("a call ended"))).toHaveLength(1);
  }
  expect(await story.metric("calls_ended")).toBe(WAYS.length * CARRIERS.length);
  const done = () =>
    story.sql<{ call_id: string; attempts: number }>(
      "select call_id, attempts from owed_jobs where done_at is not null",
    );
  await until("all transcripts", async () => (await done()).length === ended.length, 20_000);
  expect((await done()).every(({ attempts }) => attempts === 1)).toBe(true);
  expect(await story.sql("select call_id from transcripts")).toHaveLength(ended.length);
});

test("I22: and of each its customer is told once that it began, once that it ended and how, once of its transcript", async () => {
  await until("all that there is to tell", () => receiver.deliveries.length >= 3 * ended.length, 20_000);
  for (const { how, call } of ended) {
    const told = receiver.of((await story.ended(call)).id).map(({ event }) => event);
    expect(told.map(({ kind }) => kind)).toEqual(["call.started", "call.ended", "transcript.ready"]);
    expect(told[1]?.data).toMatchObject({ how });
  }
  expect(receiver.deliveries).toHaveLength(3 * ended.length);
});

test("I22, I21: and nothing is left of any of them", async () => {
  expect(story.running.gateway.liveCalls).toBe(0);
  await until("closed sockets", () => story.simulator.wire.open() === 0);
  for (const { call } of ended) await call.over;
  expect(ended.flatMap(({ call }) => call.log.filter(({ kind }) => kind === "warning"))).toMatchObject([
    // A refused upgrade, and the line that broke, are what Twilio warns about.
    { code: "31920" },
  ]);
});

test("I31: of all these calls neither logs nor metrics hold a number, a word, pressed keys, a ticket or a credential, and no address a credential", async () => {
  const { authToken, user, password, sarvamKey } = story.secrets;
  const tickets = ended.flatMap(({ call }) =>
    call.log.flatMap((event) =>
      event.kind === "webhook-answered" ? (event.body.match(/media\/([\w-]{20,})/)?.[1] ?? []) : [],
    ),
  );
  expect(tickets).toHaveLength(ended.length);
  const told = story.logged.join("") + (await (await story.get("/metrics", story.keys.reader)).text());
  expect(story.logged.length).toBeGreaterThan(2 * ended.length);
  const credentials = [
    authToken,
    `${user}:${password}`,
    password,
    Buffer.from(`${user}:${password}`).toString("base64"),
    sarvamKey,
    story.keys.reader,
    story.keys.controller,
    WEBHOOK_SECRET,
  ];
  const persons = [
    CALLER.slice(-10),
    ...Object.keys(AGENTS)
      .map((number) => number.slice(-10))
      .filter((number) => /^\d+$/.test(number)),
  ];
  const words = [
    ECHO.greeting,
    "Goodbye to you",
    "Are you there",
    voice("en-bye").text,
    voice("en-question").text,
    PRESSED,
  ];
  for (const secret of [...credentials, ...tickets, ...persons, ...words]) expect(told).not.toContain(secret);

  const { sockets, refused, http } = story.simulator.wire;
  const addresses = JSON.stringify([
    sockets.map(({ path, query }) => ({ path, query })),
    refused,
    http.map(({ path }) => path),
  ]);
  const answers = JSON.stringify(ended.map(({ call }) => call.log.filter(({ kind }) => kind === "webhook-answered")));
  for (const secret of credentials) expect(addresses + answers).not.toContain(secret);
});
