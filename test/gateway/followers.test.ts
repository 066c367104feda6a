import { createHash } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, get, type IncomingMessage } from "node:http";
import { expect, test, vi } from "vitest";
import { type World, world } from "./world.ts";

const keys = [{ name: "k", scopes: ["read"], sha256: createHash("sha256").update("key").digest("hex") }] as const;

type Asked = { readonly request: ClientRequest; readonly answer: IncomingMessage };

async function follow({ origin }: World): Promise<Asked> {
  const request = get(`${origin}/v1/events`, { agent: false, headers: { authorization: "Bearer key" } });
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  answer.on("error", () => undefined); // `close` follows.
  answer.resume();
  return { request, answer };
}

test("fifty may follow the calls of a process; one more is refused until one of them leaves", async () => {
  const at = await world({ keys });
  const followers = await Promise.all(Array.from({ length: 50 }, () => follow(at)));
  expect(new Set(followers.map(({ answer }) => answer.statusCode))).toEqual(new Set([200]));
  const { answer } = await follow(at);
  expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([429, "15"]);
  expect(answer.headers["content-type"]).toMatch(/^application\/json/);

  followers[0]?.request.destroy();
  await vi.waitFor(async () => expect((await follow(at)).answer.statusCode).toBe(200));
});
