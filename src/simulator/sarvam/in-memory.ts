import type { Clock } from "../../kit/clock.ts";
import type { OpenSocket } from "../../kit/socket.ts";
import { chatAnswer, lastQuestion } from "./chat-answers.ts";
import { type Imitation, type ImitationOptions, imitate } from "./imitation.ts";
import { memorySockets } from "./memory-socket.ts";

export type SarvamInMemoryOptions = ImitationOptions & {
  /** The one that is handed to `open` as well: a virtual one, as a rule. */
  readonly clock: Clock;
  /** How long what one end of a socket does takes to the other; opening takes twice that. [0] */
  readonly latencyMs?: number;
};

export type SarvamInMemory = Imitation & {
  /** For what would otherwise use `openSocket`; of the addresses, only path and query matter. */
  readonly open: OpenSocket;
  /** What the chat model answers to the last thing the user said. */
  readonly chat: (messages: readonly { readonly role: string; readonly content?: unknown }[]) => string;
};

/**
 * Sarvam's speech sockets, imitated without a network or a real clock: with a virtual one, the same options and the same input
 * give the same messages at the same instants, to the byte, as fast as the machine can.
 */
export function sarvamInMemory(options: SarvamInMemoryOptions): SarvamInMemory {
  const { imitation, sockets } = imitate(options);
  return Object.assign(imitation, {
    open: memorySockets(sockets, options.latencyMs ?? 0),
    chat: (messages: Parameters<SarvamInMemory["chat"]>[0]) => chatAnswer(lastQuestion(messages)),
  });
}
