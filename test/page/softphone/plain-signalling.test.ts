import { expect, onTestFinished, test } from "vitest";
import { openPlainly } from "../../../src/page/softphone/plain-signalling.ts";

test("sockets to the stand-in are plain, and all others stay what they are", () => {
  const Real = globalThis.WebSocket;
  onTestFinished(() => {
    globalThis.WebSocket = Real;
  });
  const opened: string[] = [];
  globalThis.WebSocket = class {
    constructor(url: string | URL) {
      opened.push(String(url));
    }
  } as unknown as typeof WebSocket;
  openPlainly("ws://127.0.0.1:8123/signal");
  for (const url of [
    "wss://127.0.0.1:8123/signal",
    "wss://127.0.0.1:8124/signal",
    "wss://voice-js.roaming.twilio.com/signal",
  ])
    new WebSocket(url);
  expect(opened).toEqual([
    "ws://127.0.0.1:8123/signal",
    "wss://127.0.0.1:8124/signal",
    "wss://voice-js.roaming.twilio.com/signal",
  ]);
});
