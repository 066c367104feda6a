import { setupOf } from "../../src/call/witness.ts";
import { allCarriers } from "../../src/carrier/carriers.ts";
import type { Config } from "../../src/config.ts";
import { loadAgents } from "../../src/dialog/agents.ts";
import { type CallSetup, type Recording, readRecording, recordingText } from "../../src/journal/journal.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLog as log } from "../../src/kit/log.ts";
import { deafMeter as meter } from "../../src/kit/meter.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { CallId } from "../../src/record/record.ts";
import {
  agentOf,
  ImportError,
  type Imported,
  importWire,
  type PlayedWire,
  playWire,
  type RecordedCall,
} from "../../src/replay/replay.ts";
import { replayParts } from "../../src/replay-parts.ts";
import { imitation } from "./imitation.ts";

/** What a raw media-stream log came to, and what to tell of it. */
export type ImportedCall = { readonly recording: Recording; readonly note: string };

/**
 * A raw log of a media stream as a journal: what the carrier sent, played to the gateway's own line and answered by the agent of
 * the dialled number; ear, voice and chat model are imitated. Rejects with `ImportError`.
 */
export async function importedCall(text: string, config: Config): Promise<ImportedCall> {
  const imported = importWire(text, { dialects: dialectsOf(config) });
  const started = imported.messages.flatMap((message) => {
    const event = "text" in message ? imported.dialect.decode(message.text) : undefined;
    return event?.kind === "started" ? [event] : [];
  })[0];
  const { carrierCallId = "", params = {} } = started ?? {};
  const id = `call_${carrierCallId || "imported"}` as CallId;
  const { entries } = await playLog(imported, { id, setup: setupFor(params["to"] ?? "", imported, config) }, config);
  return { recording: readRecording(recordingText({ id, entries })), note: noteOf(imported) };
}

/** A fixture's media stream. Throws `ImportError`. */
export function readStream(text: string, config: Config): Imported {
  const imported = importWire(text, { dialects: dialectsOf(config) });
  // Nobody should believe to have tested what was not understood.
  if (imported.badLines.length > 0) throw new ImportError(`line ${imported.badLines[0]} makes no sense`);
  return imported;
}

/** Plays a fixture's media stream to the agent its journal names, or else to the built-in one. Rejects with `ImportError`. */
export async function playStream(text: string, setup: CallSetup | undefined, config: Config): Promise<PlayedWire> {
  const imported = readStream(text, config);
  const who = { id: "call_wire" as CallId, setup: setup ?? setupFor("", imported, config) };
  return playLog(imported, who, config);
}

type Who = { readonly id: CallId; readonly setup: CallSetup };

function playLog({ messages, dialect }: Imported, { id, setup }: Who, config: Config): Promise<PlayedWire> {
  const clock = new VirtualClock();
  // Nothing is known yet of what was said: the ear goes by the sound alone.
  const unheard: RecordedCall = { id, setup, format: setup.format, events: [], replies: [], sent: [], audio: [] };
  const { dialog, ...company } = imitation(unheard, clock);
  const agent = { ...agentOf(setup, dialog), recipe: setup.dialog };
  return playWire(messages, { ...replayParts(config), ...company, id, clock, dialect, agent });
}

function setupFor(dialled: string, { dialect }: Imported, config: Config): CallSetup {
  const { agentsFile: file, llmModel: model } = config.dialog;
  // Nobody thinks there: the imitation does, and wants to know only who it is to be.
  const agents = loadAgents({
    file,
    llm: { baseUrl: "https://imitated.invalid", model },
    clock: new VirtualClock(),
    log,
    meter,
  });
  return setupOf(agents.forNumber(dialled), dialect.usualFormat, replayParts(config).policy);
}

const dialectsOf = (config: Config) =>
  allCarriers(config, config.listen.publicUrl ?? "", systemClock.wall).map(({ dialect }) => dialect);

function noteOf({ dialect, messages, timed, ownMessages, badLines }: Imported): string {
  return [
    `imported: ${messages.length} messages of ${dialect.name}, timed ${timed}`,
    ...(ownMessages === 0 ? [] : [`${ownMessages} messages of a gateway left out`]),
    ...(badLines.length === 0 ? [] : [`lines that make no sense left out: ${badLines.join(", ")}`]),
  ].join("; ");
}
