import type { FastifyInstance, FastifyReply } from "fastify";
import type { CallId } from "../record/record.ts";
import type { StoredCall } from "../store/store.ts";
import { requireScope } from "./access.ts";
import type { Site } from "./site.ts";

const isCallId = (text: string): text is CallId => /^call_[0-9a-z]{1,64}$/i.test(text);

/** `GET /v1/calls/:id`: the call with its turns (what was generated, sent and heard), its decisions, and its transcript once written. */
export function callRoutes(app: FastifyInstance, site: Site): void {
  app.get<{ Params: { id: string } }>(
    "/v1/calls/:id",
    { onRequest: requireScope(site.parts, "read") },
    async (request, reply) => (await callOf(site, request.params.id, reply)) ?? reply,
  );
}

/** The call of this id; without one the request is answered, and `undefined` given. */
export async function callOf({ parts }: Site, id: string, reply: FastifyReply): Promise<StoredCall | undefined> {
  try {
    const call = isCallId(id) ? await parts.store.call(id) : undefined;
    if (!call) void reply.code(404).send({ error: "no such call" });
    return call;
  } catch (error) {
    parts.log.warn({ err: error }, "the books could not be read");
    void reply.code(503).header("retry-after", "5").send({ error: "the database does not answer" });
    return undefined;
  }
}
