export type TwilioSignalling = {
  /** Where calls enter Twilio's network; the nearest place unless set. */
  readonly edge: string | undefined;
  /** Of a stand-in for Twilio. */
  readonly signallingUrl: string | undefined;
};

/** Where Twilio's Voice SDK opens its socket, as origins of sockets. It speaks TLS only; with a stand-in our page sees to that. */
export function signallingOrigins({ edge = "roaming", signallingUrl }: TwilioSignalling): readonly string[] {
  const hosts = ["roaming", edge].map((place) => `voice-js.${place}.twilio.com`);
  const origins = hosts.map((host) => `wss://${host}`);
  if (signallingUrl !== undefined) origins.push(new URL(signallingUrl).origin);
  return [...new Set(origins)];
}
