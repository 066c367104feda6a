import { FRAME_MS, type Handset, type Party } from "./handset.ts";
import type { Line, LineEnd } from "./line.ts";
import type { TwilioStreamOrder } from "./twilio-answer.ts";
import { openTwilioStream, TWILIO_LINE, type TwilioStreamParts } from "./twilio-stream.ts";
import { type StartedTwin, type TwinCall, type TwinOutcome, twinCall } from "./twin.ts";

/**
 * One media stream of a call that may have several. `onBegin` is given the telephone's end of it before it is up. Resolves when
 * it is over; `signal` ends it as Twilio does when the call goes on to something else.
 */
export async function callStream(
  twin: StartedTwin,
  call: Pick<TwilioStreamParts, "webhooks" | "authToken"> & {
    readonly callSid: string;
    readonly accountSid: string;
    readonly over: Promise<void>;
    /** Who talks and listens, if it is somebody real. */
    readonly handset: Handset | undefined;
  },
  order: TwilioStreamOrder,
  signal: AbortSignal,
  onBegin: (phone: TwinCall) => void,
): Promise<LineEnd | "refused"> {
  const { callSid, accountSid, over, handset } = call;
  const streamSid = `MZ${Buffer.from(twin.ids.secret()).toString("hex").slice(0, 32)}`;
  const phone = twin.line({ ...TWILIO_LINE, frameMs: FRAME_MS, live: handset !== undefined });
  let outcome: TwinOutcome = { kind: "streaming" };
  const redeemAgain = (): Promise<number> => Promise.reject(new Error("a cloud opens a stream once"));
  onBegin(twinCall(twin.log, phone, { callSid, outcome: () => outcome, over, redeemAgain }));
  const ids = { callSid, accountSid, streamSid };
  const stream = await openTwilioStream(
    { ...twin, ...call, ids, phone, signUpgrade: "right", wrongTicket: false },
    order,
  );
  if (stream.refused !== undefined) outcome = { kind: "upgrade-refused", status: stream.refused };
  const parted = new AbortController();
  handset?.talk(partyOn(phone), parted.signal);
  const stop = (): void => phone.hangUp();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  const end = await stream.ended;
  signal.removeEventListener("abort", stop);
  parted.abort();
  if (end !== "refused") outcome = { kind: "closed", ...end };
  return end;
}

/** Whoever is at the other end of the stream, to a real person. */
const partyOn = (line: Line): Party => ({
  hear: (frame) => line.carry(frame),
  key: (digit) => line.press(digit),
  speak: (untilMs) => line.playback.between(untilMs - FRAME_MS, untilMs),
});
