import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { readmeVerify } from "../readme-webhook.ts";
import { startReceiver } from "../receiver.ts";
import { until } from "../rig.ts";
import { ask, ECHO, greeted, hangUp, startStory } from "./story.ts";

const SECRET = "a-secret-of-the-customer";
const KEY = "drives-dead-letters-of-a-test";
const ALL = ["call.started", "call.ended", "transcript.ready"];
const OWN = "+918000000061";

const env = {
  WEBHOOK_SECRET: `its-successor-in-office,${SECRET}`,
  ALLOW_PRIVATE_URLS: "true",
  API_KEYS: `chief:admin:${createHash("sha256").update(KEY).digest("hex")}`,
};

test("a customer is told of a call while it goes on and after it, signed, once and in order", async () => {
  const verify = await readmeVerify();
  await using receiver = await startReceiver();
  await using other = await startReceiver();
  const agents = { default: ECHO, [OWN]: { ...ECHO, webhook: { url: other.url } } };
  await using story = await startStory({ agents, env: { ...env, WEBHOOK_URL: receiver.url } });
  const call = await story.dial("twilio");
  const elsewhere = await story.dial("exotel", { to: OWN });
  await greeted(call);
  await until("call.started", () => receiver.deliveries.length === 1);
  await ask(call, "en-question");
  await hangUp(call);
  await hangUp(elsewhere);
  const { id } = await story.ended(call);
  await until("all that there is to tell", () => receiver.of(id).length === 3, 20_000);
  const { id: otherId } = await story.ended(elsewhere);
  await until("what is told elsewhere", () => other.of(otherId).length === 3, 20_000);

  expect(receiver.deliveries.map(({ event }) => event.kind)).toEqual(ALL);
  expect(receiver.deliveries.map((one) => one.id)).toEqual(ALL.map((kind) => `${kind}.${id}`));
  expect(other.deliveries.map(({ event }) => event.kind)).toEqual(ALL);
  for (const { body, signature } of receiver.deliveries) {
    expect(verify(body, signature, SECRET)).toBe(true);
    expect(verify(body, signature, "a-secret-of-somebody-else")).toBe(false);
  }
  const [, ended, transcript] = receiver.deliveries.map(({ event }) => event.data);
  expect(ended).toMatchObject({ how: "caller-hung-up", turns: 2 });
  const usage = ended?.["usage"] as Readonly<Record<string, number>>;
  for (const name of ["audioInSeconds", "audioOutSeconds", "charactersSpoken"]) expect(usage[name]).toBeGreaterThan(0);
  expect(JSON.stringify(transcript?.["transcript"])).toContain(ECHO.greeting);
});

test("an answer that is lost, a server that is down: everything comes, in order, under the same ids", async () => {
  await using receiver = await startReceiver();
  await using story = await startStory({ env: { ...env, WEBHOOK_URL: receiver.url } });
  receiver.status = 0;
  const call = await story.dial("twilio");
  await greeted(call);
  await until("the first try", () => receiver.deliveries.length > 0);
  receiver.status = 500;
  await hangUp(call);
  const { id } = await story.ended(call);
  await until("another try", () => receiver.deliveries.length > 1);
  expect(new Set(receiver.deliveries.map((one) => one.id))).toEqual(new Set([`call.started.${id}`]));
  receiver.status = 200;
  await until("the rest", () => receiver.of(id).at(-1)?.event.kind === "transcript.ready", 30_000);
  const taken = receiver.of(id).slice(-3);
  expect(taken.map((one) => one.id)).toEqual(ALL.map((kind) => `${kind}.${id}`));
  expect(taken[0]?.body).toBe(receiver.deliveries[0]?.body);
});

test("what the customer wants no more is a dead letter, until it is driven again", async () => {
  await using receiver = await startReceiver();
  await using story = await startStory({ env: { ...env, WEBHOOK_URL: receiver.url } });
  receiver.status = 410;
  const call = await story.dial("twilio");
  await greeted(call);
  await hangUp(call);
  const { id } = await story.ended(call);
  const dead = async () => {
    const answer = (await (await story.get("/v1/webhooks/dead", KEY)).json()) as { readonly dead: readonly object[] };
    return answer.dead;
  };
  await until("three dead letters", async () => (await dead()).length === 3, 20_000);
  expect(await dead()).toMatchObject(
    ALL.toReversed().map((kind) => ({ id: `${kind}.${id}`, attempts: 1, url: receiver.url })),
  );
  receiver.status = 200;
  const answer = await fetch(`${story.running.url}/v1/webhooks/dead/call.ended.${id}/redrive`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}` },
  });
  expect(answer.status).toBe(202);
  await until("it again", () => receiver.deliveries.length === 4);
  expect(receiver.deliveries.at(-1)?.id).toBe(`call.ended.${id}`);
  await until("two dead letters", async () => (await dead()).length === 2);
});

test("an address of this machine is not posted to, unless that is allowed", async () => {
  await using receiver = await startReceiver();
  const url = receiver.url.replace("127.0.0.1", "localhost");
  await using story = await startStory({ env: { ...env, ALLOW_PRIVATE_URLS: "", WEBHOOK_URL: url } });
  const call = await story.dial("twilio");
  await greeted(call);
  await hangUp(call);
  const failed = () => story.sql<{ last_error: string }>("select last_error from webhook_events where attempts > 0");
  const [row] = await until("a failed try", async () => {
    const rows = await failed();
    return rows[0]?.last_error !== null && rows.length > 0 && rows;
  });
  expect(row?.last_error).toContain("is not a public address");
  expect(receiver.deliveries).toEqual([]);
});
