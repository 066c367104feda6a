import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ProviderError } from "../../src/kit/provider-error.ts";
import { answering, bench, openMouth, payloadOf, speaking, until } from "./tts-bench.ts";

/** A bench whose socket and spare stand open. */
async function warm() {
  const parts = await bench();
  const { server } = parts;
  await until(() => expect(server.peers.map((peer) => peer.types)).toEqual([["config"], ["config"]]));
  return parts;
}

test("S1: a socket that takes texts into nowhere costs 2.5 s: the caller hears them from the warm spare", async () => {
  const { server, mouth, clock, counts, warnings } = await warm();
  server.script.onMessage = (peer, message) => {
    if (peer !== server.talked[0]) answering(peer, message);
  };
  const reply = speaking(mouth, "a", "b");
  await until(() => expect(server.talked[0]?.flushes).toBe(2));
  await clock.advance(2499);
  expect([reply.heard, server.talked.length]).toEqual([[], 1]);
  await clock.advance(1);
  expect(await reply.outcome).toBe("ended");
  expect(reply.short).toEqual(["<a>", "said 0", "<b>", "said 1"]);
  expect(server.talked[1]?.texts).toEqual(["a", "b"]);
  expect(counts).toMatchObject({ tts_spare_used: 1, tts_resumed: 1 });
  expect(warnings).toEqual(["speech socket lost"]);
});

test("S1: a dialog that goes on talking gives a silent socket no more time", async () => {
  const { server, mouth, clock } = await warm();
  server.script.onMessage = (peer, message) => {
    if (peer !== server.talked[0]) answering(peer, message);
  };
  const reply = speaking(mouth);
  reply.texts.put("a");
  await until(() => expect(server.talked[0]?.flushes).toBe(1));
  await clock.advance(2000);
  reply.texts.put("b");
  await until(() => expect(server.talked[0]?.flushes).toBe(2));
  await clock.advance(500);
  await until(() => expect(reply.short).toEqual(["<a>", "said 0", "<b>", "said 1"]));
});

test("S1: what no socket gave a sound of within 5 s is heard from the HTTP stream", async () => {
  const { server, mouth, clock } = await warm();
  server.script.onRequest = (request, response) => response.end(`<${request.body["text"]}>`);
  const reply = speaking(mouth, "a");
  await clock.advance(2500);
  await until(() => expect(server.talked).toHaveLength(2));
  await clock.advance(2500);
  expect(await reply.outcome).toBe("ended");
  expect(reply.short.at(-1)).toBe("said 0");
  expect(server.requests).toHaveLength(1);
});

test("S1: a provider that takes everything and sounds of nothing has failed after 8 s, and may be tried again", async () => {
  const { server, mouth, clock, call } = await warm();
  server.script.onRequest = () => undefined;
  const reply = speaking(mouth, "a");
  let ended = false;
  void reply.outcome.then(() => {
    ended = true;
  });
  await clock.advance(2500);
  await until(() => expect(server.talked).toHaveLength(2));
  await clock.advance(2500);
  await until(() => expect(server.requests).toHaveLength(1));
  await clock.advance(2999);
  expect(ended).toBe(false);
  await clock.advance(1);
  expect(await reply.outcome).toMatchObject({
    name: "ProviderError",
    provider: "sarvam-tts",
    retryable: true,
    message: "no sound for 8000 ms",
  });
  call.abort();
  await until(() => expect(clock.pending).toBe(0));
});

test("S1: a host that accepts connections and answers none has failed after 8 s too", async () => {
  const mute = createServer((socket) => void socket.on("error", () => undefined));
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void mute.close());
  const { mouth, clock } = openMouth(`http://127.0.0.1:${(mute.address() as AddressInfo).port}`, {});
  const reply = speaking(mouth, "a");
  await clock.advance(8000);
  expect(await reply.outcome).toMatchObject({ name: "ProviderError", retryable: true });
});

test("S1: a long reply is not out of patience while it sounds", async () => {
  const { server, mouth, clock } = await warm();
  const reply = speaking(mouth, "a", "b");
  await until(() => expect(server.talked[0]?.flushes).toBe(2));
  for (let second = 0; second < 20; second += 2) {
    server.talked[0]?.audio(payloadOf("a"));
    await until(() => expect(reply.heard).toHaveLength(second / 2 + 1));
    await clock.advance(2000);
  }
  server.talked[0]?.final();
  server.talked[0]?.audio(payloadOf("b"));
  server.talked[0]?.final();
  expect(await reply.outcome).toBe("ended");
  expect(server.talked).toHaveLength(1);
});

test("S1: texts that never sounded are not said: a socket that stalls in mid-reply is left, and they are heard from the spare", async () => {
  const { server, mouth, clock } = await warm();
  const reply = speaking(mouth, "a", "b", "c");
  await until(() => expect(server.talked[0]?.flushes).toBe(3));
  server.talked[0]?.audio(payloadOf("a"));
  server.talked[0]?.final();
  server.talked[0]?.audio(payloadOf("half"));
  await until(() => expect(reply.heard).toHaveLength(3));
  server.script.onMessage = answering;
  await clock.advance(2999);
  expect(reply.heard).toHaveLength(3);
  await clock.advance(1);
  expect(await reply.outcome).toBe("ended");
  expect(reply.short).toEqual(["<a>", "said 0", "<half>", "<b>", "said 1", "<c>", "said 2"]);
  expect(server.talked[1]?.texts).toEqual(["b", "c"]);
});

test("S1: without finals, a text sent after the last audio has not been said, and is heard from another socket", async () => {
  const { server, mouth, clock } = await warm();
  const reply = speaking(mouth);
  reply.texts.put("a");
  await until(() => expect(server.talked[0]?.flushes).toBe(1));
  server.talked[0]?.audio(payloadOf("a"));
  await until(() => expect(reply.heard).toHaveLength(1));
  reply.texts.put("b");
  reply.texts.close();
  await until(() => expect(server.talked[0]?.flushes).toBe(2));
  await clock.advance(3000);
  expect(reply.short).toEqual(["<a>", "said 0"]);
  await until(() => expect(server.talked[1]?.texts).toEqual(["b"]));
  server.talked[1]?.audio(payloadOf("b"));
  await until(() => expect(reply.heard).toHaveLength(3));
  await clock.advance(3000);
  expect(await reply.outcome).toBe("ended");
  expect(reply.short).toEqual(["<a>", "said 0", "<b>", "said 1"]);
});

test("when the dialog fails, what it gave before is heard to its end, and then the failure comes out", async () => {
  const { server, mouth } = await warm();
  async function* texts(): AsyncGenerator<string> {
    yield "a";
    throw new ProviderError("llm", "gone", true);
  }
  const heard: string[] = [];
  const read = (async (): Promise<void> => {
    for await (const spoken of mouth.speak(texts(), new AbortController().signal)) heard.push(spoken.kind);
  })();
  await until(() => expect(server.talked[0]?.flushes).toBe(1));
  server.talked[0]?.audio(payloadOf("a"));
  server.talked[0]?.final();
  await expect(read).rejects.toMatchObject({ provider: "llm" });
  expect(heard).toEqual(["audio", "said"]);
  expect(server.peers[0]?.closed ?? server.peers[1]?.closed).toBeUndefined();
});

test("when the dialog fails before its first text, the failure comes out at once", async () => {
  const { mouth } = await warm();
  const broken = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new ProviderError("llm", "gone", true)) }),
  };
  const read = async (): Promise<void> => {
    for await (const _spoken of mouth.speak(broken, new AbortController().signal)) expect.unreachable();
  };
  await expect(read()).rejects.toMatchObject({ provider: "llm" });
});
