import { parseArgs } from "node:util";

export const REPLAY_USAGE = `npm run replay -- [HOW] [SHOW] FILE…

  FILE         a journal (.jsonl), a fixture's folder, a raw media-stream log, or the id of a call under DATA_DIR
HOW            inputs recorded: everything that entered the call is fed back (the default)
  --line       the caller's sound and keys are fed back; ear, dialog and voice are imitated, on a virtual clock
  --live       the same in real time, on real sockets: Sarvam where SARVAM_API_KEY is set, its imitation otherwise
  --wire URL   the imitated carrier dials the gateway that runs there and plays the caller; --speed N plays it faster
SHOW           what is not as it was (the default)
  --explain    the call as a story, with every decision and what would have changed it
  --decisions  the log of what was decided, and nothing else
  --json       one JSON line per call`;

export type How =
  | { readonly kind: "inputs" | "line" | "live" }
  | { readonly kind: "wire"; readonly url: string; readonly speed: number };
export type Show = "differences" | "explain" | "decisions" | "json";
export type ReplayArguments = { readonly files: readonly string[]; readonly how: How; readonly show: Show };

/** What was asked for is none of what there is; the message is for the person who asked. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Throws `UsageError`. */
export function replayArguments(args: readonly string[]): ReplayArguments {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        line: { type: "boolean", default: false },
        live: { type: "boolean", default: false },
        wire: { type: "string" },
        speed: { type: "string" },
        explain: { type: "boolean", default: false },
        decisions: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    }),
  );
  const { wire, speed, line, live, explain, decisions, json } = values;
  const show = oneOf({ explain, decisions, json }) ?? "differences";
  const kind = oneOf({ line, live, wire: wire !== undefined }) ?? "inputs";
  if (positionals.length === 0) throw new UsageError("Which call? A FILE is missing.");
  if (speed !== undefined && kind !== "wire") throw new UsageError("--speed belongs to --wire.");
  if (kind !== "wire") return { files: positionals, how: { kind }, show };
  if (show === "decisions") throw new UsageError("--decisions: what a gateway elsewhere decides is in its own books.");
  return {
    files: positionals,
    how: { kind, url: httpUrl(wire ?? ""), speed: positive("--speed", speed ?? "1") },
    show,
  };
}

function httpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(`--wire: ${text} is no http:// or https:// URL.`);
}

export const FIXTURE_USAGE = `npm run fixture -- CALL_ID|FILE [--name N] [--about TEXT] [--incident I4]… [--scrub WORD]… [--keep-audio] [--force] [--into DIR]

  CALL_ID|FILE  the id of a call under DATA_DIR, a journal, or a raw media-stream log
  --name        of the fixture, in kebab-case; made from the call's id otherwise, which a log of a media stream has none of
  --about       what the call is an example of, for whoever reads the fixture
  --incident    which of the known incidents it covers
  --scrub       a word that must not be in it, such as a name
  --keep-audio  the caller's sound stays in it: somebody's voice, in the repository for good; once, in the media stream where
                there is one
  --force       a fixture of that name is replaced
  --into        where it goes; test/fixtures otherwise`;

export type FixtureArguments = {
  readonly call: string;
  readonly name?: string;
  readonly about: string;
  readonly incidents: readonly string[];
  readonly scrub: readonly string[];
  readonly keepAudio: boolean;
  readonly force: boolean;
  readonly into?: string;
};

/** Throws `UsageError`. */
export function fixtureArguments(args: readonly string[]): FixtureArguments {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: "string" },
        about: { type: "string", default: "" },
        incident: { type: "string", multiple: true, default: [] },
        scrub: { type: "string", multiple: true, default: [] },
        "keep-audio": { type: "boolean", default: false },
        force: { type: "boolean", default: false },
        into: { type: "string" },
      },
    }),
  );
  const [call, ...more] = positionals;
  if (call === undefined || more.length > 0)
    throw new UsageError("One call makes one fixture: name one CALL_ID or FILE.");
  const { name, into, about, incident, scrub, force, "keep-audio": keepAudio } = values;
  if (name !== undefined && !isKebab(name)) throw new UsageError(`--name: ${name} is not in kebab-case.`);
  const wrong = incident.find((one) => !/^I\d+$/.test(one));
  if (wrong !== undefined) throw new UsageError(`--incident: ${wrong} is none; they are I1, I2 and so on.`);
  return {
    call,
    about,
    incidents: incident,
    scrub,
    keepAudio,
    force,
    ...(name === undefined ? {} : { name }),
    ...(into === undefined ? {} : { into }),
  };
}

const isKebab = (text: string): boolean => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text);

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`${name}: ${text} is no positive number.`);
}

/** The only one of these that was given, if any was. */
function oneOf<Name extends string>(given: Readonly<Record<Name, boolean>>): Name | undefined {
  const names = (Object.keys(given) as Name[]).filter((name) => given[name]);
  if (names.length > 1) throw new UsageError(`${names.map((name) => `--${name}`).join(" and ")} exclude each other.`);
  return names[0];
}

function parsed<Parsed>(parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
