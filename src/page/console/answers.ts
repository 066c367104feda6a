/** What the API answers of one call, beside the call itself. */

/** Of each stretch of the recording, how loud it was: 0 to 1. */
export type Peaks = {
  readonly durationMs: number;
  readonly caller: readonly number[];
  readonly agent: readonly number[];
};

export type LogEntry = {
  readonly atMs: number;
  readonly by: string;
  readonly what: string;
  readonly data?: Readonly<Record<string, string | number | boolean>>;
};

/** `next`: where the page behind this one begins. */
export type CallLog = { readonly entries: readonly LogEntry[]; readonly complete: boolean; readonly next?: number };

export type CostLine = {
  readonly what: string;
  readonly model?: string;
  readonly carrier?: string;
  readonly unit: string;
  readonly quantity: number;
  readonly unit_price?: { readonly rupees: string; readonly per: number; readonly source: string };
  readonly rupees?: string;
};

export type CallUsage = {
  readonly usage: { readonly models: readonly { readonly unknown_answers: number }[] };
  readonly cost: {
    readonly prices_as_of: string;
    readonly lines: readonly CostLine[];
    readonly rupees: string;
    readonly unpriced: boolean;
  };
};

export type ReplayReport = {
  readonly same: boolean;
  readonly events: number;
  readonly tookMs: number;
  readonly callMs: number;
  readonly differences: readonly {
    readonly atMs: number;
    readonly about: string;
    readonly was: string;
    readonly now: string;
    readonly cause?: string;
  }[];
};
