import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { dtmfTones } from "../../src/audio/dtmf.ts";
import { until } from "../rig.ts";
import { postgresForTests, startRedis } from "../servers.ts";
import { withServer } from "../stores/with-server.ts";
import { Program, SOURCES, startOutside, whenUp } from "./gateway-child.ts";

const postgres = await postgresForTests();
const redis = await withServer("Redis", startRedis);
const folders = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), "durvani-"))));
afterAll(async () => {
  await postgres?.drop();
  await redis?.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const KEY = "a-key-that-may-control";
const API_KEYS = `desk:control+read:${createHash("sha256").update(KEY).digest("hex")}`;

async function ask(url: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = { authorization: `Bearer ${KEY}`, ...(body && { "content-type": "application/json" }) };
  const answer = await fetch(url, {
    method: body ? "POST" : "GET",
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

describe.each([
  ["Redis", redis?.url],
  ["PostgreSQL alone", undefined],
])("a call that lives in one process is steered through another, over %s", (store, redisUrl) => {
  test.skipIf(!postgres || (store === "Redis" && !redisUrl))("say, digits, transfer and hang-up", async () => {
    await using outside = await startOutside({ voiceMsPerChar: 20 });
    const env = {
      ...outside.env,
      API_KEYS,
      DATABASE_URL: postgres?.url ?? "",
      ...(redisUrl && { REDIS_URL: redisUrl }),
    };
    await using first = new Program(SOURCES, { ...env, DATA_DIR: folders[0] ?? "" });
    const has = await whenUp(first);
    await using second = new Program(SOURCES, { ...env, DATA_DIR: folders[1] ?? "" });
    const asked = await whenUp(second);

    const live = async () => {
      const call = await outside.dial("twilio", has);
      const heard = (from = 0) => call.waitFor(({ kind }) => kind === "mark-returned", 20_000, from);
      await heard();
      const id = await until("the call in the books", async () => {
        const { body } = await ask(`${asked}/v1/calls?status=open&limit=1`);
        return (body as { calls: { id: string; carrierCallId: string }[] }).calls.find(
          ({ carrierCallId }) => carrierCallId === call.callSid,
        )?.id;
      });
      return { call, heard, path: `${asked}/v1/calls/${id}` };
    };

    const { call, heard, path } = await live();
    for (const [what, body] of [
      ["say", { text: "एक क्षण रुकिए।" }],
      ["digits", { digits: "42#" }],
    ] as const) {
      const from = call.log.length;
      expect(await ask(`${path}/${what}`, body)).toEqual({ status: 202, body: { taken: true } });
      await heard(from);
    }
    expect(call.heard.includes(dtmfTones("42#", call.format))).toBe(true);
    expect(await ask(`${path}/transfer`, { to: "+918000000009" })).toMatchObject({ status: 202 });
    await call.over;
    expect(call.log.find(({ kind }) => kind === "after-stream")).toMatchObject({ verb: "Dial" });

    const another = await live();
    expect(await ask(`${another.path}/hang-up`, {})).toMatchObject({ status: 202 });
    await another.call.over;
    await until("its end in the books", async () => {
      const { body } = await ask(another.path);
      return (body as { end?: { how: string } }).end?.how === "ended-by-request";
    });
    expect(await ask(`${another.path}/say`, { text: "Hello?" })).toMatchObject({ status: 409 });
    expect(await ask(`${asked}/v1/calls/call_0/say`, { text: "Hello?" })).toMatchObject({ status: 404 });
  });
});
