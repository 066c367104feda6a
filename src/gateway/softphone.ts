import { z } from "zod";
import { ApiError } from "./api-error.ts";
import { moment } from "./call-schema.ts";
import { type Operation, operation } from "./operation.ts";
import type { Site } from "./site.ts";

const tokenBody = z
  .strictObject({
    identity: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, "must be 1 to 64 letters, digits, `_`, `-` or `.`")
      .optional()
      .describe("Who the browser is: its calls come from `client:<identity>`. A fresh one unless said"),
    ttl_seconds: z.int().min(60).max(3600).default(600).describe("How long the token is good for"),
    incoming: z.boolean().default(false).describe("Whether the browser may be rung, too"),
  })
  .prefault({});

const tokenAnswer = z
  .object({
    token: z.string().describe("For `new Device(token)` of Twilio's Voice SDK"),
    identity: z.string(),
    expires_at: moment("Until when it is good"),
    edge: z.string().optional().describe("Where to enter Twilio's network: `edge` of the SDK's options, if it is set"),
    signalling: z
      .string()
      .optional()
      .describe("In tests and demonstrations: the socket of a stand-in, to be opened in place of Twilio's"),
  })
  .meta({ id: "SoftphoneToken" });

/** What a telephone in the browser needs of us before it can ring. */
export function softphoneOperations(site: Site): readonly Operation[] {
  const { softphoneToken, ids } = site.parts;
  return [
    operation({
      id: "makeSoftphoneToken",
      method: "POST",
      path: "/v1/softphone/token",
      scope: "control",
      summary: "Makes a token that a browser calls the default agent with, by Twilio's Voice SDK",
      body: tokenBody,
      answer: { description: "The token", schema: tokenAnswer },
      errors: { 503: "Twilio is not set up for it: the message names the variables" },
      async run({ body: { identity = ids.id("browser"), ttl_seconds: ttlSeconds, incoming } }) {
        const made = softphoneToken({ identity, ttlSeconds, incoming });
        if (made.kind === "not-set-up") throw new ApiError(503, `not set: ${made.missing.join(", ")}`);
        const { token, expiresAt, edge, signalling } = made;
        return { token, identity, expires_at: expiresAt, ...(edge && { edge }), ...(signalling && { signalling }) };
      },
    }),
  ];
}
