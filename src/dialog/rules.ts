import { z } from "zod";
import type { Said } from "../record/record.ts";
import type { DialogAgent } from "./dialog.ts";
import { type Captures, type Pattern, pattern, type Words, wordsOf } from "./pattern.ts";
import { splitSentences } from "./sentences.ts";

const SCRIPTS = [
  "Latin",
  "Devanagari",
  "Bengali",
  "Tamil",
  "Telugu",
  "Kannada",
  "Malayalam",
  "Gujarati",
  "Gurmukhi",
  "Oriya",
  "Arabic",
] as const;

const phrase = z.string().trim().min(1, "must not be empty");
const say = z.union([phrase, z.array(phrase).min(1, "needs at least one reply")]);

const rule = z
  .strictObject({
    /** Patterns as in `pattern()`, in any script; one is enough. `*` alone matches whatever was said. */
    when: z.array(phrase.superRefine(isPattern)).min(1, "needs at least one pattern"),
    /** Only when the caller's words contain letters of this script: how a reply follows the caller's language. */
    script: z.enum(SCRIPTS).optional(),
    /** A reply, or several taken in turn within a call. `{name}` is what a pattern caught, `{caller}` all the caller said. */
    say,
    /** The call ends once this reply was heard. */
    hangUp: z.boolean().optional(),
  })
  .superRefine(knowsItsPlaceholders);

/** What a rules agent is made of, as it is written in the agents file. The first rule that matches answers. */
export const rulesSchema = z.strictObject({ rules: z.array(rule), otherwise: say.superRefine(onlyCaller) });

export type Rules = z.input<typeof rulesSchema>;
type Rule = Rules["rules"][number];
type Ready = { readonly rule: Rule; readonly patterns: readonly Pattern[] };
type Match = { readonly rule: Rule | undefined; readonly captures: Captures };

/** Answers by a list of rules: no model, no network, the same words every time. `rules` must have passed `rulesSchema`. */
export function rulesAgent(rules: Rules): DialogAgent {
  const ready = rules.rules.map((rule) => ({ rule, patterns: rule.when.flatMap((source) => pattern(source) ?? []) }));
  return {
    async *reply(history, signal) {
      const callers = history.filter((said) => said.by !== "agent");
      const words = callers.at(-1)?.text ?? "";
      const { rule, captures } = match(ready, words);
      const reply = inTurn(rule?.say ?? rules.otherwise, timesBefore(ready, rule, callers.slice(0, -1)));
      for (const text of splitSentences(filled(reply, { ...captures, caller: words.trim() }))) {
        signal.throwIfAborted();
        yield { kind: "text", text };
      }
      if (rule?.hangUp) yield { kind: "hang-up" };
    },
  };
}

function match(ready: readonly Ready[], text: string): Match {
  const words = wordsOf(text);
  for (const { rule, patterns } of ready) {
    if (rule.script && !new RegExp(`\\p{Script=${rule.script}}`, "u").test(text)) continue;
    const captures = firstFound(patterns, words);
    if (captures) return { rule, captures };
  }
  return { rule: undefined, captures: {} };
}

function firstFound(patterns: readonly Pattern[], words: Words): Captures | undefined {
  for (const { find } of patterns) {
    const captures = find(words);
    if (captures) return captures;
  }
  return undefined;
}

/** How often this rule has answered before: read from the call's history, since one agent serves many calls at once. */
function timesBefore(ready: readonly Ready[], rule: Rule | undefined, earlier: readonly Said[]): number {
  return earlier.filter((said) => match(ready, said.text).rule === rule).length;
}

function inTurn(replies: string | readonly string[], times: number): string {
  if (typeof replies === "string") return replies;
  return replies[times % replies.length] ?? "";
}

const PLACEHOLDER = /\{([^{}\s]+)\}/gu;
const filled = (reply: string, values: Captures): string => reply.replace(PLACEHOLDER, (_, name) => values[name] ?? "");
const placeholders = (replies: string | readonly string[]): readonly string[] =>
  [replies].flat().flatMap((reply) => [...reply.matchAll(PLACEHOLDER)].map((found) => found[1] ?? ""));

function isPattern(source: string, context: z.RefinementCtx): void {
  if (!pattern(source)) context.addIssue({ code: "custom", message: "is no pattern: it has no words" });
}

function knowsItsPlaceholders(rule: { when: string[]; say: string | string[] }, context: z.RefinementCtx): void {
  const caught = rule.when.map((source) => new Set(pattern(source)?.names));
  for (const name of placeholders(rule.say)) {
    if (name === "caller" || caught.every((names) => names.has(name))) continue;
    context.addIssue({
      code: "custom",
      path: ["say"],
      message: `{${name}} is not caught by every pattern of this rule`,
    });
  }
}

function onlyCaller(replies: string | string[], context: z.RefinementCtx): void {
  for (const name of placeholders(replies)) {
    if (name === "caller") continue;
    context.addIssue({ code: "custom", message: `{${name}} cannot be known here; only {caller} can` });
  }
}
