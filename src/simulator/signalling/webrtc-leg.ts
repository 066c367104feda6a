import type { MediaStreamTrack, RTCPeerConnection } from "werift";
import type { Ids } from "../../kit/ids.ts";
import { FRAME_MS } from "../twins/handset.ts";
import { TelephoneEvents } from "./telephone-event.ts";

/** Of the two codecs that Chrome offers fixed, or always the same, numbers for. */
const PCMU = 0;
const TELEPHONE_EVENT = 126;
const RATE = 8000;
const SAMPLES_A_FRAME = (RATE / 1000) * FRAME_MS;

export type LegListener = {
  /** 20 ms of µ-law, as the browser sent it. */
  readonly onFrame: (frame: Buffer) => void;
  readonly onDigit: (digit: string) => void;
  /** The browser is there, or is no more. */
  readonly onState: (state: "connected" | "lost") => void;
};

/** Twilio's end of a browser's sound: PCMU both ways, which is also what media streams carry, so that nothing is transcoded. */
export class WebrtcLeg {
  /** Says 20 ms of µ-law. */
  readonly send: (frame: Buffer) => void;
  readonly #peer: RTCPeerConnection;
  readonly #track: MediaStreamTrack;

  private constructor(peer: RTCPeerConnection, track: MediaStreamTrack, send: (frame: Buffer) => void) {
    this.#peer = peer;
    this.#track = track;
    this.send = send;
  }

  static async open(ids: Ids, listener: LegListener): Promise<WebrtcLeg> {
    // Development's own: a gateway in production has no such package, nor any need of it.
    const { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, RtpHeader, RtpPacket } = await import("werift");
    const codec = (mimeType: string, payloadType: number, parameters?: string) =>
      new RTCRtpCodecParameters({
        mimeType,
        clockRate: RATE,
        channels: 1,
        payloadType,
        ...(parameters && { parameters }),
      });
    const peer = new RTCPeerConnection({
      iceServers: [],
      // A machine without a network has nothing else.
      iceAdditionalHostAddresses: ["127.0.0.1"],
      iceUseIpv6: false,
      bundlePolicy: "max-bundle",
      codecs: { audio: [codec("audio/PCMU", PCMU), codec("audio/telephone-event", TELEPHONE_EVENT, "0-16")] },
    });
    listen(peer, listener);
    const track = new MediaStreamTrack({ kind: "audio" });
    const ssrc = Math.floor(ids.chance() * 2 ** 32);
    let sequenceNumber = Math.floor(ids.chance() * 2 ** 16);
    let timestamp = Math.floor(ids.chance() * 2 ** 32);
    return new WebrtcLeg(peer, track, (frame) => {
      sequenceNumber = (sequenceNumber + 1) % 2 ** 16;
      timestamp = (timestamp + SAMPLES_A_FRAME) % 2 ** 32;
      track.writeRtp(new RtpPacket(new RtpHeader({ payloadType: PCMU, sequenceNumber, timestamp, ssrc }), frame));
    });
  }

  /** An offer with all candidates in it. */
  async offer(): Promise<string> {
    this.#peer.addTransceiver(this.#track, { direction: "sendrecv" });
    await this.#peer.setLocalDescription(await this.#peer.createOffer());
    return this.#description();
  }

  /** The browser's answer to our offer. */
  async accept(sdp: string): Promise<void> {
    await this.#peer.setRemoteDescription({ type: "answer", sdp });
  }

  /** Our answer to the browser's offer, with all candidates in it: the browser is found by what it sends. Rejects over a bad offer. */
  async answer(sdp: string): Promise<string> {
    await this.#peer.setRemoteDescription({ type: "offer", sdp });
    const [sound] = this.#peer.getTransceivers();
    if (!sound) throw new Error("an offer without sound");
    await sound.sender.replaceTrack(this.#track);
    sound.setDirection("sendrecv");
    await this.#peer.setLocalDescription(await this.#peer.createAnswer());
    return this.#description();
  }

  async close(): Promise<void> {
    await this.#peer.close();
  }

  #description(): string {
    const description = this.#peer.localDescription;
    if (!description) throw new Error("the leg was closed while it was being described");
    return description.sdp;
  }
}

function listen(peer: RTCPeerConnection, { onFrame, onDigit, onState }: LegListener): void {
  const events = new TelephoneEvents();
  peer.onTrack.subscribe((track) =>
    track.onReceiveRtp.subscribe(({ header, payload }) => {
      if (header.payloadType === PCMU) return onFrame(payload);
      const digit = header.payloadType === TELEPHONE_EVENT ? events.digit(payload, header.timestamp) : undefined;
      if (digit !== undefined) onDigit(digit);
    }),
  );
  peer.connectionStateChange.subscribe((state) => {
    if (state === "connected") onState("connected");
    else if (state === "disconnected" || state === "failed" || state === "closed") onState("lost");
  });
}
