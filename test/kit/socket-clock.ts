import { setImmediate as turn } from "node:timers/promises";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";

/** Well within one heartbeat of a socket. */
const STEP_MS = 2500;

/** Time that real sockets can follow: every ping that falls due is answered before the next one is. */
export class SocketClock extends VirtualClock {
  override async advance(ms: number): Promise<void> {
    const until = this.now() + ms;
    do {
      await super.advance(Math.min(STEP_MS, until - this.now()));
      for (let turns = 0; turns < 4; turns += 1) await turn();
    } while (this.now() < until);
  }
}
