/** What the client needs of the world around it. In a browser, `browser-*.ts`; in a test, whatever it likes. */

export type SocketEvents = {
  readonly opened: () => void;
  readonly message: (text: string) => void;
  /** Browsers do not tell pages why. `closed` follows. */
  readonly failed: () => void;
  /** Once, and the last of all. Without `opened` before it, the socket was refused or nobody was there. */
  readonly closed: (code: number, reason: string) => void;
};

export interface Socket {
  /** Bytes that were given to `send` and have not left yet. */
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number): void;
}

export type OpenSocket = (url: string, events: SocketEvents) => Socket;

/** PCM16, mono. */
export interface Microphone {
  /** Asks the person for it; `frame` gets 20 ms at `rate` Hz each time. Rejects with an `SDKError` that says what is wrong. */
  start(rate: number, frame: (samples: Int16Array) => void): Promise<void>;
  stop(): void;
}

/** Makes packets of Opus. */
export interface Encoder {
  /** 20 ms. `atMs` comes back with their packet. */
  encode(samples: Int16Array, atMs: number): void;
  close(): void;
}

export type EncoderEvents = {
  readonly packet: (packet: Uint8Array, atMs: number) => void;
  /** It makes no more. */
  readonly failed: () => void;
};

export interface Opus {
  /** Of sound at this rate? Rejects for nothing. */
  supports(rate: number): Promise<boolean>;
  open(rate: number, events: EncoderEvents): Encoder;
}

export type SpeakerEvents = {
  /** Everything before this mark was heard, or was cleared away. */
  readonly played: (mark: string) => void;
  /** RMS of what is heard now, 0 to 1. */
  readonly level: (rms: number) => void;
};

/** PCM16, mono. */
export interface Speaker {
  start(rate: number, events: SpeakerEvents): Promise<void>;
  play(samples: Int16Array): void;
  /** Behind all that was given to `play` so far. */
  mark(name: string): void;
  /** Silence, now. Marks that wait come back at once. */
  clear(): void;
  stop(): void;
}

export interface Clock {
  /** Milliseconds on a scale whose zero means nothing. */
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  /** Calls `then` once after `ms`, unless the returned function was called before. */
  after(ms: number, then: () => void): () => void;
}

export interface Network {
  readonly online: boolean;
  /** The returned function ends it. */
  onChange(then: (online: boolean) => void): () => void;
}
