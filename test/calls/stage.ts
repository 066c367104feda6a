import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { ExotelTwinOptions } from "../../src/simulator/twins/exotel-twin.ts";
import type { TwilioTwinOptions } from "../../src/simulator/twins/twilio-twin.ts";
import type { TwinCall, TwinEvent } from "../../src/simulator/twins/twin.ts";
import { type Carrier, type Rig, type RigOptions, startRig, until } from "../rig.ts";
import { type Speech, speechOf } from "./speech.ts";

const KEY = "reads-the-metrics-of-a-test";
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export type SttApi = "realtime" | "streaming";

/** An agent as the agents file knows it; English unless it says otherwise. */
export type AgentEntry = {
  readonly greeting: string;
  readonly dialog: Readonly<Record<string, unknown>>;
  readonly language?: string;
  readonly phrases?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, number>>;
};

export type StageOptions = RigOptions & {
  readonly api: SttApi;
  /** By name. Each gets a number of its own. */
  readonly agents: Readonly<Record<string, AgentEntry>>;
};

type Dialling = Partial<TwilioTwinOptions & ExotelTwinOptions>;
type Message = { readonly role: string; readonly content: string };

export type Turn = {
  readonly seq: number;
  readonly user_text: string;
  readonly agent_generated: string;
  readonly agent_sent: string;
  readonly agent_heard: string;
  readonly interrupted: boolean;
};

/** One gateway for all the stories of a file or a `describe`. */
export type Stage = {
  readonly rig: Rig;
  readonly speech: Speech;
  dial(carrier: Carrier, agent: string, options?: Dialling): Promise<TwinCall>;
  /** The messages of each chat request whose system prompt begins with `prompt`, without that prompt. */
  requests(prompt: string): readonly (readonly Message[])[];
  /** The call as the books have it, once its transcript is written. */
  books(call: TwinCall): Promise<Books>;
  /** A counter of `/metrics`, over all its labels. */
  counted(name: string): Promise<number>;
};

export type Books = {
  readonly endHow: string;
  readonly endDetail: string;
  readonly turns: readonly Turn[];
  /** What was decided, in order. */
  readonly decisions: readonly string[];
};

/** To be called where tests are declared: the rig lives from the first of them to the last. */
export function stage({ api, agents, env: more = {}, ...options }: StageOptions): Stage {
  let up: { readonly rig: Rig; readonly speech: Speech } | undefined;
  const numbers = new Map(Object.keys(agents).map((name, index) => [name, `+9180${40_000_000 + index}`]));
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "durvani-agents-"));
    const file = join(folder, "agents.json");
    const entries = Object.entries(agents).map(([name, agent]) => [
      numbers.get(name),
      { name, language: "en-IN", ...agent },
    ]);
    await writeFile(file, JSON.stringify(Object.fromEntries(entries)));
    const env = { AGENTS_FILE: file, SARVAM_STT_API: api, API_KEYS: `tests:read:${sha256(KEY)}`, ...more };
    const rig = await startRig({ ...options, env });
    up = { rig, speech: speechOf(rig.simulator) };
    await rm(folder, { recursive: true });
  });
  afterAll(async () => {
    await up?.rig[Symbol.asyncDispose]();
  });
  const standing = (): NonNullable<typeof up> => {
    if (!up) throw new Error("the stage stands only while its tests run");
    return up;
  };
  const on: Stage = {
    get rig() {
      return standing().rig;
    },
    get speech() {
      return standing().speech;
    },
    dial(carrier, agent, more = {}) {
      const to = numbers.get(agent);
      if (to === undefined) throw new Error(`there is no agent ${agent}`);
      return on.rig.dial(carrier, { to, ...more });
    },
    requests(prompt) {
      const bodies = on.rig.simulator.wire.http.map(({ body }) => body as { readonly messages?: readonly Message[] });
      const conversations = bodies.flatMap(({ messages }) => (messages ? [messages] : []));
      return conversations
        .filter(([system]) => system?.content.startsWith(prompt))
        .map((messages) => messages.slice(1));
    },
    books: (call) => booksOf(on.rig, call),
    counted: (name) => countedBy(on.rig, name),
  };
  return on;
}

async function booksOf(rig: Rig, call: TwinCall): Promise<Books> {
  const sid = [call.callSid];
  const [row] = await until(
    "the transcript",
    async () => {
      const rows = await rig.sql<{ end_how: string; end_detail: string }>(
        "select c.end_how, c.end_detail from calls c join transcripts t on t.call_id = c.id where c.carrier_call_id = $1",
        sid,
      );
      return rows.length > 0 && rows;
    },
    20_000,
  );
  const turns = await rig.sql<Turn>(
    "select t.* from turns t join calls c on t.call_id = c.id where c.carrier_call_id = $1 order by seq",
    sid,
  );
  const decisions = await rig.sql<{ what: string }>(
    "select d.what from decisions d join calls c on d.call_id = c.id where c.carrier_call_id = $1 order by seq",
    sid,
  );
  return {
    endHow: row?.end_how ?? "",
    endDetail: row?.end_detail ?? "",
    turns,
    decisions: decisions.map(({ what }) => what),
  };
}

async function countedBy(rig: Rig, name: string): Promise<number> {
  const answer = await fetch(`${rig.running.url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } });
  const lines = (await answer.text())
    .split("\n")
    .filter((line) => line.startsWith(`durvani_${name}{`) || line.startsWith(`durvani_${name} `));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Long enough for a machine that does other things too. */
const PATIENCE_MS = 20_000;

export const happened = (call: TwinCall, wanted: (event: TwinEvent) => boolean, from = 0): Promise<TwinEvent> =>
  call.waitFor(wanted, PATIENCE_MS, from);

/** The caller has heard the end of this piece. */
export const played = (call: TwinCall, mark: string): Promise<TwinEvent> =>
  happened(call, (event) => event.kind === "mark-returned" && event.name === mark && event.why !== "cleared");

export const markCame = (call: TwinCall, mark: string): Promise<TwinEvent> =>
  happened(call, (event) => event.kind === "mark-received" && event.name === mark);

export const cleared = (call: TwinCall, times = 1): Promise<TwinEvent> => {
  let seen = 0;
  return happened(call, (event) => event.kind === "clear-received" && ++seen === times);
};

export const clearsOf = (call: TwinCall): number => call.log.filter(({ kind }) => kind === "clear-received").length;

export const warningsOf = (call: TwinCall): readonly TwinEvent[] => call.log.filter(({ kind }) => kind === "warning");
