import { expect, test } from "vitest";
import { answering, bench, openMouth, payloadOf, speaking, until } from "./tts-bench.ts";

const QUOTA = "Quota exceeded: no credits left";

/** Speaks two texts; the first socket ends by `how` after the first text was said and a piece of the second was heard. */
async function brokenReply(code: number | "drop", reason = "") {
  const parts = await bench();
  const { server, mouth } = parts;
  await until(() => expect(server.peers).toHaveLength(2));
  const reply = speaking(mouth, "one", "two");
  await until(() => expect(server.talked[0]?.flushes).toBe(2));
  server.talked[0]?.audio(payloadOf("one"));
  server.talked[0]?.final();
  server.talked[0]?.audio(payloadOf("tw"));
  await until(() => expect(reply.heard).toHaveLength(3));
  server.script.onMessage = answering;
  if (code === "drop") server.talked[0]?.drop();
  else server.talked[0]?.close(code, reason);
  return { ...parts, reply };
}

for (const code of ["drop", 1000, 1001, 1008, 1011, 1012, 1013] as const) {
  test(`S1, I26: ${code === "drop" ? 1006 : code} while audio is awaited: config and only the unsaid text go out again, at once, on another socket`, async () => {
    const { server, reply, counts } = await brokenReply(code);
    expect(await reply.outcome).toBe("ended");
    expect(reply.short).toEqual(["<one>", "said 0", "<tw>", "<two>", "said 1"]);
    expect(server.talked[1]?.types).toEqual(["config", "text", "flush"]);
    expect(server.talked[1]?.texts).toEqual(["two"]);
    expect(counts).toMatchObject({ tts_resumed: 1, tts_spare_used: 1 });
  });
}

for (const [code, reason] of [
  [4000, "model not enabled"],
  [4003, "bad speaker"],
  [4999, ""],
  [1003, QUOTA],
] as const) {
  test(`S1, I26: ${code} "${reason}" is not tried again, and the reply fails for good`, async () => {
    const { server, reply, clock } = await brokenReply(code, reason);
    expect(await reply.outcome).toMatchObject({ name: "ProviderError", provider: "sarvam-tts", retryable: false });
    await clock.advance(120_000);
    expect([server.attempts, server.requests.length]).toEqual([2, 0]);
  });
}

test("S1: 1003 for too many at once is tried again, but not within a second", async () => {
  const { server, reply, clock, warnings } = await brokenReply(1003, "Rate limit reached");
  await until(() => expect(warnings).toEqual(["speech socket lost"]));
  await clock.advance(999);
  expect(server.talked).toHaveLength(1);
  await clock.advance(1);
  expect(await reply.outcome).toBe("ended");
  expect(reply.short.slice(-2)).toEqual(["<two>", "said 1"]);
});

for (const code of [1000, 1001] as const) {
  test(`S1: ${code} on an idle socket is replaced quietly, and the next reply does not notice`, async () => {
    const { server, mouth, clock, counts, warnings } = await bench();
    await until(() => expect(server.peers.map((peer) => peer.types)).toEqual([["config"], ["config"]]));
    await clock.advance(60_000);
    server.script.onMessage = answering;
    for (const peer of server.peers) peer.close(code);
    await until(() => expect(server.peers.map((peer) => peer.closed)).toEqual([code, code]));
    await until(async () => {
      await clock.advance(250);
      expect(server.peers.slice(2).map((peer) => peer.types[0])).toEqual(["config", "config"]);
    });
    expect(counts).toMatchObject({ tts_sockets_opened: 4, tts_reconnects: 2 });
    expect(warnings).toEqual([]);
    expect(await speaking(mouth, "still here").outcome).toBe("ended");
    expect(server.attempts).toBe(4);
  });
}

test("S1: a reply that finds both sockets closed by idleness opens one without waiting for its turn", async () => {
  const { server, mouth } = await bench();
  await until(() => expect(server.peers.map((peer) => peer.types)).toEqual([["config"], ["config"]]));
  server.script.onMessage = answering;
  for (const peer of server.peers) peer.close(1001);
  await until(() => expect(server.peers.map((peer) => peer.closed)).toEqual([1001, 1001]));
  expect(await speaking(mouth, "hello").outcome).toBe("ended");
  expect(server.talked[0]?.types).toEqual(["config", "text", "flush"]);
});

test("S1: a server that closes straight after the config is tried ever more slowly, not in a storm", async () => {
  const { server, clock } = await bench();
  server.script.onMessage = (peer) => peer.close(1000);
  for (let second = 0; second < 600; second += 1) {
    await clock.advance(1000);
    await until(() => expect(server.peers.filter((peer) => peer.closed === undefined)).toEqual([]));
  }
  expect(server.attempts).toBeGreaterThan(10);
  expect(server.attempts).toBeLessThan(45);
});

test("S1: a reply gives the socket five more tries, with pauses that grow, then goes to the second mouth", async () => {
  const { server, mouth, clock, counts } = await bench();
  await until(() => expect(server.peers).toHaveLength(2));
  const tries: number[] = [];
  server.script.onMessage = (peer, message) => {
    if (message.type !== "flush") return;
    tries.push(clock.now());
    peer.drop();
  };
  server.script.onRequest = (_request, response) => response.end("AB");
  const reply = speaking(mouth, "a");
  await until(async () => {
    await clock.advance(50);
    expect(server.requests).toHaveLength(1);
  });
  expect(await reply.outcome).toBe("ended");
  expect(reply.short).toEqual(["AB", "said 0"]);
  expect(tries).toHaveLength(6);
  const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  expect(pauses[0]).toBeLessThan(187);
  expect(pauses.slice(1).map((pause, index) => pause >= 187.5 * 2 ** index)).toEqual([true, true, true, true]);
  expect(counts).toMatchObject({ tts_resumed: 5, tts_second_mouth: 1 });
});

test("S1: every text that is said gives the next one its full number of tries", async () => {
  const { server, mouth, clock, counts } = await bench();
  await until(() => expect(server.peers).toHaveLength(2));
  const drops = new Map<string, number>();
  server.script.onMessage = (peer, message) => {
    if (message.type !== "flush") return;
    const words = peer.texts.at(-1) ?? "";
    const dropped = drops.get(words) ?? 0;
    drops.set(words, dropped + 1);
    if (dropped < 4) peer.drop();
    else answering(peer, message);
  };
  const reply = speaking(mouth);
  for (const words of ["a", "b", "c"]) {
    reply.texts.put(words);
    await until(async () => {
      await clock.advance(50);
      expect(reply.short.at(-2)).toBe(`<${words}>`);
    });
  }
  reply.texts.close();
  expect(await reply.outcome).toBe("ended");
  expect(counts["tts_second_mouth"]).toBeUndefined();
});

test("S1: a text that breaks off twice after it began to sound is begun no third time on a socket", async () => {
  const { server, mouth, clock } = await bench();
  server.script.onMessage = (peer, message) => {
    if (message.type !== "flush") return;
    peer.audio(payloadOf("half"));
    peer.close(1011);
  };
  server.script.onRequest = (_request, response) => response.end("whole!");
  const reply = speaking(mouth, "a");
  await until(async () => {
    await clock.advance(50);
    expect(server.requests).toHaveLength(1);
  });
  expect(await reply.outcome).toBe("ended");
  expect(reply.short.join(" ")).toBe("<half> <half> whole! said 0");
});

test("S1: a refused key is tried no more than twice while warming and comes out at the next reply", async () => {
  const { server, mouth, clock } = await bench({ key: "sk_wrong" });
  await until(() => expect(server.attempts).toBe(2));
  await clock.advance(600_000);
  expect(await speaking(mouth, "a").outcome).toMatchObject({ name: "ProviderError", retryable: false });
  expect(await speaking(mouth, "b").outcome).toMatchObject({ name: "ProviderError", retryable: false });
  expect([server.attempts, server.requests.length, clock.pending]).toEqual([2, 0, 0]);
});

for (const data of [
  { code: 422, message: "config must be a valid dictionary" },
  { message: "400: Speaker 'anushka' is not compatible with model bulbul:v3" },
  { code: "400", message: "unsupported sample rate" },
]) {
  test(`S1: an error message "${data.message}" ends the reply for good`, async () => {
    const { server, mouth, clock } = await bench();
    server.script.onMessage = (peer, message) => {
      if (message.type === "flush") peer.send({ type: "error", data });
    };
    expect(await speaking(mouth, "a").outcome).toMatchObject({ name: "ProviderError", retryable: false });
    await clock.advance(60_000);
    expect(server.attempts).toBe(2);
  });
}

test("a text refused by a socket that has spoken before may be said in other words, and the next reply is spoken", async () => {
  const { server, mouth, clock, call } = await bench();
  server.script.onMessage = (peer, message) => {
    if (message.type === "flush" && peer.texts.at(-1) === "bad") {
      peer.send({ type: "error", data: { code: 400, message: "no such characters" } });
    } else answering(peer, message);
  };
  expect(await speaking(mouth, "good", "bad").outcome).toMatchObject({ name: "ProviderError", retryable: true });
  expect(await speaking(mouth, "next").outcome).toBe("ended");
  await until(async () => {
    await clock.advance(250);
    expect(server.peers).toHaveLength(3);
  });
  call.abort();
  expect(clock.pending).toBe(0);
});

test("S1: an error message that says the server is at fault is resumed elsewhere", async () => {
  const { server, mouth } = await bench();
  await until(() => expect(server.peers).toHaveLength(2));
  let failed = false;
  server.script.onMessage = (peer, message) => {
    if (message.type !== "flush" || failed) return answering(peer, message);
    failed = true;
    peer.send({ type: "error", data: { code: 500, message: "internal" } });
  };
  const reply = speaking(mouth, "a");
  expect(await reply.outcome).toBe("ended");
  expect(reply.short).toEqual(["<a>", "said 0"]);
});

test("S1: a spare that is refused for too many connections is asked for again later and disturbs nobody", async () => {
  const { server, mouth, clock } = await bench();
  await until(() => expect(server.peers).toHaveLength(2));
  server.script.refuse = () => 429;
  const interrupted = speaking(mouth, "a");
  await until(() => expect(server.talked).toHaveLength(1));
  interrupted.stop.abort();
  await until(() => expect(server.attempts).toBe(3));
  server.script.onMessage = answering;
  expect(await speaking(mouth, "b").outcome).toBe("ended");
  server.script.refuse = () => undefined;
  await until(async () => {
    await clock.advance(250);
    expect(server.peers).toHaveLength(3);
  });
  expect(server.requests).toEqual([]);
});

test("a provider that cannot be reached at all fails after its tries, by both mouths", async () => {
  const { mouth, clock } = openMouth("http://127.0.0.1:1", {});
  const reply = speaking(mouth, "a");
  let ended = false;
  void reply.outcome.then(() => {
    ended = true;
  });
  await until(async () => {
    await clock.advance(200);
    expect(ended).toBe(true);
  });
  expect(await reply.outcome).toMatchObject({ name: "ProviderError", retryable: true });
});
