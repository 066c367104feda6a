import type { LineEnd } from "./line.ts";
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
  },
  order: TwilioStreamOrder,
  signal: AbortSignal,
  onBegin: (phone: TwinCall) => void,
): Promise<LineEnd | "refused"> {
  const { callSid, accountSid, over } = call;
  const streamSid = `MZ${Buffer.from(twin.ids.secret()).toString("hex").slice(0, 32)}`;
  const phone = twin.line({ ...TWILIO_LINE, frameMs: 20 });
  let outcome: TwinOutcome = { kind: "streaming" };
  const redeemAgain = (): Promise<number> => Promise.reject(new Error("a cloud opens a stream once"));
  onBegin(twinCall(twin.log, phone, { callSid, outcome: () => outcome, over, redeemAgain }));
  const ids = { callSid, accountSid, streamSid };
  const stream = await openTwilioStream(
    { ...twin, ...call, ids, phone, signUpgrade: "right", wrongTicket: false },
    order,
  );
  if (stream.refused !== undefined) outcome = { kind: "upgrade-refused", status: stream.refused };
  const stop = (): void => phone.hangUp();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  const end = await stream.ended;
  signal.removeEventListener("abort", stop);
  if (end !== "refused") outcome = { kind: "closed", ...end };
  return end;
}
