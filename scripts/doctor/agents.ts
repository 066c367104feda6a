import { readFileSync } from "node:fs";
import { AgentsFileError, type AgentsOptions, loadAgents } from "../../src/dialog/agents.ts";
import type { AgentProfile } from "../../src/dialog/dialog.ts";
import { type Clock, deadline } from "../../src/kit/clock.ts";
import type { Tell } from "./finding.ts";

/** Those who answer; the first is the one that answers where no other is named. */
export type Staff = readonly [AgentProfile, ...AgentProfile[]];

/** Every mistake in the agents file. With any, the built-in agent stands in for what is looked at after this. */
export function checkAgents(options: AgentsOptions, tell: Tell): Staff {
  const builtIn = loadAgents({ ...options, file: undefined }).forNumber("default");
  if (options.file === undefined) {
    tell.ok("the built-in agent answers every number (no AGENTS_FILE)");
    return [builtIn];
  }
  try {
    const agents = loadAgents(options);
    const numbers = Object.keys(JSON.parse(readFileSync(options.file, "utf8"))).filter((key) => key !== "default");
    const others = numbers.map((number) => agents.forNumber(number));
    tell.ok(`${options.file}: ${["default", ...numbers].join(", ")}`);
    return [agents.forNumber("default"), ...others];
  } catch (error) {
    if (!(error instanceof AgentsFileError)) throw error;
    for (const complaint of error.complaints)
      tell.fail(`${options.file}: ${complaint}`, "Correct it there: the gateway does not start with it.");
    return [builtIn];
  }
}

const PATIENCE_MS = 15_000;
const QUESTION = [{ by: "caller", text: "Hello, who is there?" }] as const;

/** Asks a question of every model that some agent thinks with; with no such agent there is nothing to look at. */
export async function checkChat(staff: Staff, model: string, where: string, clock: Clock, tell: Tell): Promise<void> {
  const thinkers = new Map(staff.flatMap((agent) => chatModel(agent, model).map((name) => [name, agent] as const)));
  for (const [name, agent] of thinkers) {
    const begunMs = clock.now();
    const { dialog } = agent;
    if (!("reply" in dialog)) continue;
    try {
      for await (const { kind } of dialog.reply(QUESTION, deadline(PATIENCE_MS))) if (kind !== "usage") break;
      tell.ok(`${name} at ${where}: first sentence after ${Math.round(clock.now() - begunMs)} ms`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      tell.fail(`${name} at ${where} does not answer ${agent.name}: ${why}`, chatTodo(why));
    }
  }
}

/** Of an agent whose recipe is a chat: the model it names, else the usual one. */
function chatModel({ recipe }: AgentProfile, usual: string): readonly string[] {
  if (typeof recipe !== "object" || recipe === null || !("kind" in recipe) || recipe.kind !== "chat") return [];
  return ["model" in recipe && typeof recipe.model === "string" ? recipe.model : usual];
}

function chatTodo(why: string): string {
  if (/\b40[13]\b/.test(why))
    return "The key was refused: check LLM_API_KEY (or SARVAM_API_KEY, when LLM_BASE_URL is empty).";
  if (/\b404\b|\b400\b|\b422\b/.test(why))
    return "Check LLM_BASE_URL (it ends before /chat/completions) and the model's name.";
  if (/\b429\b|quota/.test(why)) return "Too many requests, or the credits are used up: look at the account.";
  return "Check that LLM_BASE_URL is right and that the server runs.";
}
