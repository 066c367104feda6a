import { expect, test } from "vitest";
import { answering, bench, payloadOf, speaking, until } from "./tts-bench.ts";

test("S1: barge-in closes the socket at once, discards what is in flight, and the next reply starts on the spare that was open before", async () => {
  const { server, mouth, counts } = await bench();
  await until(() => expect(server.peers.map((peer) => peer.types)).toEqual([["config"], ["config"]]));
  const openBefore = [...server.peers];
  const first = speaking(mouth, "first", "more");
  await until(() => expect(server.talked[0]?.flushes).toBe(2));
  server.talked[0]?.audio(payloadOf("first"));
  await until(() => expect(first.heard).toHaveLength(1));

  first.stop.abort(new Error("barge-in"));
  expect(counts["tts_spare_used"]).toBe(1);
  expect(String(await first.outcome)).toBe("Error: barge-in");
  const second = speaking(mouth, "second");
  server.talked[0]?.audio(payloadOf("stale"));
  server.talked[0]?.final();
  await until(() => expect(server.talked[1]?.texts).toEqual(["second"]));
  expect(openBefore).toContain(server.talked[1]);
  await until(() => expect(server.talked[0]?.closed).toBe(1000));
  server.talked[1]?.audio(payloadOf("second"));
  server.talked[1]?.final();
  expect(await second.outcome).toBe("ended");
  expect(second.short).toEqual(["<second>", "said 0"]);
  expect(first.short).toEqual(["<first>"]);
  // A fresh spare stands ready for the next interruption.
  await until(() => expect(server.peers[2]?.types).toEqual(["config"]));
});

test("S1: barge-in before the first sound, and twice in a row, leaves only the last reply to be heard", async () => {
  const { server, mouth } = await bench();
  for (const words of ["one", "two"]) {
    const interrupted = speaking(mouth, words);
    interrupted.stop.abort();
    expect(await interrupted.outcome).toMatchObject({ name: "AbortError" });
    expect(interrupted.heard).toEqual([]);
  }
  server.script.onMessage = answering;
  const last = speaking(mouth, "three");
  expect(await last.outcome).toBe("ended");
  expect(last.short).toEqual(["<three>", "said 0"]);
  expect(server.peers.flatMap((peer) => peer.texts).filter((text) => text === "three")).toHaveLength(1);
});

test("S1: a reply whose reader leaves early is discarded like an interrupted one", async () => {
  const { server, mouth } = await bench();
  const stop = new AbortController();
  async function* texts(): AsyncGenerator<string> {
    yield "one";
    yield "two";
  }
  server.script.onMessage = (peer, message) => {
    if (message.type === "flush" && peer.flushes === 1) peer.audio(payloadOf("one"));
  };
  for await (const spoken of mouth.speak(texts(), stop.signal)) {
    expect(spoken.kind).toBe("audio");
    break;
  }
  await until(() => expect(server.talked[0]?.closed).toBe(1000));
});

test("an interruption while nothing is in flight keeps the socket", async () => {
  const { server, mouth } = await bench();
  server.script.onMessage = answering;
  const first = speaking(mouth);
  first.texts.put("one");
  await until(() => expect(first.short).toEqual(["<one>", "said 0"]));
  first.stop.abort();
  expect(await first.outcome).toMatchObject({ name: "AbortError" });
  expect(await speaking(mouth, "two").outcome).toBe("ended");
  expect(server.attempts).toBe(2);
  expect(server.talked[0]?.texts).toEqual(["one", "two"]);
});

test("the end of the call in mid-sentence closes every socket and leaves no timer behind", async () => {
  const { server, mouth, call, clock } = await bench();
  const reply = speaking(mouth, "a");
  await until(() => expect(server.talked[0]?.flushes).toBe(1));
  call.abort(new Error("hung up"));
  expect(String(await reply.outcome)).toBe("Error: hung up");
  expect(clock.pending).toBe(0);
  await until(() => expect(server.peers.map((peer) => peer.closed)).toEqual([1000, 1000]));
  expect(server.attempts).toBe(2);
  expect(String(await speaking(mouth, "b").outcome)).toBe("Error: hung up");
});

test("a call that ends while its sockets are still connecting leaves nothing behind", async () => {
  const { server, call, clock } = await bench();
  call.abort();
  expect(clock.pending).toBe(0);
  await clock.advance(60_000);
  expect(server.peers.flatMap((peer) => peer.raw)).toEqual([]);
});
