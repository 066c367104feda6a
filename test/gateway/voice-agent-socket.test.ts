import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { web } from "../../src/carrier/web.ts";
import { MediaLine } from "../../src/gateway/media-line.ts";
import { type PcmPeer, PcmSocket } from "../../src/gateway/voice-agent-socket.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";

class Client extends EventEmitter implements PcmPeer {
  readonly OPEN = 1;
  readonly bufferedAmount = 0;
  readyState = 1;
  readonly sent: (string | Buffer)[] = [];
  closed: number | undefined;

  send(data: string | Buffer): void {
    this.sent.push(data);
  }
  close(code: number): void {
    this.closed = code;
  }
  says(what: Buffer | object | string): void {
    const text = typeof what === "string" ? what : JSON.stringify(what);
    this.emit("message", Buffer.isBuffer(what) ? what : Buffer.from(text), Buffer.isBuffer(what));
  }
}

/** A client in conversation, at 16 kHz: a second is 32 000 bytes. */
function conversation() {
  const clock = new VirtualClock();
  const client = new Client();
  const pcm = new PcmSocket(client, { encoding: "linear16", rate: 16000 }, clock);
  const begun: object[] = [];
  const line = new MediaLine(
    pcm,
    web({ publicUrl: "https://gw.example.test", origins: [] }),
    { clock, log: silentLog, meter: deafMeter },
    {
      begin: (started) => void begun.push(started),
      neverBegan: () => undefined,
      broken: (error) => {
        throw error;
      },
    },
  );
  const signals: object[] = [];
  const heard: Buffer[] = [];
  line.onSignal = (signal) => void signals.push(signal);
  line.onAudio = (payload) => void heard.push(Buffer.from(payload, "base64"));
  pcm.begin();
  signals.length = 0;
  const sound = (ms: number) => line.play(Buffer.alloc(ms * 32, 1).toString("base64"));
  return { clock, client, line, begun, signals, heard, sound };
}

test("S4.20: the stream begins by itself, as little-endian PCM16 at the rate that was configured", () => {
  const { begun } = conversation();
  expect(begun).toEqual([
    { kind: "started", streamId: "web", format: { encoding: "linear16", rate: 16000 }, params: {} },
  ]);
});

test("sound is heard byte for byte, samples that came in halves too", () => {
  const { client, heard } = conversation();
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, at) => at));
  for (const [from, to] of [
    [0, 3],
    [3, 4],
    [4, 33],
    [33, 33],
    [33, 64],
  ] as const)
    client.says(bytes.subarray(from, to));
  expect(Buffer.concat(heard)).toEqual(bytes);
  expect(heard.every(({ length }) => length % 2 === 0 && length > 0)).toBe(true);
});

test("sound is sent as it is, and a mark comes back when what is before it has been played", async () => {
  const { clock, client, line, signals, sound } = conversation();
  sound(400);
  line.mark("g1:0");
  sound(600);
  line.mark("g1:1");
  expect(client.sent).toEqual([Buffer.alloc(400 * 32, 1), Buffer.alloc(600 * 32, 1)]);
  await clock.advance(399);
  expect(signals).toEqual([]);
  await clock.advance(1);
  expect(signals).toEqual([{ kind: "played", mark: "g1:0" }]);
  await clock.advance(600);
  expect(signals.at(-1)).toEqual({ kind: "played", mark: "g1:1" });
});

test("what comes after a silence is played from then on, and a mark behind nothing comes back at once", async () => {
  const { clock, line, signals, sound } = conversation();
  sound(100);
  await clock.advance(500);
  sound(200);
  line.mark("g2:0");
  await clock.advance(199);
  expect(signals).toEqual([]);
  await clock.advance(1);
  line.mark("g2:1");
  await clock.advance(0);
  expect(signals).toEqual([
    { kind: "played", mark: "g2:0" },
    { kind: "played", mark: "g2:1" },
  ]);
});

test("clear is told, what was not played yet was never heard, and the next sound is played at once", async () => {
  const { clock, client, line, signals, sound } = conversation();
  sound(400);
  line.mark("g1:0");
  await clock.advance(100);
  line.clear();
  expect(JSON.parse(String(client.sent.at(-1)))).toEqual({ type: "clear" });
  sound(50);
  line.mark("g2:0");
  await clock.advance(50);
  expect(signals).toEqual([{ kind: "played", mark: "g2:0" }]);
  await clock.advance(1_000);
  expect(signals).toHaveLength(1);
});

test("what is said and how the agent is are told as JSON", () => {
  const { client, line } = conversation();
  line.show?.({ kind: "transcript", who: "user", text: "hello", final: true });
  line.show?.({ kind: "state", state: "thinking" });
  line.tell("cart", { items: 2 });
  expect(client.sent.map((text) => JSON.parse(String(text)))).toEqual([
    { type: "transcript", who: "user", text: "hello", final: true },
    { type: "state", state: "thinking" },
    { type: "event", name: "cart", data: { items: 2 } },
  ]);
});

test("words, keys and the end may be sent as JSON; anything else is answered with an error", () => {
  const { client, signals } = conversation();
  client.says({ type: "text", text: "How much?" });
  client.says({ type: "dtmf", digit: "5" });
  expect(client.sent).toEqual([]);
  for (const bad of ["{", "null", '{"type":"dance"}', '{"type":"text"}']) client.says(bad);
  expect(client.sent.map((text) => JSON.parse(String(text)).type)).toEqual(["error", "error", "error", "error"]);
  client.says({ type: "stop" });
  expect(signals).toEqual([
    { kind: "text", text: "How much?" },
    { kind: "key", digit: "5" },
    { kind: "line-over", how: "caller-hung-up", detail: "stop" },
  ]);
});

test("a client that goes ends the call, and leaves no timer behind", async () => {
  const { clock, client, line, signals, sound } = conversation();
  sound(400);
  line.mark("g1:0");
  client.readyState = 3;
  client.emit("close", 1006);
  expect(signals).toEqual([{ kind: "line-over", how: "carrier-lost", detail: "the socket closed with 1006" }]);
  expect(clock.pending).toBe(0);
});
