import { expect, test } from "vitest";
import type { ProviderError } from "../../src/kit/provider-error.ts";
import { answering, bench, type Peer, speaking, until, type Wire } from "./tts-bench.ts";

/** Refuses the text `bad`, speaks any other. */
function particular(peer: Peer, message: Wire): void {
  if (message.type === "flush" && peer.texts.at(-1) === "bad")
    peer.send({ type: "error", data: { code: 400, message: "no such characters" } });
  else answering(peer, message);
}

test("S1: a text refused by a fresh spare is the text's fault too, once the voice has been heard: the call can go on", async () => {
  const { server, mouth } = await bench();
  await until(() => expect(server.peers).toHaveLength(2));
  server.script.onMessage = particular;
  expect(await speaking(mouth, "good").outcome).toBe("ended");
  server.script.onMessage = () => {};
  const interrupted = speaking(mouth, "slow");
  await until(() => expect(server.talked[0]?.texts).toEqual(["good", "slow"]));
  interrupted.stop.abort();
  server.script.onMessage = particular;
  expect(await speaking(mouth, "bad").outcome).toMatchObject({ name: "ProviderError", retryable: true });
  expect(server.talked[1]?.texts).toEqual(["bad"]);
  expect(await speaking(mouth, "other words").outcome).toBe("ended");
});

const CHATTY = `the key sk_test may not speak "${"words of the caller, +91 98765 43210. ".repeat(20)}"`;

async function failure(ways: (parts: Awaited<ReturnType<typeof bench>>) => void): Promise<string> {
  const parts = await bench();
  ways(parts);
  const error = (await speaking(parts.mouth, "a").outcome) as ProviderError;
  expect(error.name).toBe("ProviderError");
  for (const told of [error.message, ...parts.reasons]) expect(told).not.toContain("sk_test");
  return error.message;
}

test("I31: an error message of the provider is told by its code and 80 characters, without our key", async () => {
  const why = await failure(({ server }) => {
    server.script.onMessage = (peer) => peer.send({ type: "error", data: { code: 422, message: CHATTY } });
  });
  expect(why).toContain("error 422: the key [key] may not speak");
  expect(why.length).toBeLessThan(140);
});

test("I31: so is the reason of a close", async () => {
  const why = await failure(({ server }) => {
    server.script.onMessage = (peer) => peer.close(4008, CHATTY.slice(0, 120));
  });
  expect(why).toContain("closed with 4008: the key [key] may not speak");
  expect(why.length).toBeLessThan(140);
});

test("I31: and the body of a refused stream", async () => {
  const why = await failure(({ server }) => {
    server.script.refuse = () => 503;
    server.script.onRequest = (_request, response) => {
      response.writeHead(400).end(JSON.stringify({ error: { message: CHATTY, code: "invalid_request_error" } }));
    };
  });
  expect(why).toContain('HTTP 400, invalid_request_error: {"error":{"message":"the key [key] may not speak');
  expect(why.length).toBeLessThan(160);
});
