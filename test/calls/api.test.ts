import { createHash } from "node:crypto";
import { request } from "node:http";
import { expect, test } from "vitest";
import type { ReplyTimes } from "../../src/gateway/waterfall.ts";
import { voice } from "../../src/simulator/voices.ts";
import { startRig, until } from "../rig.ts";

const headers = { authorization: "Bearer key" };

test("a whole call is followed as it happens, found by its number, and told by the times of its replies", async () => {
  const sha256 = createHash("sha256").update("key").digest("hex");
  await using rig = await startRig({ simulator: { voiceMsPerChar: 20 }, env: { API_KEYS: `console:read:${sha256}` } });
  const get = async <T>(path: string): Promise<T> =>
    (await (await fetch(rig.running.url + path, { headers })).json()) as T;

  let told = "";
  // Not `fetch`, which opens a connection to spare when it lets one go.
  const following = request(`${rig.running.url}/v1/events`, { agent: false, headers }, (events) => {
    events.setEncoding("utf8").on("data", (piece: string) => {
      told += piece;
    });
    events.on("error", () => undefined); // It is left, below.
  });
  following.on("error", () => undefined);
  following.end();
  await until("the snapshot", () => told !== "");

  const call = await rig.dialTwilio({ from: "+919812345678" });
  const heardMark = (n: number) =>
    call.waitFor((event) => event.kind === "mark-returned" && event.name.startsWith(`g${n}:`), 15_000);
  await heardMark(1);
  await call.say(voice("hi-question").audio);
  await heardMark(2);
  await call.say(voice("hi-bye").audio);
  await call.over;

  const [found] = await until("the call", async () => {
    const path =
      "/v1/calls?from=098123%2045678&status=ended&how=agent-hung-up&q=%E0%A4%91%E0%A4%B0%E0%A5%8D%E0%A4%A1%E0%A4%B0";
    const { calls } = await get<{ calls: { id: string; carrierCallId: string }[] }>(path);
    return calls.length > 0 && calls;
  });
  expect(found?.carrierCallId).toBe(call.callSid);

  const { replies } = await get<{ replies: ReplyTimes[] }>(`/v1/calls/${found?.id}/waterfall`);
  expect(replies.map(({ turn }) => turn)).toEqual([1, 2, 3]);
  for (const { turn, speechEndedMs, finalMs, firstWordsMs, firstSoundMs, soundEndedMs } of replies) {
    const moments = [speechEndedMs, finalMs, firstWordsMs, firstSoundMs, soundEndedMs].slice(turn === 1 ? 2 : 0);
    expect(
      moments.map((ms) => typeof ms),
      `turn ${turn}`,
    ).toEqual(moments.map(() => "number"));
    expect(
      moments.toSorted((a = 0, b = 0) => a - b),
      `turn ${turn}`,
    ).toEqual(moments);
  }

  following.destroy();
  const names = [...told.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);
  expect(names.slice(0, 3)).toEqual(["snapshot", "opened", "answered"]);
  expect(names.filter((name) => name === "turn").length).toBeGreaterThanOrEqual(3);
  expect(names.at(-1)).toBe("ended");
  expect(told).toContain(voice("hi-question").text);
});
