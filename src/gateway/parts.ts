import type { AudioFormat } from "../audio/format.ts";
import type { CallParts, WarmCall } from "../call/call.ts";
import type { SoftphoneTokens } from "../carrier/carrier.ts";
import type { Agents, CallFacts } from "../dialog/dialog.ts";
import type { CallErasure, CommandRelay, JobQueue, Recordings } from "../jobs/jobs.ts";
import type { Journals } from "../journal/journal.ts";
import type { AccessKey } from "../kit/access-key.ts";
import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { Log } from "../kit/log.ts";
import type { UrlRules } from "../kit/public-url.ts";
import type { PriceTable } from "../record/prices.ts";
import type { Language } from "../record/record.ts";
import type { SpeechToText, TextToSpeech } from "../speech/speech.ts";
import type { Books, CallStore, UsageBook, WebhookOutbox } from "../store/store.ts";
import type { Carrier } from "./carriers.ts";
import type { Metrics } from "./metrics.ts";
import type { Replays } from "./replaying.ts";

/** How a call's time with an application ended: it ended it, the call was over, or the application was lost. */
export type ApplicationEnd = {
  readonly call: CallFacts;
  readonly status: "ended" | "completed" | "failed";
  readonly durationMs: number;
  readonly handoffData?: string | undefined;
};

/** Everything the gateway is made of. */
export type GatewayParts = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Metrics;
  readonly stt: SpeechToText;
  readonly tts: TextToSpeech;
  readonly agents: Agents;
  readonly apology: (language: Language, format: AudioFormat) => ReturnType<CallParts["apology"]>;
  readonly warmCall: (parts: CallParts, format: AudioFormat, signal: AbortSignal) => WarmCall;
  readonly journals: Journals;
  readonly books: Books;
  readonly store: CallStore;
  readonly outbox: Pick<WebhookOutbox, "dead" | "redrive">;
  /** Asks an application at this address what becomes of the call: its TwiML, or nothing. Rejects for an abort alone. */
  readonly askApplication: (url: string, end: ApplicationEnd, signal: AbortSignal) => Promise<string | undefined>;
  /** Where events may be sent anew. */
  readonly webhookRules: UrlRules;
  readonly jobs: JobQueue;
  /** Where books and jobs are kept. */
  readonly database: { readonly kind: "postgres" | "pglite" };
  readonly place: { readonly kind: "postgres" | "redis" };
  readonly replays: Replays;
  /** To the calls of other processes. */
  readonly relay: Pick<CommandRelay, "serve" | "ask">;
  readonly recordings: Pick<Recordings, "find">;
  readonly erasure: CallErasure;
  readonly usageBook: UsageBook;
  readonly prices: PriceTable;
  /** Made when the public origin is known. */
  readonly carriers: (publicUrl: string) => readonly Carrier[];
  readonly softphoneToken: SoftphoneTokens;
  /** Origin that carriers reach; `undefined`: wherever we come to listen. */
  readonly publicUrl: string | undefined;
  /** 0: no limit. */
  readonly maxCalls: number;
  /** What caller and agent say goes into the journals, as sound. */
  readonly recordAudio: boolean;
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[];
  readonly keys: readonly AccessKey[];
  /** How many requests a key may make in a minute, and an address without one. */
  readonly ratePerMinute: number;
  /** Origins whose pages may use the API. */
  readonly corsOrigins: readonly string[];
  /** Origins whose pages may show the softphone in a frame. */
  readonly frameAncestors: readonly string[];
  /** Where the softphone finds Twilio, as origins of sockets. */
  readonly signallingOrigins: readonly string[];
  /** Where the built pages are. */
  readonly pagesFolder: string;
  /** Requests from this machine to this machine need no key, unless `publicUrl` leads here from elsewhere: demo mode. */
  readonly openOnLoopback: boolean;
};
