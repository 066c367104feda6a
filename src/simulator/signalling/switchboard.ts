import type { Caller } from "../twins/twilio-cloud.ts";
import type { Pickup } from "../twins/twilio-cloud-call.ts";
import { INVALID } from "./access-token.ts";
import { BrowserHandset, type HandsetParts } from "./browser-handset.ts";
import type { BrowserMessage, Invite } from "./messages.ts";
import type { Leaving, SignallingSocket } from "./signalling-socket.ts";

/** Fields of a webhook that are Twilio's to say. A browser may say whom it calls, and anything else. */
const TWILIOS_OWN =
  /^(AccountSid|ApiVersion|ApplicationSid|CallSid|CallStatus|Direction|ForwardedFrom|(From|To|Caller|Called)([A-Z]\w*)?)$/;
const NOT_FOUND = { code: 31404, message: "Not Found" };
const NOT_ACCEPTABLE = { code: 31488, message: "Not Acceptable Here" };

export type SwitchboardParts = HandsetParts & {
  readonly appSid: string;
  /** A call comes in from a browser. */
  readonly callIn: (caller: Caller) => void;
};

/** Which browsers may be rung, and what calls they are in. */
export class Switchboard {
  readonly #parts: SwitchboardParts;
  readonly #registered = new Map<string, SignallingSocket>();
  readonly #handsets = new Set<BrowserHandset>();

  constructor(parts: SwitchboardParts) {
    this.#parts = parts;
  }

  /** Identities that may be rung. Of two browsers with one identity the one that registered last is. */
  get registered(): readonly string[] {
    return [...this.#registered.keys()];
  }

  /** What becomes of a call to `client:<identity>`. Twilio, too, waits for nobody who is not there. */
  pickup(identity: string): Pickup {
    const socket = this.#registered.get(identity);
    return socket ? { kind: "handset", handset: this.#handset(socket) } : { kind: "no-answer", afterMs: 0 };
  }

  take(message: Exclude<BrowserMessage, { type: "listen" }>, socket: SignallingSocket): void {
    switch (message.type) {
      case "register":
        return this.#register(socket, message.payload.media.audio);
      case "invite":
        return this.#invite(message.payload, socket);
      case "answer":
        return void this.#called(message.payload.callsid)?.pickedUp(message.payload.sdp);
      case "reject":
        return this.#called(message.payload.callsid)?.turnedDown();
      case "hangup":
        return this.#called(message.payload.callsid)?.left();
      case "dtmf":
        return this.#called(message.payload.callsid)?.press(message.payload.dtmf);
      case "message":
        return socket.tell("ack", { acktype: "message", ...message.payload });
      default: {
        message satisfies never;
      }
    }
  }

  /** `expired`: nobody rings it any more, what it is in goes on. `gone`: its page was closed. */
  leave(socket: SignallingSocket, why: Leaving): void {
    this.#unregister(socket);
    if (why !== "expired") for (const handset of this.#handsets) handset.lost(socket, why === "gone");
  }

  #register(socket: SignallingSocket, audio: boolean): void {
    const { admission } = socket;
    this.#unregister(socket);
    if (audio && admission?.mayBeRung) this.#registered.set(admission.identity, socket);
    socket.tell(audio ? "ready" : "offline", {});
  }

  #unregister(socket: SignallingSocket): void {
    for (const [identity, there] of this.#registered) if (there === socket) this.#registered.delete(identity);
  }

  #invite(invite: Invite, socket: SignallingSocket): void {
    const { callsid, reconnect } = invite;
    if (reconnect === undefined) return void this.#place(invite, socket);
    if (!this.#called(callsid)?.rejoin(socket, reconnect)) socket.tell("hangup", { callsid, error: NOT_FOUND });
  }

  async #place({ callsid, sdp, twilio }: Invite, socket: SignallingSocket): Promise<void> {
    const { admission } = socket;
    if (!admission?.mayCall) return socket.tell("hangup", { callsid, error: INVALID });
    const handset = this.#handset(socket);
    try {
      await handset.place(callsid, sdp);
    } catch (error) {
      // It may be none since the browser has hung up by now.
      if (handset.isOver) return;
      handset.left();
      return socket.tell("hangup", { callsid, error: { ...NOT_ACCEPTABLE, message: String(error) } });
    }
    if (handset.isOver) return;
    const said = Object.fromEntries(new URLSearchParams(twilio?.params));
    const others = Object.entries(said).filter(([name]) => !TWILIOS_OWN.test(name));
    const parameters = { ...Object.fromEntries(others), ApplicationSid: this.#parts.appSid };
    this.#parts.callIn({ from: `client:${admission.identity}`, to: said["To"] ?? "", handset, parameters });
  }

  #handset(socket: SignallingSocket): BrowserHandset {
    for (const handset of this.#handsets) if (handset.isOver) this.#handsets.delete(handset);
    const handset = new BrowserHandset(this.#parts, socket);
    this.#handsets.add(handset);
    return handset;
  }

  #called(callSid: string): BrowserHandset | undefined {
    return [...this.#handsets].find((handset) => handset.goesBy(callSid));
  }
}
