import type { CallId } from "../record/record.ts";
import { ApiError } from "./api-error.ts";
import { LiveCall } from "./live-call.ts";
import { inFields, sentenceOf } from "./session-book.ts";
import type { SessionBody } from "./session-schema.ts";
import type { Site } from "./site.ts";

/**
 * A call that waits for its caller's socket, with an agent made for it. Its id is also what the line knows it by. Throws an
 * `ApiError`: 422 where the agent cannot be made, 503 where its model is away or there is no room.
 */
export function startSession(site: Site, body: SessionBody): { readonly call: LiveCall; readonly ticket: string } {
  const carrier = site.carrier("web");
  if (!carrier) throw new ApiError(503, "the web line is not set up");
  const composed = site.parts.agents.compose({
    base: body.agent,
    systemPrompt: body.system_prompt,
    greeting: body.greeting ?? body.first_message,
    speaker: body.voice,
    language: body.language,
    model: body.llm_model,
    maxDurationSeconds: body.max_duration_seconds,
    variables: body.variables,
  });
  if (composed.kind === "impossible")
    throw new ApiError(422, sentenceOf(composed.complaints), { fields: inFields(composed.complaints) });
  if (composed.kind === "unavailable") {
    const { model, status } = composed;
    throw new ApiError(503, `the model ${model} cannot be used now: ${status}`, { llm_model: model, status });
  }
  const id = site.parts.ids.id("call") as CallId;
  const ticket = site.parts.ids.secret();
  const ring = { carrierCallId: id, from: "", to: "" };
  const { variables: params } = body;
  const call = site.calls.open({ id, carrier, ring, agent: composed.agent, ticket, ...(params && { params }) });
  if (!(call instanceof LiveCall)) throw new ApiError(503, `no room for another call: ${call.why}`);
  site.sessions.add(call, body, composed);
  return { call, ticket };
}
