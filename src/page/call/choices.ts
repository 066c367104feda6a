import { signal } from "@preact/signals";
import { LANGUAGES, type LineFormat } from "../client/client.ts";
import { ask, Refusal } from "../ui/api.ts";
import { languageOf } from "../ui/format.ts";
import type { Option } from "../ui/option.ts";

/** An agent as `/v1/agents` tells of it, as far as a call wants to know. */
type Agent = {
  readonly name: string;
  readonly language: string;
  readonly voice: { readonly speaker: string };
  readonly speakers: readonly string[];
  readonly isDefault: boolean;
};

/** Chosen by whoever leaves the choice to somebody else. */
export const USUAL = "";

/** What the next call is made with. */
export class Choices {
  readonly agents = signal<readonly Agent[]>([]);
  readonly agent = signal(USUAL);
  readonly language = signal(USUAL);
  readonly voice = signal(USUAL);
  readonly microphone = signal(USUAL);
  readonly speaker = signal(USUAL);
  readonly format = signal<Format>("pcm");

  /** `wanted`: the name of an agent, such as the page's address says. Rejects with a `Refusal`. */
  async learnAgents(wanted: string | null): Promise<void> {
    this.agent.value = wanted ?? USUAL;
    const { agents } = await ask<{ readonly agents: readonly Agent[] }>("GET", "/v1/agents");
    this.agents.value = agents;
    const found = agents.find(({ name }) => name === wanted) ?? agents.find(({ isDefault }) => isDefault);
    this.agent.value = found?.name ?? USUAL;
    if (wanted !== null && found?.name !== wanted) throw new Refusal(404, `There is no agent called ${wanted}.`);
  }

  chooseAgent(name: string): void {
    this.agent.value = name;
    // They were chosen for another one.
    this.language.value = USUAL;
    this.voice.value = USUAL;
  }

  get chosen(): Agent | undefined {
    return this.agents.value.find(({ name }) => name === this.agent.value);
  }

  get agentOptions(): readonly Option[] {
    const { value } = this.agents;
    const { value: wanted } = this.agent;
    if (value.length === 0) return [{ value: wanted, text: wanted || "The usual agent" }];
    return value.map(({ name }) => ({ value: name, text: name }));
  }

  get languageOptions(): readonly Option[] {
    const { chosen } = this;
    const others = LANGUAGES.map((code) => ({ value: code, text: languageOf(code) }));
    return [usual(chosen && languageOf(chosen.language)), ...others];
  }

  get voiceOptions(): readonly Option[] {
    const { chosen } = this;
    const others = (chosen?.speakers ?? []).map((name) => ({ value: name, text: nameOf(name) }));
    return [usual(chosen && nameOf(chosen.voice.speaker)), ...others];
  }
}

const usual = (what: string | undefined): Option => ({
  value: USUAL,
  text: what === undefined ? "Its own" : `Its own (${what})`,
});

const nameOf = (speaker: string): string => speaker.charAt(0).toUpperCase() + speaker.slice(1);

export type Format = "pcm" | "mulaw" | "opus";

export const FORMATS: Readonly<Record<Format, { readonly text: string; readonly line: LineFormat }>> = {
  pcm: { text: "PCM, 16 kHz (best)", line: { encoding: "audio/l16", sampleRate: 16_000 } },
  opus: { text: "Opus (little data)", line: { encoding: "audio/opus", sampleRate: 16_000 } },
  mulaw: { text: "µ-law, 8 kHz (telephone)", line: { encoding: "audio/x-mulaw", sampleRate: 8_000 } },
};
