import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { answering, bench, payloadOf, speaking, until, VOICE } from "./tts-bench.ts";

const LINEAR = { encoding: "linear16", rate: 8000 } as const;

for (const status of [404, 429, 500, 503] as const) {
  test(`S1: when the socket is refused with ${status} the reply is spoken over the HTTP stream`, async () => {
    const { server, mouth, counts } = await bench({ voice: { ...VOICE, pace: 1.1 } });
    server.script.refuse = () => status;
    server.script.onRequest = (request, response) => response.end(`<${request.body["text"]}>`);
    const reply = speaking(mouth, "one", " ", "two");
    expect(await reply.outcome).toBe("ended");
    expect(reply.short.filter((part) => part.startsWith("said"))).toEqual(["said 0", "said 1", "said 2"]);
    expect(reply.short.filter((part) => !part.startsWith("said")).join("")).toBe("<one><two>");
    expect(server.requests.map((request) => request.body)).toEqual(
      ["one", "two"].map((text) => ({
        text,
        model: "bulbul:v3",
        target_language_code: "hi-IN",
        speaker: "shubh",
        pace: 1.1,
        speech_sample_rate: 8000,
        output_audio_codec: "mulaw",
      })),
    );
    expect(server.requests[0]?.headers["api-subscription-key"]).toBe("sk_test");
    expect(counts["tts_second_mouth"]).toBe(1);
  });
}

test("S1: the rest of a reply goes to the second mouth when its socket breaks and no other is granted", async () => {
  const { server, mouth } = await bench();
  await until(() => expect(server.peers).toHaveLength(2));
  server.script.refuse = () => 503;
  server.script.onRequest = (request, response) => response.end(`<${request.body["text"]}>`);
  const reply = speaking(mouth, "one", "two");
  await until(() => expect(server.talked[0]?.flushes).toBe(2));
  server.talked[0]?.audio(payloadOf("one"));
  server.talked[0]?.final();
  await until(() => expect(reply.heard).toHaveLength(2));
  for (const peer of server.peers) peer.drop();
  expect(await reply.outcome).toBe("ended");
  expect(server.requests.map((request) => request.body["text"])).toEqual(["two"]);
  expect(reply.short.at(-1)).toBe("said 1");
});

test("S1: the next reply tries the socket again after one that was spoken over HTTP", async () => {
  const { server, mouth, clock } = await bench();
  server.script.refuse = () => 503;
  server.script.onRequest = (_request, response) => response.end("abc");
  server.script.onMessage = answering;
  expect(await speaking(mouth, "one").outcome).toBe("ended");
  server.script.refuse = () => undefined;
  await until(async () => {
    await clock.advance(250);
    expect(server.peers.length).toBeGreaterThan(0);
  });
  const second = speaking(mouth, "two");
  expect(await second.outcome).toBe("ended");
  expect(second.short).toEqual(["<two>", "said 0"]);
  expect(server.requests).toHaveLength(1);
});

test("S1: chunks of the body are yielded as they come, in whole samples and without padding until the last", async () => {
  const { server, mouth } = await bench({ format: LINEAR });
  server.script.refuse = () => 503;
  let open: ServerResponse | undefined;
  server.script.onRequest = (_request, response) => {
    open = response;
    response.write(Buffer.from("0123456"));
  };
  const reply = speaking(mouth, "a");
  await until(() =>
    expect(reply.heard).toEqual([{ kind: "audio", payload: Buffer.from("012345").toString("base64") }]),
  );
  open?.write("789abcdefg");
  await until(() => expect(reply.short).toEqual(["012345", "6789ab"]));
  open?.end("hij");
  expect(await reply.outcome).toBe("ended");
  // 20 bytes: three whole groups of six, then the last sample.
  expect(reply.short).toEqual(["012345", "6789ab", "cdefgh", "ij", "said 0"]);
});

test("S1: an interruption ends the request at once", async () => {
  const { server, mouth, clock, call } = await bench();
  server.script.refuse = () => 503;
  let closed: Promise<unknown> | undefined;
  server.script.onRequest = (_request, response) => {
    closed = once(response, "close");
    response.write("abc");
  };
  const reply = speaking(mouth, "a", "b");
  await until(() => expect(reply.short).toEqual(["abc"]));
  reply.stop.abort();
  expect(await reply.outcome).toMatchObject({ name: "AbortError" });
  await closed;
  expect(server.requests).toHaveLength(1);
  call.abort();
  await until(() => expect(clock.pending).toBe(0));
});

test("S1: a key refused by the HTTP stream fails for good, after one request", async () => {
  const { server, mouth } = await bench();
  server.script.refuse = () => 503;
  server.script.onRequest = (_request, response) => {
    response.writeHead(403).end('{"error":{"code":"invalid_api_key_error","message":"no"}}');
  };
  expect(await speaking(mouth, "a").outcome).toMatchObject({ name: "ProviderError", retryable: false });
  expect(server.requests).toHaveLength(1);
});

test("S1: credit that is gone is not asked for again, a rate limit is", async () => {
  const { server, mouth, clock } = await bench();
  server.script.refuse = () => 503;
  server.script.onRequest = (_request, response) => {
    if (server.requests.length < 3) response.writeHead(429).end('{"error":{"code":"rate_limit_exceeded_error"}}');
    else response.writeHead(429).end('{"error":{"code":"insufficient_quota_error"}}');
  };
  const reply = speaking(mouth, "a");
  await until(async () => {
    await clock.advance(100);
    expect(server.requests).toHaveLength(3);
  });
  expect(await reply.outcome).toMatchObject({ name: "ProviderError", retryable: false });
});

test("a stream that breaks off is asked for again from its beginning, three times in all", async () => {
  const { server, mouth, clock } = await bench();
  server.script.refuse = () => 503;
  server.script.onRequest = (_request, response) => {
    response.write("abc", () => response.destroy());
  };
  const reply = speaking(mouth, "a");
  let ended = false;
  void reply.outcome.then(() => {
    ended = true;
  });
  await until(async () => {
    await clock.advance(100);
    expect(ended).toBe(true);
  });
  expect(await reply.outcome).toMatchObject({ name: "ProviderError", retryable: true });
  expect(server.requests).toHaveLength(3);
});

test("a body without any sound is not said: it is asked for three times, then the reply fails for now", async () => {
  const { server, mouth, clock } = await bench();
  server.script.refuse = () => 503;
  server.script.onRequest = (_request, response) => response.end();
  const reply = speaking(mouth, "a");
  await until(async () => {
    await clock.advance(100);
    expect(server.requests).toHaveLength(3);
  });
  expect(await reply.outcome).toMatchObject({ name: "ProviderError", retryable: true });
  expect(reply.heard).toEqual([]);
});

test("a stream that says nothing for 3 s is asked again, and the caller hears the second answer", async () => {
  const { server, mouth, clock } = await bench();
  server.script.refuse = () => 503;
  server.script.onRequest = (_request, response) => {
    if (server.requests.length > 1) response.end("<a>");
  };
  const reply = speaking(mouth, "a");
  await until(() => expect(server.requests).toHaveLength(1));
  await clock.advance(2500);
  expect(server.requests).toHaveLength(1);
  await until(async () => {
    await clock.advance(100);
    expect(server.requests).toHaveLength(2);
  });
  expect(await reply.outcome).toBe("ended");
  expect(reply.short.at(-1)).toBe("said 0");
});
