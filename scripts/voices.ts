import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeSamples, SampleReader } from "../src/simulator/sarvam/samples.ts";

/**
 * Makes the callers' voices that `voices.json` describes and the folder lacks: the command of `made` speaks the text (or is a noise),
 * silence around it is cut off, and it becomes µ-law at one loudness. Needs espeak-ng and sox; the committed files came from
 * espeak-ng 1.51 and sox 14.4.2. To make one anew, delete it first; the entries without `made` cannot be made anew.
 */
const FOLDER = join(import.meta.dirname, "..", "src", "simulator", "voices");
const LIST = join(FOLDER, "voices.json");
/** -19 dBFS, as a caller's voice arrives. */
const LOUDNESS = 32_768 * 10 ** (-19 / 20);
const NO_SILENCE = "silence 1 0 0.5% reverse silence 1 0 0.5% reverse";

type Described = {
  readonly text: string;
  readonly language: string;
  readonly durationMs?: number;
  readonly made?: string;
};

/** What the program writes. Exits when it is missing or fails. */
function run(command: string, more: readonly string[], input?: Buffer): Buffer {
  const [program = "", ...words] = command.split(" ");
  const { error, status, stdout, stderr } = spawnSync(program, [...words, ...more], { input });
  if (error) leave(`${program} is needed to make voices: ${error.message}`);
  if (status !== 0) leave(`${command}: ${stderr.toString()}`);
  return stdout;
}

function leave(why: string): never {
  console.error(why);
  process.exit(1);
}

function make(command: string, text: string): Buffer {
  const wav = run(command, text === "" ? [] : [text]);
  const pcm = run(`sox -R -t wav - -t raw -e signed -b 16 -r 8000 -c 1 - ${NO_SILENCE}`, [], wav);
  const samples = new SampleReader("linear16").read(pcm);
  const power = samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length;
  const gain = LOUDNESS / Math.sqrt(power);
  const limited = samples.map((sample) => Math.max(-32_000, Math.min(32_000, Math.round(sample * gain))));
  return encodeSamples(limited, "mulaw");
}

const voices: Record<string, Described> = JSON.parse(readFileSync(LIST, "utf8"));
for (const [file, described] of Object.entries(voices)) {
  const path = join(FOLDER, file);
  if (existsSync(path)) continue;
  if (described.made === undefined) leave(`${file} is missing, and voices.json does not say how it was made`);
  const audio = make(described.made, described.text);
  writeFileSync(path, audio);
  voices[file] = { ...described, durationMs: Math.round(audio.length / 8) };
  console.log(`${file}: ${voices[file].durationMs} ms`);
}
writeFileSync(LIST, `${JSON.stringify(voices, null, 2)}\n`);
