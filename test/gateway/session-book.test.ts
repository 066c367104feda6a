import { expect, test } from "vitest";
import type { LiveCall } from "../../src/gateway/live-call.ts";
import { SessionBook } from "../../src/gateway/session-book.ts";
import { sessionBody } from "../../src/gateway/session-schema.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { wishedAgents } from "./web.ts";
import { AGENT } from "./world.ts";

const END = { how: "ended-by-request", detail: "" } as const;

/** As much of a call as the book looks at. */
const callOf = (id: string, ended: LiveCall["ended"]) =>
  ({
    id,
    agent: AGENT,
    voice: AGENT.voice,
    ended,
    connected: true,
    whenConnected: () => undefined,
  }) as unknown as LiveCall;

test("a long session is still known, and can be changed, after very many short ones", async () => {
  const book = new SessionBook(new VirtualClock(), wishedAgents());
  const body = sessionBody.parse({});
  const long = callOf("long", new Promise(() => undefined));
  book.add(long, body, {});
  for (let made = 0; made <= 10_000; made++) {
    book.add(callOf(`short${made}`, Promise.resolve(END)), body, {});
    await Promise.resolve();
  }
  expect(book.view("long")).toMatchObject({ status: "created" });
  expect(book.change(long, { system_prompt: "Be brief." })).toMatchObject({
    message: expect.stringContaining("no model"),
  });
  expect([book.view("short0"), book.view("short10000")?.status]).toEqual([undefined, "ended"]);
});
