import type { FastifyInstance } from "fastify";
import type { CallId } from "../record/record.ts";
import type { StoredCall } from "../store/store.ts";
import { requireScope } from "./access.ts";
import type { Site } from "./site.ts";

const isCallId = (text: string): text is CallId => /^call_[0-9a-z]{1,64}$/i.test(text);

/** `GET /v1/calls/:id`: the call with its turns (what was generated, sent and heard), its decisions, and its transcript once written. */
export function callRoutes(app: FastifyInstance, site: Site): void {
  const { store, log } = site.parts;
  app.get<{ Params: { id: string } }>(
    "/v1/calls/:id",
    { onRequest: requireScope(site.parts, "read") },
    async (request, reply) => {
      const { id } = request.params;
      let call: StoredCall | undefined;
      try {
        call = isCallId(id) ? await store.call(id) : undefined;
      } catch (error) {
        log.warn({ err: error }, "the books could not be read");
        return reply.code(503).header("retry-after", "5").send({ error: "the database does not answer" });
      }
      return call ?? reply.code(404).send({ error: "no such call" });
    },
  );
}
