import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SocketRecord, WireEvent } from "../../src/simulator/sarvam/sarvam.ts";
import type { TwinCall, TwinEvent } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { type Rig, type RigOptions, startRig, until } from "../rig.ts";

const READER = "a-key-that-may-read";
const CONTROLLER = "a-key-that-may-control-only";
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A short greeting, and an agent that says back what it understood. */
export const ECHO = {
  name: "echo",
  greeting: "Hello there.",
  language: "en-IN",
  dialog: { kind: "echo" },
  limits: { silenceSeconds: 60 },
} as const;

export type CallRow = {
  readonly id: string;
  readonly status: string;
  readonly agent: string;
  readonly end_how: string;
  readonly end_detail: string;
};
export type TurnRow = {
  readonly seq: number;
  readonly user_text: string;
  readonly agent_generated: string;
  readonly agent_sent: string;
  readonly agent_heard: string;
};
export type JournalLine = {
  readonly atMs: number;
  readonly in?: { readonly kind: string; readonly text?: string; readonly utterance?: number };
  readonly out?: { readonly do: string; readonly source?: { readonly kind: string } };
  readonly book?: { readonly kind: string };
};

/** A rig with agents of one's own, and everything that can be asked about its calls afterwards. */
export type Story = Rig & {
  readonly keys: { readonly reader: string; readonly controller: string };
  /** What went over the provider's sockets since the start. */
  readonly wire: readonly WireEvent[];
  sockets(kind: "stt" | "tts", open?: boolean): readonly SocketRecord[];
  /** How often the provider was asked for such a socket, refusals included. */
  attempts(kind: "stt" | "tts"): number;
  /** The row of a call, once it has ended. */
  ended(call: Pick<TwinCall, "callSid">): Promise<CallRow>;
  turns(row: CallRow): Promise<readonly TurnRow[]>;
  /** Everything in the journal of a call that is over but its first and last line. */
  journal(id: string): Promise<readonly JournalLine[]>;
  get(path: string, key?: string): Promise<Response>;
  /** The sum over all labels that match; 0 where it was never counted. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
};

let starting: Promise<unknown> = Promise.resolve();

/** One after the other: starting a database takes a whole processor, so all at once is no quicker and may be too slow. */
function inTurn<T>(start: () => Promise<T>): Promise<T> {
  const started = starting.then(start, start);
  starting = started;
  return started;
}

/** `agents`: what the agents file holds; an `echo` agent for every number unless told. */
export async function startStory({
  agents = { default: ECHO },
  env = {},
  ...options
}: RigOptions & { readonly agents?: Readonly<Record<string, object>> } = {}): Promise<Story> {
  const folder = await mkdtemp(join(tmpdir(), "durvani-agents-"));
  const file = join(folder, "agents.json");
  await writeFile(file, JSON.stringify(agents));
  const keys = `reader:read:${sha256(READER)},controller:control:${sha256(CONTROLLER)}`;
  const rig = await inTurn(() => startRig({ ...options, env: { AGENTS_FILE: file, API_KEYS: keys, ...env } }));
  const wire: WireEvent[] = [];
  rig.simulator.wire.on((event) => wire.push(event));
  const { sockets, refused } = rig.simulator.wire;
  const story: Omit<Story, keyof Rig> = {
    keys: { reader: READER, controller: CONTROLLER },
    wire,
    sockets: (kind, open = false) =>
      sockets.filter((socket) => socket.kind.startsWith(kind) && !(open && socket.closedAtMs !== undefined)),
    attempts: (kind) =>
      sockets.filter((socket) => socket.kind.startsWith(kind)).length +
      refused.filter(({ path }) => path.startsWith("/text-to-speech") === (kind === "tts")).length,
    ended: ({ callSid }) =>
      until("the end of a call in the books", async () => {
        const rows = await rig.sql<CallRow>(
          "select id, status, agent, end_how, end_detail from calls where carrier_call_id = $1 and status = 'ended'",
          [callSid],
        );
        return rows[0];
      }),
    turns: ({ id }) =>
      rig.sql<TurnRow>(
        "select seq, user_text, agent_generated, agent_sent, agent_heard from turns where call_id = $1 order by seq",
        [id],
      ),
    async journal(id) {
      const settled = join(rig.dataDir, "journals", "settled");
      await until("the settled journal", async () => (await readdir(settled)).includes(`${id}.jsonl`));
      const text = await readFile(join(settled, `${id}.jsonl`), "utf8");
      const lines: JournalLine[] = text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
      return lines.filter(({ atMs }) => atMs !== undefined);
    },
    get: (path, key) =>
      fetch(rig.running.url + path, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
    async metric(name, labels = {}) {
      const text = await (await story.get("/metrics", READER)).text();
      const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      return text
        .split("\n")
        .filter((line) => line.startsWith(`durvani_${name}{`) || line.startsWith(`durvani_${name} `))
        .filter((line) => wanted.every((label) => line.includes(label)))
        .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    },
  };
  const stop = rig[Symbol.asyncDispose];
  return Object.assign(rig, story, {
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

const isMark = (event: TwinEvent): boolean => event.kind === "mark-returned";

/** The agent has said its first thing, and the caller heard it. */
export async function greeted(call: TwinCall): Promise<void> {
  await call.waitFor(isMark, 20_000);
}

/** The caller says one of the recorded phrases, and hears the first sentence of what comes of it to its end. */
export async function ask(call: TwinCall, name: string): Promise<void> {
  const { audio, text } = voice(name);
  await call.say(audio, text);
  // Not before: marks that come back while the caller speaks are of what was interrupted.
  await call.waitFor(isMark, 20_000, call.log.length);
}

/** The caller hangs up, and everything that the carrier does afterwards is done. */
export async function hangUp(call: TwinCall): Promise<void> {
  call.hangUp();
  await call.over;
}
