export const AgentState = {
  IDLE: "IDLE",
  CONNECTING: "CONNECTING",
  CONNECTED: "CONNECTED",
  LISTENING: "LISTENING",
  SPEAKING: "SPEAKING",
  ERROR: "ERROR",
} as const;
export type AgentState = keyof typeof AgentState;

/** What moves it. An agent that thinks is one that listens, and tells so by an event of its own. */
export type Step = "started" | "opened" | "listens" | "speaks" | "dropped" | "ended" | "failed";

const OVER = { ended: "IDLE", failed: "ERROR" } as const;
const UP = { ...OVER, dropped: "CONNECTING", listens: "LISTENING", speaks: "SPEAKING" } as const;

const NEXT: Readonly<Record<AgentState, Partial<Record<Step, AgentState>>>> = {
  IDLE: { started: "CONNECTING" },
  CONNECTING: { ...OVER, opened: "CONNECTED" },
  CONNECTED: UP,
  LISTENING: UP,
  SPEAKING: UP,
  ERROR: { started: "CONNECTING" },
};

/** A step that makes no sense in a state leaves it as it is: messages cross on the wire. */
export const nextState = (state: AgentState, step: Step): AgentState => NEXT[state][step] ?? state;

export const isUp = (state: AgentState): boolean => NEXT[state] === UP;
export const isOver = (state: AgentState): boolean => state === "IDLE" || state === "ERROR";
