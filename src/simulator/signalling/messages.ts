import { z } from "zod";

const callsid = z.string();
const sdp = z.string();
const inviteWith = { callsid, sdp, twilio: z.object({ params: z.string().optional() }).optional() };

const fromBrowser = z.discriminatedUnion("type", [
  z.object({ type: z.literal("listen"), payload: z.object({ token: z.string() }) }),
  z.object({ type: z.literal("register"), payload: z.object({ media: z.object({ audio: z.boolean() }) }) }),
  z.object({ type: z.literal("invite"), payload: z.object({ ...inviteWith, reconnect: z.string().optional() }) }),
  z.object({ type: z.literal("answer"), payload: z.object({ callsid, sdp }) }),
  z.object({ type: z.literal("reject"), payload: z.object({ callsid }) }),
  z.object({ type: z.literal("hangup"), payload: z.object({ callsid, message: z.string().optional() }) }),
  z.object({ type: z.literal("dtmf"), payload: z.object({ callsid, dtmf: z.string() }) }),
  z.object({ type: z.literal("message"), payload: z.object({ callsid, voiceeventsid: z.string() }) }),
]);

/** What Twilio's Voice SDK (2.18) says on its socket. */
export type BrowserMessage = z.output<typeof fromBrowser>;
export type Invite = Extract<BrowserMessage, { type: "invite" }>["payload"];

/** What Twilio says to it, by type. */
export type TwilioMessages = {
  readonly connected: {
    readonly region: string;
    readonly edge: string;
    readonly home: string;
    readonly gateway: string;
    readonly token: { readonly identity: string; readonly ttl: number };
  };
  readonly ready: Readonly<Record<string, never>>;
  readonly offline: Readonly<Record<string, never>>;
  readonly error: { readonly error: { readonly code: number; readonly message: string } };
  readonly invite: {
    readonly callsid: string;
    readonly sdp: string;
    readonly parameters: Readonly<Record<"CallSid" | "From" | "To" | "AccountSid" | "Params", string>>;
  };
  readonly ringing: { readonly callsid: string };
  readonly answer: { readonly callsid: string; readonly sdp: string | null; readonly reconnect: string };
  readonly cancel: { readonly callsid: string };
  readonly hangup: { readonly callsid: string; readonly error?: { readonly code: number; readonly message: string } };
  readonly ack: { readonly acktype: "message"; readonly callsid: string; readonly voiceeventsid: string };
};

/** The version of the messages that the SDK speaks. */
const VERSION = "1.6";
/** Sent to keep the socket, and sent back by the SDK. */
export const HEARTBEAT = "\n";

export const written = <T extends keyof TwilioMessages>(type: T, payload: TwilioMessages[T]): string =>
  JSON.stringify({ type, version: VERSION, payload });

/** A message of the SDK's, or what is wrong with it. */
export function readMessage(text: string): BrowserMessage | { readonly why: string } {
  try {
    const parsed = fromBrowser.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : { why: z.prettifyError(parsed.error) };
  } catch {
    // Told to whoever sent it, like everything else that cannot be understood.
    return { why: "not JSON" };
  }
}
