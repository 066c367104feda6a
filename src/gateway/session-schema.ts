import { z } from "zod";
import { LANGUAGES } from "../record/record.ts";
import { callId, ending, moment } from "./call-schema.ts";

/** How the API tells of sessions: conversations over a socket of ours. */

const name = (what: string) => z.string().trim().min(1).max(200).describe(what);
const prompt = z
  .string()
  .trim()
  .min(1)
  .max(20_000)
  .describe("What the model is told of its part; `{{name}}` stands for a variable");
const voice = name("The speaker's name, such as `shubh`");
const language = z.enum(LANGUAGES).describe("What the agent speaks; the caller's language is detected");
const variables = z
  .record(z.string().regex(/^[\w.-]{1,60}$/, "must be letters, digits, `_`, `.`, `-`"), z.string().max(2_000))
  .describe("What stands for `{{name}}` in prompt and greeting");
const greeting = z.string().trim().max(2_000);

/** What a session is made with. Everything may be left out. */
export const sessionFields = {
  system_prompt: prompt.optional(),
  voice: voice.optional(),
  language: language.optional().describe("`hi-IN` unless said, or the agent's"),
  llm_model: name("By the names of `LLM_MODELS`; `LLM_MODEL` unless said, which is `sarvam-105b`").optional(),
  tts_provider: z.enum(["sarvam"], "there is only sarvam").default("sarvam"),
  max_duration_seconds: z.int().min(30).max(3600).default(300),
  greeting: greeting
    .optional()
    .describe("What the agent says first; empty: it waits. A usual one in its language unless said"),
  first_message: greeting.optional().describe("Another name for `greeting`, which goes before it"),
  agent: name("An agent of the agents file, by name, from which the session takes what is not said here").optional(),
  variables: variables.optional(),
};

export const sessionBody = z.strictObject(sessionFields);
export type SessionBody = z.output<typeof sessionBody>;

export const sessionChange = z
  .strictObject({
    system_prompt: prompt.optional().describe("From the next answer on"),
    voice: voice.optional().describe("From the next sentence on"),
    language: language.optional().describe("From the next sentence on"),
    variables: variables.optional().describe("Added to those there are; from the next answer on"),
  })
  .refine((fields) => Object.values(fields).some((value) => value !== undefined), "names nothing to change");
export type SessionChange = z.output<typeof sessionChange>;

export const SESSION_STATES = ["created", "active", "ended"] as const;

export const session = z
  .object({
    id: callId,
    status: z.enum(SESSION_STATES).describe("`created`: nobody has opened its socket yet"),
    how: ending.optional().describe("How it ended"),
    agent: z.string(),
    language: z.string(),
    voice: z.string().optional().describe("Absent, with what follows, of sessions that this process did not make"),
    llm_model: z.string().optional().describe("Absent where the agent thinks without one"),
    tts_provider: z.string().optional(),
    max_duration_seconds: z.number().optional(),
    created_at: moment("When it was made"),
    started_at: moment("When its socket was opened").optional(),
    ended_at: moment("When it was over").optional(),
  })
  .meta({ id: "Session" });
export type Session = z.output<typeof session>;

export const newSession = session
  .extend({
    ws_url: z.string().describe("Where its socket is opened, once"),
    token: z.string().describe("The ticket at the end of `ws_url`"),
    expires_at: moment("Until when the socket may be opened"),
  })
  .meta({ id: "NewSession" });

export const sessionList = z.object({
  sessions: z.array(session),
  next_cursor: z.string().optional().describe("For the next page; absent on the last one"),
});

export const segments = z.object({
  id: callId,
  status: z.enum(SESSION_STATES),
  segments: z.array(
    z.object({
      who: z.enum(["user", "agent"]),
      text: z.string().describe("The agent's: as far as it was heard"),
      final: z.boolean().describe("`false`: of a turn that still goes on"),
      at_ms: z.number().describe("When it began; ms since the call began"),
    }),
  ),
});
