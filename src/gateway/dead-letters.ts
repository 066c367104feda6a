import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { requireScope } from "./access.ts";
import type { Site } from "./site.ts";

const LIMIT = 200;
const redriveBody = z.strictObject({ url: z.url({ protocol: /^https?$/ }).optional() }).nullish();

/**
 * `GET /v1/webhooks/dead`: events that were given up, the latest first. `POST /v1/webhooks/dead/:id/redrive`: one is tried again as
 * if it never had been; a `url` in the body is where it goes, and what else is to be told of that call.
 */
export function deadLetterRoutes(app: FastifyInstance, site: Site): void {
  const { outbox } = site.parts;
  const onRequest = requireScope(site.parts, "admin");

  app.get("/v1/webhooks/dead", { onRequest }, (_request, reply) =>
    asked(site, reply, async () => reply.send({ dead: await outbox.dead(LIMIT) })),
  );

  app.post<{ Params: { id: string } }>("/v1/webhooks/dead/:id/redrive", { onRequest }, (request, reply) => {
    const body = redriveBody.safeParse(request.body);
    if (!body.success) return reply.code(422).send({ error: `the body: ${z.prettifyError(body.error)}` });
    const { id } = request.params;
    return asked(site, reply, async () => {
      const found = await outbox.redrive(id, body.data?.url);
      return found ? reply.code(202).send({ id }) : reply.code(404).send({ error: "no such dead letter" });
    });
  });
}

async function asked({ parts }: Site, reply: FastifyReply, answer: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await answer();
  } catch (error) {
    parts.log.warn({ err: error }, "the outbox could not be read");
    return reply.code(503).header("retry-after", "5").send({ error: "the database does not answer" });
  }
}
