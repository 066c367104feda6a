import { computed, signal } from "@preact/signals";
import type { Clock } from "../client/ports.ts";
import { numberOf } from "../ui/format.ts";
import { type Complaint, callComplaint, lineComplaint, OFFLINE, openingComplaint, UNREACHABLE } from "./complaint.ts";
import type { Line, LineCall, LineListener, OpenLine, Output, Pass, Trouble } from "./line.ts";
import { Logbook } from "./logbook.ts";
import { type CallPhase, PhoneCall } from "./phone-call.ts";

export type Standing =
  | "offline"
  /** On the way to be online, for the first time or again. */
  | "opening"
  | "online";

export type Phase = Standing | Exclude<CallPhase, "over">;

export type SoftphoneParts = {
  readonly clock: Clock;
  readonly openLine: OpenLine;
  /** A fresh one each time, for `identity` where there is one already. Rejects with what refuses it. */
  readonly fetchPass: (identity: string | undefined) => Promise<Pass>;
  /** As the browser knows it. */
  readonly isConnected: () => boolean;
};

const EXPIRED = 20104;

/** A telephone as the page shows it. Nothing of it throws or rejects: what goes wrong is in `complaint`. */
export class Softphone {
  readonly standing = signal<Standing>("offline");
  readonly call = signal<PhoneCall | undefined>(undefined);
  readonly phase = computed<Phase>(() => {
    const phase = this.call.value?.phase.value ?? "over";
    return phase === "over" ? this.standing.value : phase;
  });
  /** Whom others ring, after `client:`. */
  readonly identity = signal<string | undefined>(undefined);
  readonly number = signal("");
  readonly complaint = signal<Complaint | undefined>(undefined);
  readonly log: Logbook;
  /** The id of an input device; empty: the usual one. */
  readonly microphone = signal("");
  readonly outputs = { speaker: signal(""), ringtone: signal("") };
  readonly #parts: SoftphoneParts;
  #line: Line | undefined;
  #pass: Pass | undefined;
  /** Another one each time it goes online, and none when it is not to: what comes for an older one comes too late. */
  #stay: object | undefined;
  #tokenIs: "fresh" | "ending" | "expired" = "fresh";
  /** In this stay: a token that never was any good is not worth another one. */
  #wasOnline = false;

  constructor(parts: SoftphoneParts) {
    this.#parts = parts;
    this.log = new Logbook(parts.clock);
  }

  async goOnline(): Promise<void> {
    if (this.standing.value !== "offline") return;
    this.standing.value = "opening";
    this.complaint.value = undefined;
    const stay = {};
    this.#stay = stay;
    this.#wasOnline = false;
    try {
      this.#pass = await this.#parts.fetchPass(this.identity.value);
      if (this.#stay !== stay) return;
      this.#tokenIs = "fresh";
      const line = await this.#parts.openLine(this.#pass, this.#listener(stay));
      if (this.#stay !== stay) return line.close();
      this.#line = line;
      for (const use of ["speaker", "ringtone"] as const) if (this.outputs[use].value !== "") void this.#useOutput(use);
    } catch (error) {
      if (this.#stay === stay) this.#fail(openingComplaint(error));
    }
  }

  goOffline(): void {
    if (this.standing.value === "offline") return;
    this.call.value?.hangUp();
    this.#leave();
    this.complaint.value = undefined;
    this.log.write("Offline");
  }

  /** Calls `number`. Which agent answers is the gateway's to say. */
  async dial(): Promise<void> {
    const line = this.#line;
    if (!line || this.phase.value !== "online") return;
    const to = this.number.value.trim();
    this.complaint.value = undefined;
    this.log.write(to === "" ? "Calling the agent" : `Calling ${numberOf(to)}`);
    const call = this.#begin(to);
    try {
      call.attach(await line.call(to, this.microphone.value));
    } catch (error) {
      // Whoever has hung up meanwhile knows.
      if (this.call.value !== call) return;
      this.complaint.value = callComplaint(error);
      call.onOver();
    }
  }

  accept(): void {
    this.complaint.value = undefined;
    this.call.value?.accept(this.microphone.value);
  }

  /** Dials before a call, and tells the agent during it. */
  press(key: string): void {
    if (this.call.value) this.call.value.press(key);
    else this.number.value += key;
  }

  async chooseOutput(use: Output, device: string): Promise<void> {
    this.outputs[use].value = device;
    await this.#useOutput(use);
  }

  #listener(stay: object): LineListener {
    const now =
      <Given extends readonly unknown[]>(hear: (...given: Given) => void) =>
      (...given: Given): void => {
        if (this.#stay === stay) hear(...given);
      };
    return {
      onOnline: now((identity) => this.#online(identity)),
      onLost: now(() => this.#lost()),
      onTrouble: now((trouble) => this.#troubled(trouble)),
      onTokenEnds: now(() => {
        this.#tokenIs = "ending";
        if (this.call.value) this.log.write("The token ends soon: the next one waits for the end of the call");
        void this.#renew(stay);
      }),
      onRing: now((call) => this.#rung(call)),
    };
  }

  #online(identity: string): void {
    if (this.standing.value === "online") return;
    this.standing.value = "online";
    this.#wasOnline = true;
    this.identity.value = identity;
    if (this.complaint.value === OFFLINE || this.complaint.value === UNREACHABLE) this.complaint.value = undefined;
    this.log.write(`Online as client:${identity}`);
  }

  #lost(): void {
    if (this.standing.value === "online") this.log.write("Twilio cannot be reached, trying again");
    this.standing.value = "opening";
    this.#missTwilio();
  }

  #missTwilio(): void {
    if (this.standing.value === "opening") this.complaint.value = this.#parts.isConnected() ? UNREACHABLE : OFFLINE;
  }

  #troubled(trouble: Trouble): void {
    const complaint = lineComplaint(trouble);
    if (complaint === undefined) return this.#missTwilio();
    this.log.write(`Error ${trouble.code}: ${trouble.message}`);
    if (!this.#wasOnline) return this.#fail(complaint);
    if (trouble.code !== EXPIRED) {
      this.complaint.value = complaint;
      return;
    }
    this.#tokenIs = "expired";
    if (this.#stay) void this.#renew(this.#stay);
  }

  #rung(call: LineCall): void {
    if (this.call.value) return call.reject();
    this.log.write(`Call from ${numberOf(call.from)}`);
    this.complaint.value = undefined;
    this.#begin(call.from, call);
  }

  #begin(peer: string, ringing?: LineCall): PhoneCall {
    const stay = this.#stay;
    const call: PhoneCall = new PhoneCall(
      {
        clock: this.#parts.clock,
        write: (text) => this.log.write(text),
        onTrouble: (trouble) => {
          this.complaint.value = callComplaint(trouble);
        },
        onOver: () => {
          if (this.call.value === call) this.call.value = undefined;
          if (stay && this.#stay === stay) void this.#renew(stay);
        },
      },
      peer,
      ringing,
    );
    this.call.value = call;
    return call;
  }

  /**
   * Between calls only: the SDK loses sound while it takes a token. One that ran out in a call took our registration with it, so that
   * the line is opened anew.
   */
  async #renew(stay: object): Promise<void> {
    if (this.#tokenIs === "fresh" || this.call.value) return;
    if (this.#tokenIs === "expired") {
      this.#leave();
      return this.goOnline();
    }
    try {
      const pass = await this.#parts.fetchPass(this.identity.value);
      if (this.#stay !== stay || this.call.value || !this.#line) return;
      // Whoever has no other one would be asked again at once, and forever.
      if (pass.token === this.#pass?.token) return;
      this.#pass = pass;
      this.#tokenIs = "fresh";
      this.#line.renew(pass.token);
      this.log.write("The token was renewed");
    } catch (error) {
      // The old one may still do for a call; its end is told.
      if (this.#stay === stay) this.complaint.value = openingComplaint(error);
    }
  }

  async #useOutput(use: Output): Promise<void> {
    try {
      await this.#line?.chooseOutput(use, this.outputs[use].value);
    } catch {
      this.outputs[use].value = "";
      this.log.write(`The chosen device cannot be the ${use}: the usual one is`);
    }
  }

  #fail(complaint: Complaint): void {
    this.call.value?.hangUp();
    this.#leave();
    this.complaint.value = complaint;
  }

  #leave(): void {
    this.#stay = undefined;
    this.standing.value = "offline";
    this.#line?.close();
    this.#line = undefined;
  }
}
