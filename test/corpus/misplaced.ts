import type { WireLine } from "./scene.ts";

const eventOf = (line: WireLine): string =>
  "message" in line && "event" in line.message ? String(line.message.event) : "closed";

/** So many messages of each sort stand where they do not belong. */
const MANY = 25;

/** A carrier's messages in the wrong places besides: sound, a key and a mark before the start, and after the stop. */
export function misplaced(log: readonly WireLine[]): readonly WireLine[] {
  const sound = log.filter((line) => eventOf(line) === "media").slice(-MANY);
  const streamSid = log.flatMap((line) =>
    "message" in line && "streamSid" in line.message ? [line.message.streamSid] : [],
  )[0];
  const key = { event: "dtmf", sequenceNumber: "1", streamSid, dtmf: { track: "inbound_track", digit: "9" } };
  const mark = { event: "mark", sequenceNumber: "2", streamSid, mark: { name: "g1:0" } };
  const start = log.findIndex((line) => eventOf(line) === "start");
  const stop = log.findIndex((line) => eventOf(line) === "stop");
  const at = (index: number): readonly WireLine[] => {
    const { atMs = 0 } = log[index] ?? {};
    return [...sound, { atMs, message: key }, { atMs, message: mark }].map((line) => ({ ...line, atMs }));
  };
  return [...log.slice(0, start), ...at(start), ...log.slice(start, stop + 1), ...at(stop), ...log.slice(stop + 1)];
}
