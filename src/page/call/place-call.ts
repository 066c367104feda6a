import capture from "../client/capture.worklet.ts?worker&url";
import {
  type AgentOptions,
  browserAgent,
  type ConversationAgent,
  requestSession,
  sessionBody,
} from "../client/client.ts";
import playback from "../client/playback.worklet.ts?worker&url";
import { type Choices, FORMATS, USUAL } from "./choices.ts";

/** An agent as it is chosen; whoever is logged in asks the gateway for it. */
export function placeCall(
  choices: Choices,
  interactionType: "call" | "chat",
  callbacks: Omit<AgentOptions, "connect">,
): ConversationAgent {
  const [agent, language, voice] = [choices.agent.value, choices.language.value, choices.voice.value];
  const config = {
    ...(agent !== USUAL && { app_id: agent }),
    ...(language !== USUAL && { initial_language_name: language }),
  };
  const [microphone, speaker] = [choices.microphone.value, choices.speaker.value];
  return browserAgent({
    ...callbacks,
    interactionType,
    line: FORMATS[choices.format.value].line,
    worklets: { capture, playback },
    ...(microphone !== USUAL && { constraints: { deviceId: { exact: microphone } } }),
    ...(speaker !== USUAL && { speakerDevice: speaker }),
    connect: (previous) =>
      requestSession("/v1/voice/sessions", { ...sessionBody(config, previous), ...(voice !== USUAL && { voice }) }),
  });
}
