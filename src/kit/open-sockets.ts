import type { Meter } from "./meter.ts";
import type { OpenSocket } from "./socket.ts";

/** The same, with a gauge `<name>_sockets_open` of those that were begun and have not ended. */
export function gaugedSockets(open: OpenSocket, meter: Meter, name: string): OpenSocket {
  let count = 0;
  const changed = (by: number): void => {
    count += by;
    meter.gauge(`${name}_sockets_open`, count);
  };
  return (url, headers, listener, ...rest) => {
    const onEnd: typeof listener.onEnd = (end) => {
      changed(-1);
      listener.onEnd(end);
    };
    const socket = open(url, headers, { ...listener, onEnd }, ...rest);
    changed(1);
    return socket;
  };
}
