const DIGITS = "0123456789*#ABCD";
const END = 0x80;

/** Keys as RTP carries them (RFC 4733): a row of packets with one timestamp each, whose end is sent several times. */
export class TelephoneEvents {
  #told: number | undefined;

  /** The key of a packet that is the first to say that it was let go. */
  digit(packet: Buffer, timestamp: number): string | undefined {
    const [event = 0, flags = 0] = packet;
    if (packet.length < 4 || (flags & END) === 0 || timestamp === this.#told) return undefined;
    this.#told = timestamp;
    return DIGITS[event];
  }
}
