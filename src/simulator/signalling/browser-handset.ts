import { silenceByte } from "../../audio/format.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";
import { everyFrame, type Handset, type Party, type RingingCall } from "../twins/handset.ts";
import type { TwilioStatus } from "../twins/twilio-rest-wire.ts";
import { TWILIO_LINE } from "../twins/twilio-stream.ts";
import type { SignalledError } from "./access-token.ts";
import type { SignallingSocket } from "./signalling-socket.ts";
import { WebrtcLeg } from "./webrtc-leg.ts";

export type HandsetParts = { readonly clock: Clock; readonly ids: Ids; readonly accountSid: string };

/** A browser that is silent for so long before anybody heard it never will be heard. */
const MEDIA_MS = 10_000;
/** How long a call goes on whose browser has lost its signalling (the SDK's longest `maxCallSignalingTimeoutMs`). */
const SIGNALLING_MS = 30_000;
const SILENCE = Buffer.alloc(160, silenceByte(TWILIO_LINE.format));

/** What a browser is told of calls that came to nothing. */
const ERRORS: Partial<Record<TwilioStatus, SignalledError>> = {
  busy: { code: 31486, message: "Busy Here" },
  "no-answer": { code: 31480, message: "Temporarily Unavailable" },
  failed: { code: 31000, message: "Application Error" },
};

/** One call of one browser: it rings or was placed there, is talked through over WebRTC, and ends on either side. */
export class BrowserHandset implements Handset {
  readonly hungUp: Promise<void>;
  readonly #parts: HandsetParts;
  readonly #reconnect: string;
  #socket: SignallingSocket;
  #leg: WebrtcLeg | undefined;
  /** Names of the call: the browser's own while it places one, Twilio's once it knows. The last is the one it goes by. */
  readonly #names: string[] = [];
  #phase: "placed" | "ringing" | "up" | "over" = "placed";
  #answer = "";
  #party: Party | undefined;
  #hangUp: () => void = () => {};
  #decide: (outcome: "answered" | "busy" | "no-answer") => void = () => {};
  readonly #media: Promise<boolean>;
  #mediaState: (there: boolean) => void = () => {};
  #stopTalking: () => void = () => {};
  #stopWaiting: () => void = () => {};

  constructor(parts: HandsetParts, socket: SignallingSocket) {
    this.#parts = parts;
    this.#socket = socket;
    this.#reconnect = parts.ids.secret();
    this.hungUp = new Promise((resolve) => {
      this.#hangUp = resolve;
    });
    this.#media = new Promise((resolve) => {
      this.#mediaState = resolve;
    });
  }

  get isOver(): boolean {
    return this.#phase === "over";
  }

  goesBy(callSid: string): boolean {
    return this.#names.includes(callSid);
  }

  /** The browser places a call, under a name of its own. Rejects over a description of its sound that is none. */
  async place(ownSid: string, offer: string): Promise<void> {
    this.#names.push(ownSid);
    const leg = await this.#open();
    this.#answer = await leg.answer(offer);
  }

  async answered(callSid: string): Promise<boolean> {
    this.#names.push(callSid);
    this.#phase = "up";
    this.#socket.tell("ringing", { callsid: callSid });
    this.#socket.tell("answer", { callsid: callSid, sdp: this.#answer, reconnect: this.#reconnect });
    return this.#mediaUp();
  }

  async ring(call: RingingCall, signal: AbortSignal): Promise<"answered" | "busy" | "no-answer"> {
    const { callSid, from, to, parameters } = call;
    this.#names.push(callSid);
    this.#phase = "ringing";
    const leg = await this.#open();
    const sdp = await leg.offer();
    const decided = new Promise<"answered" | "busy" | "no-answer">((resolve) => {
      this.#decide = resolve;
    });
    const giveUp = (): void => {
      if (this.#phase === "ringing") this.#socket.tell("cancel", { callsid: callSid });
      this.#finish();
      this.#decide("no-answer");
    };
    if (signal.aborted) giveUp();
    else {
      signal.addEventListener("abort", giveUp, { once: true });
      const Params = new URLSearchParams(parameters).toString();
      const told = { CallSid: callSid, From: from, To: to, AccountSid: this.#parts.accountSid, Params };
      this.#socket.tell("invite", { callsid: callSid, sdp, parameters: told });
    }
    const outcome = await decided;
    signal.removeEventListener("abort", giveUp);
    return outcome;
  }

  /** The browser picks up. */
  async pickedUp(sdp: string): Promise<void> {
    if (this.#phase !== "ringing" || !this.#leg) return;
    this.#phase = "up";
    // Through a description that is none nobody is ever heard.
    const isUp = await this.#leg.accept(sdp).then(
      () => this.#mediaUp(),
      () => false,
    );
    this.#decide(isUp ? "answered" : "no-answer");
  }

  /** The browser turns the call down. */
  turnedDown(): void {
    if (this.#phase !== "ringing") return;
    this.#finish();
    this.#decide("busy");
  }

  /** The browser hangs up, and need not be told so. */
  left(): void {
    this.#finish();
    this.#decide("no-answer");
    this.#hangUp();
  }

  press(digits: string): void {
    for (const digit of digits) this.#party?.key(digit);
  }

  /** Its socket is gone; what is up waits for the browser to come back, unless that is gone, too. */
  lost(socket: SignallingSocket, forGood: boolean): void {
    if (socket !== this.#socket || this.isOver) return;
    if (this.#phase !== "up" || forGood) return this.left();
    this.#stopWaiting();
    this.#stopWaiting = this.#parts.clock.after(SIGNALLING_MS, () => this.left());
  }

  /** The browser comes back on another socket; answers whether it showed the right token. */
  rejoin(socket: SignallingSocket, reconnect: string): boolean {
    const callsid = this.#names.at(-1) ?? "";
    if (reconnect !== this.#reconnect || this.#phase !== "up") return false;
    this.#stopWaiting();
    this.#socket = socket;
    socket.tell("answer", { callsid, sdp: null, reconnect });
    return true;
  }

  talk(party: Party, signal: AbortSignal): void {
    this.#party = party;
    const part = (): void => {
      if (this.#party === party) this.#party = undefined;
    };
    signal.addEventListener("abort", part, { once: true });
    if (signal.aborted) part();
  }

  over(status: TwilioStatus): void {
    if (this.isOver) return;
    const error = ERRORS[status];
    this.#socket.tell("hangup", { callsid: this.#names.at(-1) ?? "", ...(error && { error }) });
    this.#finish();
  }

  async #open(): Promise<WebrtcLeg> {
    const { ids, clock } = this.#parts;
    const leg = await WebrtcLeg.open(ids, {
      onFrame: (frame) => this.#party?.hear(frame),
      onDigit: (digit) => this.press(digit),
      onState: (state) => {
        this.#mediaState(state === "connected");
        if (state === "lost") return this.#hangUp();
        this.#stopTalking();
        this.#stopTalking = everyFrame(clock, (untilMs) => leg.send(this.#party?.speak(untilMs) ?? SILENCE));
      },
    });
    this.#leg = leg;
    if (this.isOver) this.#finish();
    return leg;
  }

  async #mediaUp(): Promise<boolean> {
    const cancel = this.#parts.clock.after(MEDIA_MS, () => this.#mediaState(false));
    const isUp = await this.#media;
    cancel();
    return isUp;
  }

  #finish(): void {
    this.#phase = "over";
    this.#stopTalking();
    this.#stopWaiting();
    this.#mediaState(false);
    void this.#leg?.close();
  }
}
