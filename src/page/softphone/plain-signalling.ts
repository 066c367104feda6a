/**
 * Twilio's Voice SDK opens `wss:` only. A stand-in on this machine has no certificate: its host is asked by `ws:`, which browsers let
 * pages do with their own machine. Before the SDK is loaded, which takes hold of `WebSocket` then.
 */
export function openPlainly(signalling: string): void {
  const asked = signalling.replace(/^ws:/, "wss:");
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(String(url) === asked ? signalling : url, protocols);
    }
  };
}
