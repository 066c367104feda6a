import { z } from "zod";
import { LANGUAGES, REDACTIONS } from "../record/record.ts";
import { ApiError } from "./api-error.ts";
import { type Operation, operation } from "./operation.ts";
import type { Site } from "./site.ts";

const language = z.enum(LANGUAGES);

const dialog = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("rules"), rules: z.number().describe("How many") }),
  z.object({ kind: z.literal("echo") }),
  z.object({
    kind: z.literal("chat"),
    prompt: z.string().describe("Addresses in it without password and query"),
    model: z.string().describe("Absent where the usual one thinks").optional(),
  }),
  z.object({ kind: z.literal("relay"), host: z.string().describe("Of somebody else's application") }),
]);

const agent = z
  .object({
    name: z.string(),
    numbers: z.array(z.string()).describe("Dialled numbers that it answers, as they are written in the agents file"),
    greeting: z.string().describe("Empty: it waits for the caller"),
    language,
    listensFor: z.union([language, z.literal("unknown")]).describe("`unknown`: any of them"),
    voice: z.object({
      language,
      model: z.string(),
      speaker: z.string(),
      pace: z.number().optional(),
      pitch: z.number().optional(),
      loudness: z.number().optional(),
      temperature: z.number().optional(),
      bitrate: z.string().optional(),
      minBufferSize: z.number().optional(),
      maxChunkLength: z.number().optional(),
    }),
    dialog,
    speakers: z.array(z.string()).describe("Who can speak for it with its voice's model; none where that is not known"),
    limits: z.object({
      maxDurationMs: z.number(),
      silenceMs: z.number().describe("0: silence is left to the dialog"),
    }),
    redact: z.enum(REDACTIONS).describe("What is left out of all that is written of its calls").optional(),
    isDefault: z.boolean().describe("It answers all numbers that are nobody else's"),
  })
  .meta({ id: "Agent", description: "Who answers, as in the agents file, without addresses' secrets." });

/** `GET /v1/agents`: who answers which number. */
export function agentOperations({ parts: { agents } }: Site): readonly Operation[] {
  const one = { method: "GET", scope: "read" } as const;
  return [
    operation({
      ...one,
      id: "listAgents",
      path: "/v1/agents",
      summary: "Who answers which number",
      answer: {
        description: "The agents, as they were read when the gateway began",
        schema: z.object({ agents: z.array(agent) }),
      },
      run: async () => ({ agents: agents.all() }),
    }),
    operation({
      ...one,
      id: "getAgent",
      path: "/v1/agents/{name}",
      summary: "An agent of this name",
      params: z.object({ name: z.string().describe("Its name") }),
      answer: { description: "The agent", schema: agent },
      run: async ({ params }) => {
        const found = agents.all().find(({ name }) => name === params.name);
        if (!found) throw new ApiError(404, "there is no agent of this name");
        return found;
      },
    }),
  ];
}
