import type { z } from "zod";
import type * as schema from "../../gateway/call-schema.ts";

/** What the gateway tells, as its own schemas say; types only, nothing of them reaches the page. */
export type CallSummary = z.output<typeof schema.callSummary>;
export type Call = z.output<typeof schema.call>;
export type Turn = z.output<typeof schema.turn>;
export type Decision = z.output<typeof schema.decision>;
export type ReplyTimes = z.output<typeof schema.replyTimes>;
export type LiveEvent = z.output<typeof schema.liveEvent>;
