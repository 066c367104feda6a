import { type AgentOptions, ConversationAgent } from "./agent.ts";
import { browserClock } from "./browser-clock.ts";
import { browserMicrophone } from "./browser-microphone.ts";
import { browserNetwork } from "./browser-network.ts";
import { browserOpus } from "./browser-opus.ts";
import { browserSocket } from "./browser-socket.ts";
import { browserSpeaker } from "./browser-speaker.ts";

export { type AgentOptions, type AgentPorts, ConversationAgent } from "./agent.ts";
export {
  AuthenticationError,
  ForbiddenError,
  NotFoundError,
  RateLimitError,
  SDKError,
  ServerError,
} from "./errors.ts";
export { type AppFrame, appFrame } from "./mcp-frame.ts";
export type { LineFormat } from "./messages.ts";
export type { Clock, Encoder, Microphone, Network, OpenSocket, Opus, Socket, Speaker } from "./ports.ts";
export type { Callbacks, TranscriptMessage } from "./report.ts";
export {
  conversationSoFar,
  type InteractionConfig,
  LANGUAGES,
  type Previous,
  requestSession,
  type Session,
  sessionBody,
} from "./session.ts";
export { AgentState } from "./state.ts";
export type { TelemetryEvent } from "./telemetry.ts";
export type { McpApp, UiEvent } from "./ui-events.ts";

export type BrowserOptions = AgentOptions & {
  /** Where the two worklets are served from: the page's own origin, or one that lets it, as a gateway's `/client/` does. */
  readonly worklets: { readonly capture: string; readonly playback: string };
  /** Such as `{ deviceId: { exact: "…" } }`. */
  readonly constraints?: MediaTrackConstraints;
  /** The id of an output device, where the browser can choose. */
  readonly speakerDevice?: string;
};

/** An agent that listens to this browser's microphone and speaks through its speaker. */
export function browserAgent({ worklets, constraints, speakerDevice, ...options }: BrowserOptions): ConversationAgent {
  return new ConversationAgent(options, {
    openSocket: browserSocket,
    clock: browserClock,
    network: browserNetwork,
    opus: browserOpus,
    microphone: browserMicrophone({ worklet: worklets.capture, ...(constraints && { constraints }) }),
    speaker: browserSpeaker({ worklet: worklets.playback, ...(speakerDevice && { device: speakerDevice }) }),
  });
}
