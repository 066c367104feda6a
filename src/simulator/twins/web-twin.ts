import type { AudioFormat } from "../../audio/format.ts";
import { upgrade, withWrongTicket } from "./dial.ts";
import { startTwin, type TwinCall, type TwinOptions, type TwinOutcome, twinCall } from "./twin.ts";
import { type Shown, webWire } from "./web-wire.ts";

export type WebTwinOptions = Omit<TwinOptions, "from" | "to"> & {
  /** `ws_url` of a session. */
  readonly wsUrl: string;
  /** µ-law at 8 kHz by default; `linear16` is sent and taken as little-endian. */
  readonly format?: AudioFormat;
  /** The page's, as a browser would say it; a program says none. */
  readonly origin?: string;
};

/** One web call, seen from the page. */
export type WebCall = TwinCall & {
  /** All that the page was given to show, in order. */
  readonly shown: readonly Shown[];
  /** Writes instead of saying. */
  write(text: string): void;
};

/** Opens a session's socket as a page does. Resolves once the stream is up or refused; look at `outcome`. */
export async function dialWeb(options: WebTwinOptions): Promise<WebCall> {
  const { log, reach, line } = startTwin(options);
  const { format = { encoding: "mulaw", rate: 8000 } } = options;
  const phone = line({
    format,
    frameMs: 20,
    clearWay: { finishesChunk: false, returnsMarks: true },
    flood: { aheadMs: 10_000 },
  });
  const shown: Shown[] = [];
  const wire = webWire(format, (one) => shown.push(one));
  const url = options.faults?.wrongTicket ? withWrongTicket(options.wsUrl) : options.wsUrl;
  const headers: Record<string, string> = options.origin === undefined ? {} : { Origin: options.origin };
  const upgraded = await upgrade(url, reach, headers, (socket) => {
    log.add({ kind: "upgraded" });
    phone.attach(socket, wire);
  });
  let outcome: TwinOutcome = { kind: "streaming" };
  if (upgraded.kind === "refused") {
    outcome = { kind: "upgrade-refused", status: upgraded.status };
    log.add({ kind: "refused", status: upgraded.status, why: upgraded.why });
    phone.abandon("the socket was refused");
    log.close();
  }
  const ended = phone.ended.then((end) => {
    outcome = { kind: "closed", ...end };
    log.close();
  });
  const call = twinCall(log, phone, {
    callSid: "",
    outcome: () => outcome,
    over: upgraded.kind === "refused" ? Promise.resolve() : ended,
    async redeemAgain() {
      const again = await upgrade(url, reach, headers, (socket) => socket.close(1000));
      return again.kind === "open" ? 101 : again.status;
    },
  });
  const write = (text: string): void => phone.sendRaw(JSON.stringify({ event: "text", text }));
  return Object.assign(call, { shown, write });
}
