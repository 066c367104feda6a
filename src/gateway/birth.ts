import type { Ring } from "../carrier/carrier.ts";
import type { AgentProfile } from "../dialog/dialog.ts";
import type { CallId, CallOpening } from "../record/record.ts";
import type { Carrier } from "./carriers.ts";

/** The number that the caller dialled, for whoever decides by it; empty where there is only the caller's word for it. */
export const dialled = ({ to, toIsClaimed }: Ring): string => (toIsClaimed ? "" : to);

/** What a call begins with. */
export type Birth = {
  /** Ours to give; a new one unless said. */
  readonly id?: CallId;
  readonly carrier: Carrier;
  readonly ring: Ring;
  readonly agent: AgentProfile;
  /** Inbound unless said. An outbound call is warmed up when it is answered. */
  readonly direction?: "outbound";
  /** How long a media stream may take to come; `CONNECT_MS` unless said. */
  readonly waitMs?: number;
  /** Admits its media stream, where that was told before the call began; it is no good any more when the call is over. */
  readonly ticket?: string;
  /** What whoever began the call wants its dialog to know. */
  readonly params?: Readonly<Record<string, string>>;
};

/** How it is written down. `openedAt`: ms since 1970. */
export function openingOf({ carrier, ring, agent, direction }: Birth, id: CallId, openedAt: number): CallOpening {
  return {
    id,
    carrier: carrier.dialect.name,
    carrierCallId: ring.carrierCallId,
    from: ring.from,
    to: ring.to,
    agent: agent.name,
    language: agent.language,
    openedAt,
    ...(direction !== undefined && { direction }),
    ...(agent.webhookUrl === undefined ? {} : { webhookUrl: agent.webhookUrl }),
    ...(agent.afterCall === undefined ? {} : { afterCall: agent.afterCall }),
    ...(agent.redact === undefined ? {} : { redact: agent.redact }),
    voiceModel: agent.voice.model,
  };
}
