/** What the gateway refused, in its own words; `status` 0 where it could not be reached. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Asks our own gateway, as whoever is logged in. Answers its JSON, `undefined` where it has nothing to say; rejects with a `Refusal`.
 * `T` is what `/openapi.json` promises of the route.
 */
export async function ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await admitted(method, path, body, signal);
  return parsed(await answer.text().catch(unreached(signal))) as T;
}

/** The same where the answer is a file. */
export const askFile = async (method: string, path: string): Promise<Blob> => (await admitted(method, path)).blob();

async function admitted(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const answer = await fetch(path, {
    method,
    ...(body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch(unreached(signal));
  if (answer.ok) return answer;
  const told = parsed(await answer.text().catch(unreached(signal)));
  throw new Refusal(answer.status, messageOf(told) ?? `The gateway answered ${answer.status}.`);
}

/** Before it answered, or in the middle of its answer. */
const unreached =
  (signal: AbortSignal | undefined) =>
  (error: unknown): never => {
    if (signal?.aborted) throw error;
    throw new Refusal(0, "The gateway cannot be reached.");
  };

/** No answer at all is `undefined`, and so is a proxy's page where JSON was promised: that is judged by its status. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageOf(told: unknown): string | undefined {
  if (typeof told !== "object" || told === null || !("error" in told)) return undefined;
  const { error } = told;
  if (typeof error !== "object" || error === null || !("message" in error)) return undefined;
  return typeof error.message === "string" ? error.message : undefined;
}

/** A sentence for people. */
export function reasonOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
