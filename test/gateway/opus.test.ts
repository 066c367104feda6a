import { expect, test, vi } from "vitest";
import { OpusStream } from "../../src/audio/opus.ts";
import { warmCall } from "../../src/call/call.ts";
import { recorded } from "../carrier/fixtures.ts";
import { speech } from "./speech.ts";
import { create, join, sessionWorld } from "./web.ts";
import type { Peer, ScriptedCall, World } from "./world.ts";

const PACKETS = recorded("opus-en-question.txt");
const OPUS = { event: "start", start: { mediaFormat: { encoding: "audio/opus", sampleRate: 48000, channels: 1 } } };
const packet = (payload: string, timestamp?: number) => ({ event: "media", media: { payload, timestamp } });
const base64 = (...bytes: readonly number[]) => Buffer.from(bytes).toString("base64");
/** 20 ms each, of a kind that says how many frames there are, and then does not hold them. */
const DAMAGED = base64(3, 0x82, 200, 1);

async function talking(): Promise<{ at: World; peer: Peer; call: ScriptedCall }> {
  const at = await sessionWorld();
  const peer = await join(at, await create(at), OPUS);
  const [call] = at.calls;
  if (!call) throw new Error("no call was warmed");
  return { at, peer, call };
}

const pcmOf = ({ heard }: ScriptedCall) => heard.map((payload) => Buffer.from(payload, "base64"));

test("S0.27: packets of Opus are heard as PCM16 at 16 kHz, the first ones too, which come while the decoder is made", async () => {
  const { peer, call } = await talking();
  peer.send(...PACKETS.map((payload, index) => packet(payload, index * 20)));
  await vi.waitFor(() => expect(call.heard).toHaveLength(PACKETS.length));
  expect(call.signals).toEqual([{ kind: "started", format: { encoding: "linear16", rate: 16000 } }]);
  const stream = await OpusStream.open();
  const wanted = PACKETS.map((payload) =>
    stream.decode({ bytes: Buffer.from(payload, "base64"), ms: 20, whole: true }),
  );
  stream.free();
  expect(pcmOf(call)).toEqual(wanted);
});

test("silence stands for a packet that was left out, and for one that is damaged, which is counted", async () => {
  const { at, peer, call } = await talking();
  const [first = "", second = "", third = ""] = PACKETS;
  peer.send(packet(first, 0), packet(second, 120), packet(DAMAGED, 140), packet(third, 160));
  await vi.waitFor(() => expect(call.heard).toHaveLength(5));
  expect(pcmOf(call).map((pcm) => [pcm.length, pcm.some((byte) => byte !== 0)])).toEqual([
    [640, true],
    [3200, false],
    [640, true],
    [640, false],
    [640, true],
  ]);
  expect(await at.counted("line_messages_malformed")).toBe(1);
});

test("what is no packet is counted and not heard: too short, too long to be one, or longer than 60 ms", async () => {
  const { at, peer, call } = await talking();
  const [first = ""] = PACKETS;
  const long = Buffer.alloc(1_501, 1).toString("base64");
  for (const payload of ["====", long, base64((31 << 3) | 3, 6, 0, 0, 0, 0, 0, 0), first]) peer.send(packet(payload));
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
  expect(await at.counted("line_messages_malformed")).toBe(3);
  peer.send(...Array.from({ length: 20 }, () => packet(long)));
  expect(await peer.closed).toBe(1008);
});

test("small packets with much sound in them come no faster than time", async () => {
  const { at, peer, call } = await talking();
  // 60 ms of silence in four bytes: half a minute is 500 of them.
  const silent = base64((1 << 3) | 3, 3, 0, 0, 0);
  await vi.waitFor(() => expect(call.signals).toHaveLength(1));
  peer.send(...Array.from({ length: 510 }, () => packet(silent)));
  await vi.waitFor(async () => expect(await at.counted("line_messages_malformed")).toBe(10));
  expect(call.heard).toHaveLength(500);
});

test("the decoder is let go of with the line, however early the line ends", async () => {
  const freed = vi.spyOn(OpusStream.prototype, "free");
  const { peer, call } = await talking();
  peer.send(packet(PACKETS[0] ?? ""));
  await vi.waitFor(() => expect(call.heard).toHaveLength(1));
  expect(freed).not.toHaveBeenCalled();
  peer.send({ event: "stop" });
  await peer.closed;
  expect(freed).toHaveBeenCalledOnce();

  const hasty = await talking();
  hasty.peer.send({ event: "stop" });
  await hasty.peer.closed;
  await vi.waitFor(() => expect(freed).toHaveBeenCalledTimes(2));
  freed.mockRestore();
});

test("a decoder that cannot be made ends its own call, and says so", async () => {
  const broken = vi.spyOn(OpusStream, "open").mockRejectedValue(new Error("no WebAssembly"));
  const { at, peer } = await talking();
  expect(await peer.closed).toBe(1011);
  await vi.waitFor(() => expect(at.memory.ends()).toEqual(["failed"]));
  broken.mockRestore();
});

test("what is heard is what the journal keeps, and what is said goes out as PCM16", async () => {
  const { stt, tts, told } = speech();
  const at = await sessionWorld({ warmCall, stt, tts, recordAudio: true });
  const peer = await join(at, await create(at, { greeting: "Hi" }), OPUS);
  peer.send(...PACKETS.slice(0, 3).map((payload) => packet(payload)));
  await vi.waitFor(() => expect(told.heard).toHaveLength(3));
  const journalled = at.memory.journal.flatMap(({ entry }) => ("audio" in entry ? [entry.audio] : []));
  expect(journalled).toEqual(told.heard);
  expect(told.heard.every((payload) => Buffer.from(payload, "base64").length === 640)).toBe(true);
  await vi.waitFor(() => expect(peer.messages.some((text) => text.includes('"media"'))).toBe(true));
  const [sound] = peer.messages.map((text) => JSON.parse(text)).filter(({ event }) => event === "media");
  expect(sound.media.payload).toBe(told.spoken[0]);
});
