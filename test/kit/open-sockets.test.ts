import { expect, test } from "vitest";
import { deafMeter } from "../../src/kit/meter.ts";
import { gaugedSockets } from "../../src/kit/open-sockets.ts";
import type { OpenSocket, SocketListener } from "../../src/kit/socket.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";

test("as many are open as were begun and have not ended; their listeners hear what they heard before", () => {
  const listeners: SocketListener[] = [];
  const open: OpenSocket = (_url, _headers, listener) => {
    listeners.push(listener);
    return { open: true, bufferedBytes: 0, send: () => {}, close: () => {} };
  };
  const gauged: (readonly [string, number])[] = [];
  const meter = { ...deafMeter, gauge: (name: string, value: number) => void gauged.push([name, value]) };
  const told: unknown[] = [];
  const openGauged = gaugedSockets(open, meter, "ear");
  const begin = () =>
    openGauged(
      "wss://x",
      {},
      { onText: (text) => told.push(text), onEnd: ({ code }) => told.push(code) },
      new VirtualClock(),
    );
  begin();
  begin();
  listeners[0]?.onText("hello");
  listeners[0]?.onEnd({ code: 1006, reason: "" });
  expect(gauged.map(([name]) => name)).toEqual(Array(3).fill("ear_sockets_open"));
  expect(gauged.map(([, value]) => value)).toEqual([1, 2, 1]);
  expect(told).toEqual(["hello", 1006]);
});
