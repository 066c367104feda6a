import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, RtpHeader } from "werift";
import { WebSocket } from "ws";
import { twilioTokens } from "../../src/carrier/twilio-token.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { everyFrame } from "../../src/simulator/twins/handset.ts";
import { until } from "../rig.ts";

export const ACCOUNT = {
  accountSid: `AC${"0".repeat(31)}a`,
  authToken: "0123456789abcdef0123456789abcdef",
  apiKeySid: `SK${"0".repeat(31)}b`,
  apiKeySecret: "an-api-key-secret-0123456789abcd",
  appSid: `AP${"0".repeat(31)}c`,
} as const;

/** A token as our gateway gives it out. */
export function tokenFor(identity: string, settings: Partial<typeof ACCOUNT> = {}, ttlSeconds = 600): string {
  const { appSid: twimlAppSid, ...keys } = { ...ACCOUNT, ...settings };
  const made = twilioTokens({ ...keys, twimlAppSid, edge: undefined, signallingUrl: undefined })({
    identity,
    ttlSeconds,
    incoming: true,
  });
  if (made.kind !== "made") throw new Error(`not set up: ${made.missing}`);
  return made.token;
}

// biome-ignore lint/suspicious/noExplicitAny: the messages of another program, looked at field by field.
type Payload = any;

const SILENT = Buffer.alloc(160, 0xff);

/** Twilio's Voice SDK as its wire knows it, and the browser's sound under it. */
export class FakeSoftphone {
  /** What Twilio said, in order, heartbeats aside. */
  readonly told: { readonly type: string; readonly payload: Payload }[] = [];
  heartbeats = 0;
  closed = false;
  readonly #socket: WebSocket;

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.on("close", () => {
      this.closed = true;
    });
    this.#socket.on("message", (data) => {
      if (String(data) === "\n") this.heartbeats += 1;
      else this.told.push(JSON.parse(String(data)));
    });
  }

  static async open(url: string, token: string): Promise<FakeSoftphone> {
    const phone = new FakeSoftphone(url);
    await phone.up();
    phone.say("listen", { token, browserinfo: {}, reconnectTimeout: 0 });
    return phone;
  }

  get types(): readonly string[] {
    return this.told.map(({ type }) => type);
  }

  async up(): Promise<void> {
    await new Promise((resolve, reject) => this.#socket.once("open", resolve).once("error", reject));
  }

  say(type: string, payload: object): void {
    this.raw(JSON.stringify({ type, version: "1.6", payload }));
  }

  raw(text: string): void {
    this.#socket.send(text);
  }

  hears(type: string): Promise<Payload> {
    return until(`“${type}” among ${this.types}`, () => this.told.find((one) => one.type === type)?.payload);
  }

  /** As `connect({params})`. */
  async call(params: Readonly<Record<string, string>> = {}, ownSid = "TJ0001"): Promise<BrowserSound> {
    const sound = new BrowserSound();
    const sdp = await sound.offer();
    this.say("invite", { callsid: ownSid, sdp, twilio: { params: new URLSearchParams(params).toString() } });
    return sound;
  }

  async register(): Promise<void> {
    await this.hears("connected");
    this.say("register", { media: { audio: true } });
    await this.hears("ready");
  }

  /** As `call.accept()`. */
  async pickUp(): Promise<BrowserSound> {
    const { callsid, sdp } = await this.hears("invite");
    const sound = new BrowserSound();
    this.say("answer", { callsid, sdp: await sound.answer(sdp) });
    return sound;
  }

  close(code?: number): void {
    this.#socket.close(code);
  }
}

/** The browser's end of the sound: PCMU each 20 ms, silence when there is nothing to say, and keys. */
export class BrowserSound {
  /** Payloads as they came. */
  readonly heard: Buffer[] = [];
  readonly #peer: RTCPeerConnection;
  readonly #track = new MediaStreamTrack({ kind: "audio" });
  readonly #queue: Buffer[] = [];
  #sequenceNumber = 0;
  #timestamp = 0;
  #stop: () => void = () => {};

  constructor() {
    const codec = (mimeType: string, payloadType: number) =>
      new RTCRtpCodecParameters({ mimeType, clockRate: 8000, channels: 1, payloadType });
    this.#peer = new RTCPeerConnection({
      iceServers: [],
      iceAdditionalHostAddresses: ["127.0.0.1"],
      iceUseIpv6: false,
      codecs: { audio: [codec("audio/PCMU", 0), codec("audio/telephone-event", 126)] },
    });
    this.#peer.onTrack.subscribe((track) => track.onReceiveRtp.subscribe(({ payload }) => this.heard.push(payload)));
    this.#peer.connectionStateChange.subscribe((state) => {
      if (state === "connected")
        this.#stop = everyFrame(systemClock, () => this.#send(0, this.#queue.shift() ?? SILENT));
    });
  }

  async offer(): Promise<string> {
    this.#peer.addTransceiver(this.#track, { direction: "sendrecv" });
    await this.#peer.setLocalDescription(await this.#peer.createOffer());
    return this.#peer.localDescription?.sdp ?? "";
  }

  async accept(sdp: string): Promise<void> {
    await this.#peer.setRemoteDescription({ type: "answer", sdp });
  }

  async answer(sdp: string): Promise<string> {
    await this.#peer.setRemoteDescription({ type: "offer", sdp });
    const [sound] = this.#peer.getTransceivers();
    await sound?.sender.replaceTrack(this.#track);
    sound?.setDirection("sendrecv");
    await this.#peer.setLocalDescription(await this.#peer.createAnswer());
    return this.#peer.localDescription?.sdp ?? "";
  }

  /** Says this, 160 bytes a frame. */
  speak(audio: Buffer): void {
    for (let at = 0; at < audio.length; at += 160) this.#queue.push(audio.subarray(at, at + 160));
  }

  /** Presses a key as browsers do: three packets while it is down, three that say it was let go, all with one timestamp. */
  press(event: number): void {
    const timestamp = this.#timestamp;
    for (const end of [0, 0, 0, 0x80, 0x80, 0x80])
      this.#packet(126, timestamp, Buffer.from([event, end | 10, 3, 0x20]));
    this.#timestamp += 800;
  }

  get heardBytes(): Buffer {
    return Buffer.concat(this.heard);
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#peer.close();
  }

  #send(payloadType: number, payload: Buffer): void {
    this.#timestamp += 160;
    this.#packet(payloadType, this.#timestamp, payload);
  }

  /** Past the sender, which gives every packet of its track one codec. */
  #packet(payloadType: number, timestamp: number, payload: Buffer): void {
    const [sender] = this.#peer.getSenders();
    if (!sender) throw new Error("nobody sends yet");
    this.#sequenceNumber += 1;
    const header = new RtpHeader({
      payloadType,
      sequenceNumber: this.#sequenceNumber,
      timestamp,
      ssrc: sender.ssrc,
      marker: false,
    });
    void sender.dtlsTransport.sendRtp(payload, header);
  }
}
