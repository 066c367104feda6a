import type { Agents, Script, WishComplaint } from "../dialog/dialog.ts";
import type { CommandResult } from "../jobs/jobs.ts";
import type { Clock } from "../kit/clock.ts";
import type { CallEnd, CallId } from "../record/record.ts";
import type { LiveCall } from "./live-call.ts";
import { DONE, refusal } from "./obeyed.ts";
import type { Session, SessionBody, SessionChange } from "./session-schema.ts";

/** Sessions that are remembered after their end, with what the books do not know of them. */
const REMEMBERED = 10_000;

type Entry = {
  readonly made: Pick<Session, "agent" | "llm_model" | "tts_provider" | "max_duration_seconds" | "created_at">;
  /** While it lasts. What its model was told of people is not remembered after it. */
  live: { readonly call: LiveCall; readonly script: Script | undefined } | undefined;
  /** As it was at the end. */
  voice: LiveCall["voice"];
  startedAt?: number;
  ended?: { readonly end: CallEnd; readonly atMs: number };
};

/** The sessions that this process made: what each is made of, and how it stands. */
export class SessionBook {
  readonly #clock: Clock;
  readonly #agents: Agents;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, agents: Agents) {
    this.#clock = clock;
    this.#agents = agents;
  }

  /** `script` and `model`: as they were composed. */
  add(
    call: LiveCall,
    body: SessionBody,
    { script, model }: { readonly script?: Script; readonly model?: string },
  ): void {
    const { tts_provider, max_duration_seconds } = body;
    const created_at = this.#clock.wall();
    const agent = call.agent.name;
    const made = {
      ...{ agent, tts_provider, max_duration_seconds, created_at },
      ...(model !== undefined && { llm_model: model }),
    };
    const entry: Entry = { made, live: { call, script }, voice: call.voice };
    this.#entries.set(call.id, entry);
    call.whenConnected(() => {
      entry.startedAt = this.#clock.wall();
    });
    void call.ended.then((end) => {
      entry.ended = { end, atMs: this.#clock.wall() };
      entry.voice = call.voice;
      entry.live = undefined;
    });
    for (const [oldest, { live }] of this.#entries) {
      if (this.#entries.size <= REMEMBERED) break;
      if (!live) this.#entries.delete(oldest);
    }
  }

  /** How it stands; `undefined` of those that are not of this process. */
  view(id: string): Session | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const { made, live, startedAt, ended } = entry;
    const { language, speaker: voice } = live?.call.voice ?? entry.voice;
    return {
      id: id as CallId,
      status: ended ? "ended" : startedAt === undefined ? "created" : "active",
      ...(ended && { how: ended.end.how }),
      ...made,
      language,
      voice,
      ...(startedAt !== undefined && { started_at: startedAt }),
      ...(ended && { ended_at: ended.atMs }),
    };
  }

  /** Those that are not over. */
  live(): readonly Session[] {
    return [...this.#entries].flatMap(([id, { ended }]) => (ended ? [] : (this.view(id) ?? [])));
  }

  /** Changes what is said and how, in mid-call. All of it, or where anything is wrong nothing. */
  change(call: LiveCall, told: SessionChange): CommandResult {
    const live = this.#entries.get(call.id)?.live;
    if (!live) return refusal(409, "this call is no session");
    const retunes = told.voice !== undefined || told.language !== undefined;
    if (retunes && !call.connected) return refusal(409, "nobody is on the line yet");
    const voice = {
      ...call.voice,
      ...(told.language && { language: told.language }),
      ...(told.voice !== undefined && { speaker: told.voice }),
    };
    const wrong = this.#agents.voiceComplaints(voice);
    if (retunes && wrong.length > 0) return refusal(422, `voice: ${wrong.join("; ")}`);
    const refused = changeScript(live.script, told);
    if (refused) return refused;
    const { language: speaks, speaker } = voice;
    if (retunes && !call.order({ do: "retune", tuning: { speaks, speaker } })) return refusal(409, "the call is over");
    return DONE;
  }
}

function changeScript(
  script: Script | undefined,
  { system_prompt, variables }: SessionChange,
): CommandResult | undefined {
  if (system_prompt === undefined && variables === undefined) return undefined;
  if (!script) return refusal(409, "this session's agent thinks with no model: it has no prompt");
  const complaints = script.change({ systemPrompt: system_prompt, variables });
  return complaints.length === 0 ? undefined : refusal(422, sentenceOf(complaints));
}

/** What the API calls the parts of a wish. */
const FIELDS = {
  base: "agent",
  systemPrompt: "system_prompt",
  greeting: "greeting",
  speaker: "voice",
  language: "language",
  model: "llm_model",
  maxDurationSeconds: "max_duration_seconds",
  variables: "variables",
} as const satisfies Record<WishComplaint["field"], keyof SessionBody>;

/** The same in the words of the API. */
export const inFields = (complaints: readonly WishComplaint[]) =>
  complaints.map(({ field, message }) => ({ field: FIELDS[field], message }));

export const sentenceOf = (complaints: readonly WishComplaint[]): string =>
  inFields(complaints)
    .map(({ field, message }) => `${field}: ${message}`)
    .join("; ");
