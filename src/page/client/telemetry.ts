import type { AgentState } from "./state.ts";

/** Whose doing the end was. */
export type Initiator = "user" | "agent" | "network" | "error";

/** What is measured of a conversation, for the application's own books. Never words of anybody. Durations in ms. */
export type Telemetry =
  | { readonly event: "ws_connecting" }
  | { readonly event: "ws_connected"; readonly durationMs: number }
  | { readonly event: "ws_disconnected"; readonly code: number; readonly reason: string }
  | { readonly event: "ws_error" }
  | { readonly event: "session_started" }
  | { readonly event: "session_ended"; readonly durationMs: number; readonly initiatedBy: Initiator }
  /** The gateway's first word. */
  | { readonly event: "interaction_connected"; readonly interactionId: string }
  /** Since `start()`. */
  | { readonly event: "first_audio_packet_sent"; readonly latencyMs: number }
  | { readonly event: "first_audio_packet_received"; readonly latencyMs: number }
  | { readonly event: "user_muted" }
  | { readonly event: "user_unmuted" }
  | { readonly event: "user_interrupted" }
  | { readonly event: "state_changed"; readonly state: AgentState; readonly previous: AgentState }
  | { readonly event: "network_offline" }
  | { readonly event: "network_online" }
  | { readonly event: "error"; readonly code: string; readonly message: string }
  /** The conversation goes on over another connection, `durationMs` after the one before broke. */
  | { readonly event: "session_resumed"; readonly durationMs: number; readonly interactionId: string };

/** `timestamp`: ms since 1970. */
export type TelemetryEvent = Telemetry & { readonly timestamp: number };
