import { z } from "zod";
import { type UrlRules, urlComplaint } from "../kit/public-url.ts";
import { ApiError } from "./api-error.ts";
import { read } from "./calls.ts";
import { type Operation, operation } from "./operation.ts";
import type { Site } from "./site.ts";

const LIMIT = 200;

const deadLetter = z
  .object({
    id: z.string().describe("Kind and call; the same with each try"),
    callId: z.string(),
    kind: z.enum(["call.started", "call.ended", "transcript.ready", "summary.ready"]),
    url: z.string(),
    createdAt: z.number(),
    attempts: z.number(),
    deadAt: z.number(),
    error: z.string().describe("Why the last try failed"),
  })
  .meta({ id: "DeadLetter", description: "An event that was given up." });

/** As events carry them: kind and call. */
const letterId = z.string().regex(/^[a-z.]+\.call_\w{1,64}$/, "no such dead letter");

const redriveBody = (rules: UrlRules) =>
  z.strictObject({
    url: z
      .string()
      .max(2000)
      .superRefine((url, context) => {
        const complaint = urlComplaint(url, rules);
        if (complaint !== undefined) context.addIssue(complaint);
      })
      .optional()
      .describe("Where this and what else is to be told of that call goes"),
  });

/** Events that were given up: the latest first, and one tried again as if it never had been. */
export function deadLetterOperations(site: Site): readonly Operation[] {
  const { outbox, webhookRules } = site.parts;
  const errors = { 503: "The database does not answer" };
  return [
    operation({
      id: "listDeadLetters",
      method: "GET",
      path: "/v1/webhooks/dead",
      scope: "admin",
      summary: "Webhook events that were given up, the latest first",
      answer: { description: `At most ${LIMIT} of them`, schema: z.object({ dead: z.array(deadLetter) }) },
      errors,
      run: async () => ({ dead: await read(site, () => outbox.dead(LIMIT)) }),
    }),
    operation({
      id: "redriveDeadLetter",
      method: "POST",
      path: "/v1/webhooks/dead/{id}/redrive",
      scope: "admin",
      summary: "Tries one again as if it never had been",
      params: z.object({ id: letterId }),
      body: redriveBody(webhookRules).nullish(),
      status: 202,
      answer: { description: "It is due again", schema: z.object({ id: z.string() }) },
      errors,
      run: async ({ params: { id }, body }) => {
        if (await read(site, () => outbox.redrive(id, body?.url))) return { id };
        throw new ApiError(404, "no such dead letter");
      },
    }),
  ];
}
