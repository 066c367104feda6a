import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { type AgentOptions, type AgentPorts, ConversationAgent } from "../../src/page/client/agent.ts";
import type {
  EncoderEvents,
  Microphone,
  Network,
  OpenSocket,
  Opus,
  Socket,
  SocketEvents,
  Speaker,
} from "../../src/page/client/ports.ts";
import type { Previous, Session } from "../../src/page/client/session.ts";
import type { TelemetryEvent } from "../../src/page/client/telemetry.ts";

/** One socket that the client opened, seen from the gateway. */
export type Peer = Socket & {
  readonly url: string;
  readonly sent: readonly Record<string, unknown>[];
  closedWith: number | undefined;
  bufferedAmount: number;
  opens(): void;
  says(message: object | string): void;
  closes(code: number, reason?: string): void;
};

export type StandInMicrophone = Microphone & {
  readonly on: boolean;
  hears(samples?: Int16Array): void;
};

export type StandInSpeaker = Speaker & {
  readonly on: boolean;
  readonly heard: readonly (Int16Array | string)[];
  /** What is cleared gives its marks back only with `plays()`: messages between threads take their time. */
  late: boolean;
  /** Everything is heard now, up to and with the last mark. */
  plays(): void;
  level(rms: number): void;
};

/** As long as a microphone's frame at 16 kHz; loud. */
export const frame = (value = 8_000): Int16Array => new Int16Array(320).fill(value);

export function standInMicrophone(refusal?: Error): StandInMicrophone {
  let take: ((samples: Int16Array) => void) | undefined;
  return {
    get on() {
      return take !== undefined;
    },
    async start(_rate, frame) {
      if (refusal) throw refusal;
      take = frame;
    },
    stop() {
      take = undefined;
    },
    hears: (samples = frame()) => take?.(samples),
  };
}

export function standInSpeaker(): StandInSpeaker {
  let events: Parameters<Speaker["start"]>[1] | undefined;
  let marks: string[] = [];
  const heard: (Int16Array | string)[] = [];
  const giveBack = (): void => {
    for (const mark of marks.splice(0)) events?.played(mark);
  };
  return {
    heard,
    late: false,
    get on() {
      return events !== undefined;
    },
    async start(_rate, given) {
      events = given;
      marks = [];
    },
    play: (samples) => void heard.push(samples),
    mark: (name) => void marks.push(name),
    clear() {
      heard.push("cleared");
      if (!this.late) giveBack();
    },
    stop() {
      events = undefined;
    },
    plays: giveBack,
    level: (rms) => events?.level(rms),
  };
}

/** One encoder that was opened. */
export type StandInEncoder = EncoderEvents & { readonly rate: number; open: boolean };

/** Packets are the first sample of what is in them, and where it was. */
export function standInOpus(supported = true): Opus & { readonly encoders: readonly StandInEncoder[] } {
  const encoders: StandInEncoder[] = [];
  return {
    encoders,
    supports: async () => supported,
    open(rate, events) {
      const encoder = { ...events, rate, open: true };
      encoders.push(encoder);
      return {
        encode: ([first = 0], atMs) => events.packet(Uint8Array.of(first >> 8, first & 0xff), atMs),
        close: () => {
          encoder.open = false;
        },
      };
    },
  };
}

export type StandInNetwork = Network & { goes(online: boolean): void };

export function standInNetwork(): StandInNetwork {
  const listeners = new Set<(online: boolean) => void>();
  let online = true;
  return {
    get online() {
      return online;
    },
    onChange(then) {
      listeners.add(then);
      return () => listeners.delete(then);
    },
    goes(now) {
      online = now;
      for (const listener of [...listeners]) listener(now);
    },
  };
}

/** An agent whose world is made of stand-ins, and what became of it. */
export type Desk = {
  readonly agent: ConversationAgent;
  readonly clock: VirtualClock;
  readonly peers: readonly Peer[];
  readonly microphone: StandInMicrophone;
  readonly speaker: StandInSpeaker;
  readonly network: StandInNetwork;
  readonly telemetry: readonly TelemetryEvent[];
  /** What `connect` was asked with. */
  readonly asked: readonly (Previous | undefined)[];
  /** The newest socket. */
  peer(): Peer;
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>;
  /** Starts, and lets the gateway open the socket and listen. */
  begin(): Promise<void>;
};

export type DeskOptions = Partial<AgentOptions> & { readonly microphone?: StandInMicrophone; readonly opus?: Opus };

export function desk({ microphone = standInMicrophone(), opus, ...options }: DeskOptions = {}): Desk {
  const clock = new VirtualClock();
  const peers: Peer[] = [];
  const asked: (Previous | undefined)[] = [];
  const telemetry: TelemetryEvent[] = [];
  const speaker = standInSpeaker();
  const network = standInNetwork();
  const connect = async (previous?: Previous): Promise<Session> => {
    asked.push(previous);
    return options.connect
      ? options.connect(previous)
      : { id: `call_${asked.length}`, ws_url: `wss://gateway/${asked.length}` };
  };
  const openSocket: OpenSocket = (url, events) => {
    const peer = peerOf(url, events);
    peers.push(peer);
    return peer;
  };
  const ports: AgentPorts = { openSocket, clock, network, microphone, speaker, ...(opus && { opus }) };
  const agent = new ConversationAgent(
    { telemetryCallback: (event) => telemetry.push(event), ...options, connect },
    ports,
  );
  const at: Desk = {
    ...{ agent, clock, peers, microphone, speaker, network, telemetry, asked },
    peer() {
      const peer = peers.at(-1);
      if (!peer) throw new Error("no socket was opened");
      return peer;
    },
    settle: () => clock.advance(0),
    async begin() {
      const started = agent.start();
      await at.settle();
      at.peer().opens();
      await started;
      at.peer().says({ event: "state", state: "listening" });
    },
  };
  return at;
}

function peerOf(url: string, events: SocketEvents): Peer {
  const sent: Record<string, unknown>[] = [];
  return {
    url,
    sent,
    closedWith: undefined,
    bufferedAmount: 0,
    send: (text) => void sent.push(JSON.parse(text)),
    close(code) {
      this.closedWith = code;
    },
    opens: () => events.opened(),
    says: (message) => events.message(typeof message === "string" ? message : JSON.stringify(message)),
    closes(code, reason = "") {
      if (code === 1006) events.failed();
      events.closed(code, reason);
    },
  };
}

/** What the gateway was sent of one kind. */
export const sentTo = ({ sent }: Peer, event: string) => sent.filter((message) => message["event"] === event);

/** The sound that the gateway was sent, message by message. */
export const soundTo = (peer: Peer): readonly Buffer[] =>
  sentTo(peer, "media").map(({ media }) => Buffer.from((media as { payload: string }).payload, "base64"));

/** A sound of the agent's, as the gateway sends it. */
export const spoken = (samples: Int16Array): object => ({
  event: "media",
  media: { payload: Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString("base64") },
});
