import { z } from "zod";

/** What processes write to each other: `ask` (to all), `offer` (I have that call), `go` (then do this), `result`. */
const letterSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("ask"),
    ask: z.string().min(1),
    /** The process that asks. */
    from: z.string().min(1),
    callId: z.string().min(1),
    /** How long an offer is good for. */
    forMs: z.number().min(0).max(600_000),
  }),
  z.object({ kind: z.literal("offer"), ask: z.string().min(1), offer: z.string().min(1), from: z.string().min(1) }),
  /** `what` is JSON text, as it was measured. */
  z.object({ kind: z.literal("go"), offer: z.string().min(1), what: z.string() }),
  z.object({
    kind: z.literal("result"),
    ask: z.string().min(1),
    result: z.union([
      z.literal("nobody"),
      z.object({ ok: z.literal(true), answer: z.unknown().optional() }),
      z.object({ ok: z.literal(false), status: z.number().int(), message: z.string() }),
    ]),
  }),
]);

export type Letter = z.infer<typeof letterSchema>;
export type LetterOf<K extends Letter["kind"]> = Extract<Letter, { kind: K }>;

/** Undefined for what is no letter: others may write to the same place. */
export function readLetter(text: string): Letter | undefined {
  try {
    return letterSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // No JSON.
  }
}

/** Takes letters to other processes and hands over what comes. It reconnects by itself; what is sent meanwhile is lost. */
export interface Post {
  /** To every process, perhaps our own too. Rejects when it was not sent, or when no answer could reach us. */
  toAll(letter: string): Promise<void>;
  /** To one process. When it rejects, the letter may have been sent all the same. */
  to(process: string, letter: string): Promise<void>;
  close(): Promise<void>;
}

/** `me` is the name of our process, which gets the letters addressed to it and to all. */
export type OpenPost = (me: string, deliver: (letter: string) => void) => Post;
