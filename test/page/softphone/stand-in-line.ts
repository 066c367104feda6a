import { VirtualClock } from "../../../src/kit/virtual-clock.ts";
import type { CallListener, Line, LineCall, LineListener, Output, Pass } from "../../../src/page/softphone/line.ts";
import { Softphone } from "../../../src/page/softphone/softphone.ts";

/** A call of the stand-in's: what was done with it, and its other end. */
export class StandInCall implements LineCall {
  readonly from: string;
  /** What the softphone did with it, in order. */
  readonly done: string[] = [];
  hears: CallListener | undefined;

  constructor(from = "") {
    this.from = from;
  }

  listen(listener: CallListener): void {
    this.hears = listener;
  }

  get there(): CallListener {
    if (!this.hears) throw new Error("nobody listens to the call");
    return this.hears;
  }

  accept(microphone: string): void {
    this.done.push(`accept ${microphone}`.trim());
  }

  reject(): void {
    this.done.push("reject");
    this.hears?.onOver();
  }

  hangUp(): void {
    this.done.push("hang up");
    this.hears?.onOver();
  }

  mute(muted: boolean): void {
    this.done.push(muted ? "mute" : "unmute");
  }

  press(key: string): void {
    this.done.push(`key ${key}`);
  }
}

export class StandInLine implements Line {
  readonly pass: Pass;
  readonly there: LineListener;
  readonly calls: { readonly to: string; readonly microphone: string; readonly call: StandInCall }[] = [];
  readonly renewed: string[] = [];
  readonly outputs: string[] = [];
  isClosed = false;
  /** Why the next call, or device, cannot be had. */
  refusal: Error | undefined;
  /** What has to be done before a call is on its way. */
  before: Promise<void> = Promise.resolve();

  constructor(pass: Pass, listener: LineListener) {
    this.pass = pass;
    this.there = listener;
  }

  async call(to: string, microphone: string): Promise<StandInCall> {
    const call = new StandInCall();
    this.calls.push({ to, microphone, call });
    await this.before;
    if (this.refusal) throw this.refusal;
    return call;
  }

  renew(token: string): void {
    this.renewed.push(token);
  }

  async chooseOutput(use: Output, device: string): Promise<void> {
    if (this.refusal) throw this.refusal;
    this.outputs.push(`${use} ${device}`.trim());
  }

  close(): void {
    this.isClosed = true;
  }
}

/** What lets promises that are fulfilled already go on. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A softphone on stand-in lines, whose tokens are numbered. */
export function standInPhone() {
  const clock = new VirtualClock();
  const lines: StandInLine[] = [];
  const asked: (string | undefined)[] = [];
  const world: { isConnected: boolean; refusal: Error | undefined; passes: Promise<void> } = {
    isConnected: true,
    refusal: undefined,
    passes: Promise.resolve(),
  };
  const phone = new Softphone({
    clock,
    isConnected: () => world.isConnected,
    async fetchPass(identity) {
      asked.push(identity);
      const token = `token ${asked.length}`;
      await world.passes;
      if (world.refusal) throw world.refusal;
      return { token };
    },
    async openLine(pass, listener) {
      const line = new StandInLine(pass, listener);
      lines.push(line);
      return line;
    },
  });
  const line = (): StandInLine => {
    const last = lines.at(-1);
    if (!last) throw new Error("no line was opened");
    return last;
  };
  const online = async (): Promise<void> => {
    await phone.goOnline();
    line().there.onOnline("asha");
  };
  const talking = async (): Promise<StandInCall> => {
    await phone.dial();
    const call = line().calls.at(-1)?.call;
    if (!call) throw new Error("no call was placed");
    call.there.onUp();
    return call;
  };
  const log = (): readonly string[] => phone.log.entries.value.map(({ text }) => text);
  return { phone, clock, lines, asked, world, line, online, talking, log };
}
