/** A recorded call, played back; and what can be made of it: a test, a story, a score, a choice between policies. */

export { inWords as differenceInWords } from "./again/difference-lines.ts";
export { replayInputs } from "./again/inputs.ts";
export { decisionLog, type TranscriptLine, transcriptOf } from "./again/log.ts";
export { agentOf, outcomeOf } from "./again/outcome.ts";
export { NotReplayableError, type RecordedCall, readCall } from "./again/recorded-call.ts";
export type { Difference, LineNote, Replayed, ReplayParts } from "./again/replayed.ts";
export { voiceModel } from "./again/voice-model.ts";
export { fixtureName } from "./fixture/fixture-name.ts";
export { doubtNotes, refuseLeaks } from "./fixture/leftovers.ts";
export { maskedCall, RefusedError } from "./fixture/masked-call.ts";
export { type CallerInput, callerOf } from "./line/caller.ts";
export { turnDifferences } from "./line/line-differences.ts";
export { type LineOnlyParts, replayLine } from "./line/line-only.ts";
export { jumping, waiting } from "./line/pace.ts";
export { LabelsError, readLabels } from "./score/labels.ts";
export { finishedBySound } from "./score/labels-by-sound.ts";
export { type CallerSpeech, callerSide } from "./score/sides.ts";
export { scrubText } from "./scrub/scrub.ts";
export { scrubStream, streamText } from "./scrub/stream.ts";
export { storyOf } from "./story/story.ts";
export { type Combination, type EarKnobs, earWith, type Grid, gridOf, KnobError, policyWith } from "./sweep/knobs.ts";
export { sweepPlot } from "./sweep/plot.ts";
export { type SweptCall, sweep } from "./sweep/sweep.ts";
export { sweepTable } from "./sweep/table.ts";
export { ImportError, type Imported, importWire } from "./wire/import.ts";
export { type PlayedWire, playWire, type WireMessage } from "./wire/wire.ts";
