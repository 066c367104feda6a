import type { CallLog, TwinEvent } from "./call-log.ts";
import type { Conference } from "./conference.ts";
import type { HttpAnswer } from "./dial.ts";
import { bridge, type Handset } from "./handset.ts";
import type { LineEnd } from "./line.ts";
import type { TwilioStreamOrder } from "./twilio-answer.ts";
import { callStream } from "./twilio-call-stream.ts";
import { StatusCallbacks, type WantedCallbacks } from "./twilio-callbacks.ts";
import { callResource, isOver, type TwilioStatus } from "./twilio-rest-wire.ts";
import { type Actor, fetchScript, obey, type Script } from "./twilio-verbs.ts";
import { twilioWebhooks } from "./twilio-webhooks.ts";
import type { StartedTwin, TwinCall } from "./twin.ts";

/** What happens at the other end when it is rung. Times are the twin's own. */
export type Pickup =
  /** `as`: what machine detection makes of it (`AnsweredBy`), `verdictMs` after the answer; 0 ms and `human` unless said. */
  | { readonly kind: "answers"; readonly afterMs?: number; readonly as?: string; readonly verdictMs?: number }
  | { readonly kind: "busy" | "failed"; readonly afterMs?: number }
  /** For as long as it rings unless `afterMs` says how long. */
  | { readonly kind: "no-answer"; readonly afterMs?: number }
  /** Somebody real decides. */
  | { readonly kind: "handset"; readonly handset: Handset };

/** The surroundings of a call: what the cloud does for it. */
export type CallHouse = {
  readonly accountSid: string;
  readonly authToken: string;
  room(name: string): Conference;
  pickup(number: string): Pickup;
  /** A call placed on behalf of another. */
  leg(parent: TwilioCloudCall, number: string, callerId: string): TwilioCloudCall;
};

export type CallFacts = {
  readonly callSid: string;
  readonly parentCallSid?: string;
  readonly from: string;
  readonly to: string;
  readonly direction: "inbound" | "outbound-api" | "outbound-dial";
  readonly status?: WantedCallbacks;
  /** Told by the browser that places the call, as fields of the first webhook, or to the browser where it rings. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Machine detection, and who is told; `async`: without waiting for it. */
  readonly detection?: { readonly async: boolean; readonly url: string | undefined };
};

const DETECTION_MS = 3000;

/** One call at Twilio, from the order or the ring to its end, whoever wants something of it. */
export class TwilioCloudCall implements Actor {
  readonly facts: CallFacts;
  readonly log: CallLog;
  readonly clock: Actor["clock"];
  /** Every media stream it has had, the present one last: through it the person at the telephone talks and listens. */
  readonly streams: TwinCall[] = [];
  /** Everything the carrier does about it is done. Never rejects. */
  readonly over: Promise<void>;
  status: TwilioStatus = "queued";
  answeredBy: string | undefined;
  readonly #twin: StartedTwin;
  readonly #house: CallHouse;
  readonly #webhooks: ReturnType<typeof twilioWebhooks>;
  #run = new AbortController();
  readonly #life = new AbortController();
  #close: () => void = () => {};
  readonly #callbacks: StatusCallbacks;
  readonly #doings: Promise<void>[] = [];
  #answeredMs: number | undefined;
  #endedMs: number | undefined;
  #handset: Handset | undefined;

  /** `handset`: of somebody real who places it. */
  constructor(twin: StartedTwin, house: CallHouse, facts: CallFacts, handset?: Handset) {
    this.facts = facts;
    this.log = twin.log;
    this.clock = twin.clock;
    this.#twin = twin;
    this.#house = house;
    const { accountSid, authToken } = house;
    const { callSid, from, to, direction, parentCallSid: ParentCallSid } = facts;
    const fields = ParentCallSid === undefined ? {} : { ParentCallSid };
    this.#webhooks = twilioWebhooks({
      ...twin,
      auth: { authToken, proof: "right" },
      facts: { callSid, accountSid, streamSid: "", from, to, direction, fields },
    });
    this.#callbacks = new StatusCallbacks(this.#webhooks, facts.status);
    this.over = new Promise((resolve) => {
      this.#close = resolve;
    });
    if (handset) this.#seize(handset);
  }

  get isOver(): boolean {
    return isOver(this.status);
  }

  /** Everything that happened, in order. */
  get events(): readonly TwinEvent[] {
    return this.log.events;
  }

  /** The first matching event from position `from` of the log on, past ones included; rejects with the log after `timeoutMs`. */
  waitFor(wanted: (event: TwinEvent) => boolean, timeoutMs: number, from?: number): Promise<TwinEvent> {
    return this.log.waitFor(wanted, timeoutMs, from);
  }

  /** Seconds since it was answered, up to its end. */
  get durationS(): number | undefined {
    if (this.#answeredMs === undefined) return this.isOver ? 0 : undefined;
    return Math.round(((this.#endedMs ?? this.clock.now()) - this.#answeredMs) / 1000);
  }

  /** As its REST resource. */
  get resource() {
    const { facts, status, answeredBy, durationS } = this;
    return callResource({
      ...facts,
      parentCallSid: facts.parentCallSid,
      accountSid: this.#house.accountSid,
      status,
      answeredBy,
      durationS,
    });
  }

  /** Rings at the other end; `true` once it is answered. */
  async ring(pickup: Pickup, timeoutS: number): Promise<boolean> {
    this.#become("initiated");
    this.#become("ringing");
    const outcome = await this.#outcome(pickup, timeoutS * 1000);
    if (this.isOver) return false;
    if (outcome !== "answered") {
      this.end(outcome);
      return false;
    }
    this.answer();
    const { detection } = this.facts;
    if (!detection) return true;
    const { as = "human", verdictMs = DETECTION_MS } = pickup.kind === "answers" ? pickup : {};
    const verdict = this.#detect(as, verdictMs, detection.url);
    if (!detection.async) await verdict;
    return !this.isOver;
  }

  async #outcome(pickup: Pickup, timeoutMs: number): Promise<"answered" | "busy" | "failed" | "no-answer"> {
    if (pickup.kind === "handset") return this.#ringHandset(pickup.handset, timeoutMs);
    const { kind, afterMs = kind === "no-answer" ? Number.POSITIVE_INFINITY : 0 } = pickup;
    await this.#wait(Math.min(afterMs, timeoutMs));
    if (afterMs > timeoutMs) return "no-answer";
    return kind === "answers" ? "answered" : kind;
  }

  async #ringHandset(handset: Handset, timeoutMs: number): Promise<"answered" | "busy" | "no-answer"> {
    this.#seize(handset);
    const patience = new AbortController();
    const cancel = this.clock.after(timeoutMs, () => patience.abort());
    const { callSid, from, to, parameters = {} } = this.facts;
    const signal = AbortSignal.any([patience.signal, this.#life.signal]);
    const outcome = await handset.ring({ callSid, from, to, parameters }, signal);
    cancel();
    return outcome;
  }

  #seize(handset: Handset): void {
    this.#handset = handset;
    void handset.hungUp.then(() => this.hangUp());
  }

  answer(): void {
    this.#answeredMs = this.clock.now();
    this.#become("in-progress");
  }

  /** Rings at the gateway, whose voice webhook this is. */
  arrive(url: string): Promise<void> {
    this.log.add({ kind: "ringing" });
    this.#become("ringing");
    return this.begin(url, "POST");
  }

  /** Fetches the first document and obeys. */
  async begin(url: string, method: string): Promise<void> {
    const { direction, parameters } = this.facts;
    const script = await fetchScript(this, url, method, direction === "inbound" ? parameters : {});
    if (this.isOver) return;
    if (!script) return this.end(this.status === "in-progress" ? "completed" : "failed");
    if (this.status !== "in-progress" && script.verbs[0]?.name !== "Reject") {
      const canHear = (await this.#handset?.answered(this.facts.callSid)) ?? true;
      if (this.isOver) return;
      if (!canHear) return this.end("failed");
      this.answer();
    }
    this.redirect(script);
  }

  /** Stops whatever the call is doing and obeys this from now on. */
  redirect(script: Script): void {
    this.#run.abort();
    this.#run = new AbortController();
    this.#doings.push(obey(this, script, AbortSignal.any([this.#run.signal, this.#life.signal])));
  }

  /** The person at this end hangs up. */
  hangUp(): void {
    this.end(this.#answeredMs === undefined && this.facts.direction !== "inbound" ? "busy" : "completed");
  }

  end(status: TwilioStatus): void {
    if (this.isOver) return;
    this.#endedMs = this.clock.now();
    this.#become(status);
    this.#life.abort();
    this.#handset?.over(status);
    void this.#settle();
  }

  /** Its `nth` stream, once that is up. Rejects as `waitFor` does. */
  async stream(nth = 1, timeoutMs = 5000): Promise<TwinCall> {
    const isUp = (): boolean => this.events.filter(({ kind }) => kind === "upgraded").length >= nth;
    await this.waitFor(isUp, timeoutMs);
    const stream = this.streams[nth - 1];
    if (!stream) throw new Error("a stream is up that never began");
    return stream;
  }

  connect(order: TwilioStreamOrder, signal: AbortSignal): Promise<LineEnd | "refused"> {
    const call = {
      ...this.#house,
      callSid: this.facts.callSid,
      webhooks: this.#webhooks,
      over: this.over,
      handset: this.#handset,
    };
    return callStream(this.#twin, call, order, signal, (phone) => this.streams.push(phone));
  }

  fetch(url: string, method: string, more: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    const answeredBy = this.answeredBy === undefined ? {} : { AnsweredBy: this.answeredBy };
    return this.#webhooks.send(url, method, { ...this.#webhooks.about(this.status), ...answeredBy, ...more });
  }

  async dial(number: string, how: Parameters<Actor["dial"]>[1]): ReturnType<Actor["dial"]> {
    const callerId = how.callerId ?? (this.facts.direction === "inbound" ? this.facts.from : this.facts.to);
    this.log.add({ kind: "dialled", number, callerId });
    const leg = this.#house.leg(this, number, callerId);
    const drop = (): void => leg.end(leg.status === "in-progress" ? "completed" : "canceled");
    how.signal.addEventListener("abort", drop, { once: true });
    void leg.ring(this.#house.pickup(number), how.timeoutS).then((answered) => {
      if (answered && this.#handset && leg.#handset) bridge(this.#handset, leg.#handset, leg.#life.signal);
    });
    await leg.over;
    this.log.add({ kind: "dial-ended", number, status: leg.status });
    return { status: leg.status, callSid: leg.facts.callSid, durationS: leg.durationS ?? 0 };
  }

  async join(...[room, manners, signal]: Parameters<Actor["join"]>): Promise<void> {
    const conference = this.#house.room(room);
    this.log.add({ kind: "joined", room });
    await conference.join(this.facts.callSid, manners, signal);
    this.log.add({ kind: "left", room });
  }

  async #detect(answeredBy: string, verdictMs: number, url: string | undefined): Promise<void> {
    await this.#wait(verdictMs);
    if (this.isOver) return;
    this.answeredBy = answeredBy;
    if (url === undefined) return;
    const { accountSid } = this.#house;
    const { callSid } = this.facts;
    const said = { CallSid: callSid, AccountSid: accountSid, AnsweredBy: answeredBy };
    await this.#webhooks.send(url, "POST", { ...said, MachineDetectionDuration: String(verdictMs) });
  }

  #become(status: TwilioStatus): void {
    this.status = status;
    this.log.add({ kind: "status", status });
    this.#callbacks.tell(status, this);
  }

  async #wait(ms: number): Promise<void> {
    // The call's end ends every wait; who waits looks whether it came.
    await this.clock.sleep(ms, this.#life.signal).catch(() => undefined);
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#doings);
    await this.#callbacks.done;
    this.log.close();
    this.#close();
  }
}
