import { refusalOf, SDKError } from "./errors.ts";

/** The languages that agents speak. */
export const LANGUAGES = [
  ...["bn-IN", "en-IN", "gu-IN", "hi-IN", "kn-IN", "ml-IN", "mr-IN", "od-IN", "pa-IN", "ta-IN", "te-IN"],
] as const;

/** Where a conversation waits: what `POST /v1/voice/sessions` answers. Its address is good once, for a minute or so. */
export type Session = { readonly id: string; readonly ws_url: string };

export type Line = { readonly role: "user" | "bot"; readonly content: string };

/** The conversation that broke off, for the session that takes its place. */
export type Previous = { readonly interactionId: string; readonly transcript: readonly Line[] };

export type InteractionConfig = {
  /** The agent's name in the agents file. */
  readonly app_id?: string;
  readonly user_identifier?: string;
  readonly user_identifier_type?: "custom" | "email" | "phone_number" | "unknown";
  /** What stands for `{{name}}` in prompt and greeting; what is no text goes as JSON. */
  readonly agent_variables?: Readonly<Record<string, unknown>>;
  readonly initial_language_name?: string;
  readonly initial_bot_message?: string;
};

/** The gateway takes no longer variables. */
const LONGEST_VARIABLE = 2_000;

/** The last of what was said, a line each, as far as a variable holds it. */
export function conversationSoFar({ transcript }: Previous): string {
  let text = "";
  for (const { role, content } of transcript.toReversed()) {
    const longer = `${role === "user" ? "User" : "Agent"}: ${content}\n${text}`;
    if (longer.length > LONGEST_VARIABLE) break;
    text = longer;
  }
  return text.trimEnd();
}

/**
 * The body of `POST /v1/voice/sessions`. A prompt that says `{{conversation}}` holds there what was said before the network broke,
 * and nothing at first; the agent that takes over does not greet again.
 */
export function sessionBody(config: InteractionConfig, previous?: Previous) {
  const { app_id, user_identifier, user_identifier_type, agent_variables = {} } = config;
  const texts = Object.entries(agent_variables).map(
    ([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  const greeting = previous ? "" : config.initial_bot_message;
  return {
    ...(app_id !== undefined && { agent: app_id }),
    ...(config.initial_language_name !== undefined && { language: config.initial_language_name }),
    ...(greeting !== undefined && { greeting }),
    variables: {
      ...Object.fromEntries(texts),
      ...(user_identifier !== undefined && { user_identifier }),
      ...(user_identifier_type !== undefined && { user_identifier_type }),
      conversation: previous ? conversationSoFar(previous) : "",
    },
  };
}

export type RequestOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof globalThis.fetch;
};

/**
 * Asks the application's own server, which holds the key and passes the request on to `POST /v1/voice/sessions`. Rejects with an
 * `SDKError`, of the type that belongs to the status.
 */
export async function requestSession(
  url: string,
  body: object,
  { headers = {}, fetch = globalThis.fetch }: RequestOptions = {},
): Promise<Session> {
  const request = { method: "POST", headers: { "content-type": "application/json", ...headers } };
  const answer = await fetch(url, { ...request, body: JSON.stringify(body) }).catch((cause: unknown) => {
    throw new SDKError("unreachable", "the server that makes sessions cannot be reached", { cause });
  });
  const told: unknown = await answer.json().catch(() => undefined); // a page of some proxy's: judged by its status
  if (!answer.ok) throw refusalOf(answer.status, messageOf(told), answer.headers.get("retry-after"));
  if (!isSession(told)) throw new SDKError("no_session", "the answer holds no id and ws_url");
  return told;
}

const isSession = (told: unknown): told is Session =>
  typeof told === "object" &&
  told !== null &&
  "id" in told &&
  "ws_url" in told &&
  typeof told.id === "string" &&
  typeof told.ws_url === "string";

function messageOf(told: unknown): string {
  const error = typeof told === "object" && told !== null && "error" in told ? told.error : undefined;
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  return typeof message === "string" ? message : "the request was refused";
}
