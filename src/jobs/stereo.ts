import { z } from "zod";
import { Arrivals } from "../audio/arrivals.ts";
import type { AudioFormat } from "../audio/format.ts";
import { Track } from "../audio/track.ts";
import type { JournalEntry } from "../journal/journal.ts";
import type { Language } from "../record/record.ts";
import { AgentSound } from "./agent-sound.ts";

/** PCM16 little-endian, caller and agent in turn. */
export type Stereo = { readonly rate: number; readonly pcm: Buffer };

/** The recorded apology in the line's format, which journals do not hold. */
export type ApologyAudio = (language: Language, format: AudioFormat) => Buffer;

const startedSchema = z.object({
  kind: z.literal("started"),
  format: z.object({ encoding: z.enum(["mulaw", "linear16"]), rate: z.literal([8000, 16000, 24000]) }),
});
const replySchema = z.object({ generation: z.int(), source: z.object({ kind: z.string() }) });

/**
 * A journalled call as it sounded: the caller left, the agent right, from the stream's start to the call's end, piece by piece. What
 * the caller was sent stands where it was heard. Nothing comes of a call that never had a stream. `journal` gives entries in the
 * journal's order, some at a time.
 */
export async function* stereo(
  journal: AsyncIterable<readonly JournalEntry[]>,
  apology: ApologyAudio,
): AsyncGenerator<Stereo> {
  let language: Language = "en-IN";
  let mix: Mix | undefined;
  for await (const entries of journal) {
    for (const entry of entries) {
      if ("call" in entry) language = entry.call.voice.language;
      if (mix) mix.take(entry);
      else mix = begun(entry, (format) => apology(language, format));
    }
    if (mix) yield* mix.settled();
  }
  if (mix) yield* mix.rest();
}

function begun(entry: JournalEntry, apology: (format: AudioFormat) => Buffer): Mix | undefined {
  const started = "in" in entry ? startedSchema.safeParse(entry.in).data : undefined;
  return started && new Mix(started.format, entry.atMs, () => apology(started.format));
}

/** Both channels of a call whose stream began at `beganMs`. */
class Mix {
  readonly #rate: number;
  readonly #left: Track;
  readonly #right: Track;
  readonly #caller: Arrivals;
  readonly #agent: AgentSound;
  #nowMs: number;
  #endMs: number | undefined;
  /** Samples given so far. */
  #given = 0;

  constructor(format: AudioFormat, beganMs: number, apology: () => Buffer) {
    this.#rate = format.rate;
    this.#nowMs = beganMs;
    this.#left = new Track(format, beganMs);
    this.#right = new Track(format, beganMs);
    this.#caller = new Arrivals(format, this.#left);
    this.#agent = new AgentSound(format, this.#right, apology);
  }

  take(entry: JournalEntry): void {
    if (this.#endMs !== undefined) return;
    const { atMs } = entry;
    this.#nowMs = Math.max(this.#nowMs, atMs);
    if ("audio" in entry) this.#caller.hear(atMs, Buffer.from(entry.audio, "base64"), entry.filled);
    else if ("spoken" in entry) this.#agent.spoken(entry.spoken, atMs);
    else if ("line" in entry) this.#agent.sent(entry.line, atMs);
    else if ("lost" in entry && entry.lost.lines > 0) this.#agent.lose();
    else if ("out" in entry) this.#decided(entry.out, atMs);
  }

  /** What no later entry can change. */
  *settled(): Generator<Stereo> {
    const until = Math.min(this.#caller.settledMs(this.#nowMs), this.#agent.settledMs(this.#nowMs));
    if (this.#left.sampleAt(until) - this.#given >= this.#rate) yield* this.#give(until);
  }

  *rest(): Generator<Stereo> {
    this.#caller.finish();
    if (this.#endMs === undefined) this.#agent.finish();
    yield* this.#give(this.#endMs ?? this.#nowMs);
  }

  #decided(effect: { readonly do: string }, atMs: number): void {
    if (effect.do === "end") this.#endMs = atMs;
    else if (effect.do === "stop-reply") this.#agent.stop();
    else if (effect.do === "start-reply") {
      const reply = replySchema.safeParse(effect).data;
      if (reply) this.#agent.begin(reply.generation, reply.source.kind === "apology", atMs);
    }
  }

  /** A second at a time. */
  *#give(untilMs: number): Generator<Stereo> {
    const until = this.#left.sampleAt(untilMs);
    while (this.#given < until) {
      this.#given = Math.min(until, this.#given + this.#rate);
      yield { rate: this.#rate, pcm: interleaved(this.#left.read(this.#given), this.#right.read(this.#given)) };
    }
  }
}

function interleaved(left: Buffer, right: Buffer): Buffer {
  const both = Buffer.allocUnsafe(left.length * 2);
  for (let at = 0; at < left.length; at += 2) {
    both.writeInt16LE(left.readInt16LE(at), at * 2);
    both.writeInt16LE(right.readInt16LE(at), at * 2 + 2);
  }
  return both;
}
