/** What the softphone needs of a telephone line. `twilio-line.ts` has one of Twilio's Voice SDK. */
export interface Line {
  /** Resolves once the call is on its way; rejects where no call can be. */
  call(to: string, microphone: string): Promise<LineCall>;
  /** The SDK loses up to a second of a call's sound while it takes a token. */
  renew(token: string): void;
  /** Ids of output devices, as the browser has them; empty: the usual one. Rejects where there is no such device any more. */
  chooseOutput(use: Output, device: string): Promise<void>;
  /** Hangs up, too. */
  close(): void;
}

export interface LineCall {
  /** Who rings. */
  readonly from: string;
  listen(listener: CallListener): void;
  accept(microphone: string): void;
  reject(): void;
  hangUp(): void;
  mute(muted: boolean): void;
  press(key: string): void;
}

export type Output = "speaker" | "ringtone";

/** Leave to call the default agent, and to be rung: what `POST /v1/softphone/token` answers. */
export type Pass = {
  readonly token: string;
  readonly identity?: string | undefined;
  /** Of a stand-in for Twilio. */
  readonly signalling?: string | undefined;
  readonly edge?: string | undefined;
};

/** With Twilio's own numbers (docs: Voice SDK error codes). */
export type Trouble = { readonly code: number; readonly message: string };

export type LineListener = {
  readonly onOnline: (identity: string) => void;
  /** Nobody can ring; it tries to come back by itself. */
  readonly onLost: () => void;
  readonly onTrouble: (trouble: Trouble) => void;
  /** The token is good for seconds more. */
  readonly onTokenEnds: () => void;
  readonly onRing: (call: LineCall) => void;
};

export type CallListener = {
  readonly onRinging: () => void;
  /** Both can hear each other. */
  readonly onUp: () => void;
  readonly onOver: () => void;
  readonly onTrouble: (trouble: Trouble) => void;
  /** 0 to 1, about 20 times a second: what the microphone hears and what the speaker says. */
  readonly onVolume: (own: number, theirs: number) => void;
  readonly onBroken: (broken: boolean) => void;
  /** In Twilio's word for it, such as `high-rtt`. */
  readonly onWarning: (name: string) => void;
};

/** Resolves before the line is online. Rejects where there can be none. */
export type OpenLine = (pass: Pass, listener: LineListener) => Promise<Line>;
