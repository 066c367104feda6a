import { once } from "node:events";
import library from "twilio";
import { afterEach, vi } from "vitest";
import { type RawData, WebSocket } from "ws";
import type { CallParts, Line, LineSignal, Order, WarmCall } from "../../src/call/call.ts";
import type { Dial } from "../../src/carrier/carrier.ts";
import { exotel } from "../../src/carrier/exotel.ts";
import { twilio } from "../../src/carrier/twilio.ts";
import { twilioTokens } from "../../src/carrier/twilio-token.ts";
import { web } from "../../src/carrier/web.ts";
import type { AgentProfile, Agents } from "../../src/dialog/dialog.ts";
import { createGateway, type Gateway, type GatewayParts } from "../../src/gateway/gateway.ts";
import { createMetrics } from "../../src/gateway/metrics.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { silentLog } from "../../src/kit/log.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { CallEnd } from "../../src/record/record.ts";
import { Memory } from "./memory.ts";

export const PUBLIC = "https://voice.example.test";
export const TOKEN = "0123456789abcdef0123456789abcdef";
export const PAIR = { user: "stream", password: "stream-secret" };
export const basic = `Basic ${Buffer.from(`${PAIR.user}:${PAIR.password}`).toString("base64")}`;

/** Of an account whose browsers may call. */
export const SOFTPHONE = {
  accountSid: "AC00000000000000000000000000000001",
  apiKeySid: "SK00000000000000000000000000000001",
  apiKeySecret: "softphone-secret-0123456789abcdef",
  twimlAppSid: "AP00000000000000000000000000000001",
  edge: undefined,
  signallingUrl: undefined,
};

export const AGENT: AgentProfile = {
  name: "front-desk",
  greeting: "",
  language: "hi-IN",
  listensFor: "unknown",
  voice: { language: "hi-IN", model: "bulbul:v3", speaker: "shubh" },
  dialog: {
    async *reply() {},
  },
  phrases: { stillThere: ["?"], goodbye: ".", tooLong: ".", sayAgain: "?", oneMoment: "One moment." },
  limits: { maxDurationMs: 600_000, silenceMs: 30_000 },
};

const cardOf = ({ name, greeting, language, listensFor, voice, limits }: AgentProfile) => ({
  ...{ name, greeting, language, listensFor, voice, limits },
});

/** One agent for everybody. */
export const agentsOf = (agent: AgentProfile): Agents => ({
  forNumber: () => agent,
  named: (name) => (name === agent.name ? agent : undefined),
  all: () => [{ ...cardOf(agent), numbers: [], dialog: { kind: "echo" }, speakers: [], isDefault: true }],
  compose: () => ({ kind: "composed", agent }),
  voiceComplaints: () => [],
});

/** A conversation that does what its test tells it, and otherwise ends as its line ends. */
export class ScriptedCall implements WarmCall {
  readonly heard: string[] = [];
  readonly signals: LineSignal[] = [];
  readonly parts: CallParts;
  readonly signal: AbortSignal;
  line: Line | undefined;
  end: (end: CallEnd) => void = () => {};
  /** Thrown when the next frame of audio comes. */
  bug: Error | undefined;
  /** Written when the call is ended from outside, as a conversation writes down the turn that was open. */
  lastTurn: number | undefined;
  deafToDrain = false;

  constructor(parts: CallParts, signal: AbortSignal) {
    this.parts = parts;
    this.signal = signal;
  }

  run(line: Line): Promise<CallEnd> {
    this.line = line;
    return new Promise((resolve, reject) => {
      this.end = resolve;
      this.signal.addEventListener("abort", () => {
        // A conversation lets its reply end first, and is not called upon in the same breath.
        queueMicrotask(() => {
          if (this.lastTurn !== undefined) this.turn(this.lastTurn, "hello");
          reject(this.signal.reason);
        });
      });
      line.onAudio = (payload) => {
        if (this.bug) throw this.bug;
        this.heard.push(payload);
      };
      line.onSignal = (signal) => {
        this.signals.push(signal);
        if (signal.kind === "line-over") resolve({ how: signal.how, detail: signal.detail });
        if (signal.kind === "drain-forced" && !this.deafToDrain) resolve({ how: "drain-forced", detail: "told to" });
      };
    });
  }

  readonly orders: Order[] = [];
  /** Orders are noted and not carried out, as while words are still to be said. */
  holdsOrders = false;
  order(order: Order): void {
    this.orders.push(order);
    if (order.do === "end" && !this.holdsOrders) this.end(order.end);
  }

  turn(seq: number, userText: string): void {
    const texts = { agentGenerated: "a", agentSent: "a", agentHeard: "a" };
    const turn = { seq, userText, ...texts, interrupted: false, startedMs: 0, metrics: {} };
    this.parts.write({ kind: "turn", turn });
  }
}

export type World = {
  readonly gateway: Gateway;
  readonly origin: string;
  readonly clock: VirtualClock;
  readonly memory: Memory;
  readonly calls: ScriptedCall[];
  readonly hungUp: string[];
  /** Calls that were placed. */
  readonly dialled: Dial[];
  /** `durvani_<name>` summed over its labels. */
  counted(name: string): Promise<number>;
};

const open: { readonly gateway: Gateway; readonly clock: VirtualClock }[] = [];
afterEach(async () => {
  for (const { gateway, clock } of open.splice(0)) {
    let closed = false;
    const closing = gateway.close().then(() => {
      closed = true;
    });
    // What a test left behind may wait for time to pass.
    while (!closed) await clock.advance(1000);
    await closing;
  }
});

type Answers = {
  /** What a carrier answers to an order to dial. */
  readonly dial?: (order: Dial) => Promise<{ readonly carrierCallId: string }>;
  /** And to one to hang up, once it is noted. */
  readonly hangUp?: () => Promise<void>;
};

export async function world(changes: Partial<GatewayParts> = {}, answers: Answers = {}): Promise<World> {
  const clock = new VirtualClock();
  const memory = new Memory();
  const calls: ScriptedCall[] = [];
  const hungUp: string[] = [];
  const dialled: Dial[] = [];
  const meter = createMetrics(silentLog);
  const dial = async (order: Dial) => {
    dialled.push(order);
    if (answers.dial) return answers.dial(order);
    return { carrierCallId: `CA${String(dialled.length).padStart(32, "d")}` };
  };
  const hangUp = async (id: string) => {
    hungUp.push(id);
    await answers.hangUp?.();
  };
  const unused = () => {
    throw new Error("no provider is opened by a scripted call");
  };
  const gateway = await createGateway({
    clock,
    ids: randomIds(() => clock.wall()),
    log: silentLog,
    meter,
    stt: { listen: unused },
    tts: { open: unused },
    agents: agentsOf(AGENT),
    apology: () => ({ text: "sorry", audio: Buffer.alloc(0) }),
    warmCall: (parts, _format, signal) => {
      const call = new ScriptedCall(parts, signal);
      calls.push(call);
      return call;
    },
    ...memory.parts(),
    carriers: (publicUrl) => [
      { dialect: twilio({ authToken: TOKEN, publicUrl }), hangUp, dial },
      { dialect: exotel({ ...PAIR, allowedIps: [], minFrameBytes: 3200 }), hangUp },
      { dialect: web({ publicUrl, origins: ["https://shop.example.test"] }) },
    ],
    softphoneToken: twilioTokens(SOFTPHONE),
    publicUrl: PUBLIC,
    maxCalls: 0,
    recordAudio: false,
    trustProxy: [],
    keys: [],
    ratePerMinute: 600,
    askApplication: async () => undefined,
    webhookRules: { allowPrivate: false, httpsOnly: true },
    corsOrigins: [],
    frameAncestors: [],
    signallingOrigins: [],
    pagesFolder: "/nowhere/page",
    openOnLoopback: false,
    ...changes,
  });
  const origin = await gateway.listen("127.0.0.1", 0);
  open.push({ gateway, clock });
  const counted = async (name: string) => {
    const { body } = await meter.read();
    const values = body.matchAll(new RegExp(`^durvani_${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"));
    return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
  };
  return { gateway, origin, clock, memory, calls, hungUp, dialled, counted };
}

// --- Twilio, as it speaks to us ---

export const SID = "CA00000000000000000000000000000001";
export const ringForm = (callSid = SID) => ({ CallSid: callSid, From: "+919800000001", To: "+918000000002" });

export function post(
  { origin }: Pick<World, "origin">,
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const signature = library.getExpectedTwilioSignature(TOKEN, PUBLIC + path, form);
  return fetch(origin + path, {
    method: "POST",
    body: new URLSearchParams(form),
    headers: { "x-twilio-signature": signature, ...headers },
  });
}

/** Rings and answers with the path of the media socket that the TwiML names. */
export async function ring(at: Pick<World, "origin">, callSid = SID): Promise<string> {
  const answer = await (await post(at, "/twilio/voice", ringForm(callSid))).text();
  const path = /url="wss:\/\/voice\.example\.test(\/twilio\/media\/[^"]+)"/.exec(answer)?.[1];
  if (!path) throw new Error(`no stream in ${answer}`);
  return path;
}

/** A carrier's socket. `closed` resolves with the close code, whichever way it went. */
export class Peer {
  readonly socket: WebSocket;
  readonly messages: string[] = [];
  readonly closed: Promise<number>;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: RawData) => this.messages.push(String(data)));
    // Told by `closed` as well.
    socket.on("error", () => {});
    this.closed = once(socket, "close").then(([code]) => Number(code));
  }

  send(...messages: readonly object[]): void {
    for (const message of messages) this.socket.send(JSON.stringify(message));
  }
}

/** Opens a media socket; rejects with the HTTP status when the upgrade is refused. */
export function dial(
  { origin }: Pick<World, "origin">,
  path: string,
  headers: Record<string, string> = {},
): Promise<Peer> {
  const socket = new WebSocket(origin.replace("http", "ws") + path, { headers });
  const peer = new Peer(socket);
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(peer));
    socket.once("unexpected-response", (request, response) => {
      request.destroy();
      reject(new Error(String(response.statusCode)));
    });
  });
}

export const start = (callSid = SID) => ({
  event: "start",
  sequenceNumber: "1",
  streamSid: "MZ1",
  start: {
    accountSid: "AC1",
    streamSid: "MZ1",
    callSid,
    tracks: ["inbound"],
    mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
    customParameters: {},
  },
});

export const media = (atMs: number, payload = Buffer.alloc(160, 0x11).toString("base64")) => ({
  event: "media",
  streamSid: "MZ1",
  media: { track: "inbound", chunk: "1", timestamp: String(atMs), payload },
});

export const stop = { event: "stop", sequenceNumber: "9", streamSid: "MZ1", stop: { accountSid: "AC1", callSid: SID } };

/** A call in conversation. */
export async function connect(
  at: World,
  callSid = SID,
  { holdsOrders = false } = {},
): Promise<{ readonly peer: Peer; readonly call: ScriptedCall }> {
  const path = await ring(at, callSid);
  const call = at.calls.at(-1);
  if (call) call.holdsOrders = holdsOrders;
  const peer = await dial(at, path);
  peer.send({ event: "connected", protocol: "Call", version: "1.0.0" }, start(callSid));
  await vi.waitFor(() => {
    if (!call?.signals.some(({ kind }) => kind === "started")) throw new Error("not started yet");
  });
  if (!call) throw new Error("no call was warmed");
  return { peer, call };
}
