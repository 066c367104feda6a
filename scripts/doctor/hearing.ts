import { silenceByte } from "../../src/audio/format.ts";
import type { Clock } from "../../src/kit/clock.ts";
import type { Ear, Heard, SpeechToText } from "../../src/speech/speech.ts";
import type { Tell } from "./finding.ts";
import { speechTodo } from "./speech-trouble.ts";

/** A caller to listen to: headerless µ-law at 8 kHz. */
export type Sample = { readonly audio: Buffer };

const LINE = { encoding: "mulaw", rate: 8000 } as const;
const FRAME_BYTES = 160;
const FRAME_MS = 20;
/** After the last word; a server waits half a second before it calls speech ended. */
const PATIENCE_MS = 8000;

type Moment = { readonly heard: Heard /** Since the first word was sent. */; readonly atMs: number };

/** Plays the sample at the pace of a phone line and prints what is understood while it is still being spoken. */
export async function checkHearing(stt: SpeechToText, { audio }: Sample, clock: Clock, tell: Tell): Promise<void> {
  const spokenMs = audio.length / 8;
  const over = new AbortController();
  const cancel = clock.after(spokenMs + PATIENCE_MS, () => over.abort());
  const moments: Moment[] = [];
  try {
    const ear = stt.listen({ format: LINE, language: "unknown" }, over.signal);
    const begunMs = clock.now();
    void play(audio, ear, clock, over.signal);
    for await (const heard of ear) {
      const moment = { heard, atMs: clock.now() - begunMs };
      moments.push(moment);
      show(moment, tell);
      if (heard.kind === "final" && heard.text !== "" && moment.atMs >= spokenMs) break;
    }
  } finally {
    cancel();
    over.abort();
  }
  judge(moments, spokenMs, tell);
}

/** Speech, then silence until the signal; never ahead of the clock, as no caller is. */
async function play(audio: Buffer, ear: Ear, clock: Clock, signal: AbortSignal): Promise<void> {
  const begunMs = clock.now();
  const silence = Buffer.alloc(FRAME_BYTES, silenceByte(LINE)).toString("base64");
  for (let frame = 1; !signal.aborted; frame++) {
    // A frame is whole only when its last sample was spoken.
    const waitMs = begunMs + frame * FRAME_MS - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs, signal).catch(() => undefined); // The loop's condition tells.
    const at = (frame - 1) * FRAME_BYTES;
    ear.hear(at < audio.length ? audio.subarray(at, at + FRAME_BYTES).toString("base64") : silence);
  }
}

function show({ heard, atMs }: Moment, tell: Tell): void {
  const at = `${(atMs / 1000).toFixed(2)} s`;
  if (heard.kind === "partial") tell.live(`${at}  … ${heard.text}`);
  if (heard.kind === "final") tell.live(`${at}  = ${heard.text}`);
}

function judge(moments: readonly Moment[], spokenMs: number, tell: Tell): void {
  const failed = moments.flatMap(({ heard }) => (heard.kind === "ear-failed" ? [heard.error.message] : []))[0];
  if (failed !== undefined) return tell.fail(`speech is not heard: ${failed}`, speechTodo(failed));
  const notes = moments.flatMap(({ heard }) => (heard.kind === "ear-note" ? [heard.note] : []));
  const words = (kind: "partial" | "final") => moments.filter(({ heard }) => heard.kind === kind && heard.text !== "");
  const last = words("final").at(-1);
  const first = words("partial")[0];
  if (!last) {
    const why = [`${spokenMs / 1000} s of speech were not understood`, ...notes].join("; ");
    return tell.fail(why, "See status.sarvam.ai, and whether a firewall lets WebSockets out to SARVAM_BASE_URL.");
  }
  const finalMs = Math.max(0, Math.round(last.atMs - spokenMs));
  const whole = `the whole ${finalMs} ms after the last word`;
  if (!first) return tell.warn([`heard, ${whole}, but with no partials`, ...notes].join("; "), NO_PARTIALS);
  tell.ok(`heard while speaking: first partial after ${Math.round(first.atMs)} ms, ${whole}`);
  for (const note of notes)
    tell.warn(note, "Run the doctor again; if it happens again, look at this machine's network.");
}

const NO_PARTIALS =
  "Partials come from the realtime socket only: ask Sarvam for access to it, and leave SARVAM_STT_API at auto.";
