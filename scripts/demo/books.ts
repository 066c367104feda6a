import type { Pool } from "pg";
import { systemClock } from "../../src/kit/clock.ts";
import { columns, stamp, toWidth, wrap } from "../../src/kit/columns.ts";

export type BookedTurn = {
  readonly seq: number;
  readonly user_text: string;
  readonly agent_sent: string;
  readonly agent_heard: string;
  readonly interrupted: boolean;
  readonly ended_ms: number | null;
  readonly stt_ms: number | null;
  readonly dialog_ms: number | null;
  readonly tts_ms: number | null;
  readonly first_audio_ms: number | null;
  readonly agent_audio_ms: number | null;
};

type BookedLine = { readonly by: string; readonly text: string; readonly atMs: number; readonly cutShort: boolean };

/** What the database knows of one call, asked with SQL. `sid` is the carrier's id. */
export class DemoBooks {
  readonly #pool: Pool;
  readonly #sid: string;

  constructor(pool: Pool, sid: string) {
    this.#pool = pool;
    this.#sid = sid;
  }

  async turns(): Promise<readonly BookedTurn[]> {
    const { rows } = await this.#pool.query<BookedTurn>(
      `select t.seq, t.user_text, t.agent_sent, t.agent_heard, t.interrupted, t.ended_ms,
              m.stt_ms, m.dialog_ms, m.tts_ms, m.first_audio_ms, m.agent_audio_ms
         from turns t join calls c on c.id = t.call_id
         left join metrics m on m.call_id = t.call_id and m.seq = t.seq
        where c.carrier_call_id = $1 order by t.seq`,
      [this.#sid],
    );
    return rows;
  }

  /** The first turn that `wanted` accepts, as soon as the database has it: it is written behind the live call. */
  turn(wanted: (turn: BookedTurn) => boolean, timeoutMs: number): Promise<BookedTurn | undefined> {
    return soon(async () => (await this.turns()).find(wanted), timeoutMs);
  }

  /** How the call ended, once that is known. */
  end(timeoutMs: number): Promise<{ readonly end_how: string; readonly id: string } | undefined> {
    return soon(async () => {
      const { rows } = await this.#pool.query<{ end_how: string; id: string }>(
        "select id, end_how from calls where carrier_call_id = $1 and status = 'ended'",
        [this.#sid],
      );
      return rows[0];
    }, timeoutMs);
  }

  transcript(timeoutMs: number): Promise<{ readonly lines: readonly BookedLine[] } | undefined> {
    return soon(async () => {
      const { rows } = await this.#pool.query<{ document: { lines: readonly BookedLine[] } }>(
        `select t.document from transcripts t join calls c on c.id = t.call_id
           join owed_jobs j on j.call_id = c.id and j.kind = 'transcript' and j.done_at is not null
          where c.carrier_call_id = $1`,
        [this.#sid],
      );
      return rows[0]?.document;
    }, timeoutMs);
  }
}

/** Asks again until there is an answer or the time is up. */
async function soon<T>(ask: () => Promise<T | undefined>, timeoutMs: number): Promise<T | undefined> {
  const deadline = systemClock.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || systemClock.now() >= deadline) return answer;
    await systemClock.sleep(50, new AbortController().signal);
  }
}

export function transcriptLines(lines: readonly BookedLine[]): readonly string[] {
  return lines.flatMap(({ by, text, atMs, cutShort }) => {
    const words = text === "" ? "…" : text;
    const [first = "", ...rest] = wrap(cutShort ? `${words} — cut short` : words, 88);
    return [`${stamp(atMs)}  ${by.padEnd(8)}${first}`, ...rest.map((line) => `${" ".repeat(19)}${line}`)];
  });
}

const COLUMNS = [
  ["stt", "stt_ms"],
  ["dialog", "dialog_ms"],
  ["tts", "tts_ms"],
  ["first audio", "first_audio_ms"],
  ["agent spoke", "agent_audio_ms"],
] as const;

/** Milliseconds per turn, as the database has them. */
export function latencyLines(turns: readonly BookedTurn[]): readonly string[] {
  const said = Math.min(44, Math.max(6, ...turns.map(({ user_text }) => columns(user_text))));
  const row = (seq: string, text: string, cells: readonly string[]): string =>
    `${seq.padStart(4)}  ${toWidth(text, said)}${cells.map((cell) => cell.padStart(13)).join("")}`;
  return [
    row(
      "turn",
      "caller",
      COLUMNS.map(([title]) => title),
    ),
    ...turns.map((turn) =>
      row(
        String(turn.seq),
        turn.user_text === "" ? "(greeting)" : turn.user_text,
        COLUMNS.map(([, key]) => (turn[key] === null ? "–" : `${Math.round(turn[key])} ms`)),
      ),
    ),
  ];
}
