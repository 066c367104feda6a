import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { durationOf } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import type { Call } from "../ui/told.ts";
import type { Peaks } from "./answers.ts";
import { useAsked } from "./asked.ts";
import type { Playback } from "./playback.ts";
import { Wave } from "./wave.tsx";

const SPEEDS = [0.75, 1, 1.25, 1.5, 2] as const;
/** What an arrow key moves by, and what a page key does. */
const STEP_MS = 5_000;
const LEAP_MS = 30_000;

type RecordingProps = { readonly call: Call; readonly version: number; readonly player: Playback };

/** The call as it sounded, both sides apart; where there is no recording, why. */
export function Recording({ call, version, player }: RecordingProps) {
  const { id, openedAt, answeredAt = openedAt } = call;
  const path = `/v1/calls/${id}`;
  const peaks = useAsked<Peaks>(call.recordingUrl === undefined ? undefined : `${path}/peaks?buckets=600`, version);
  const { value } = peaks;
  if (call.recordingUrl === undefined) return <NoRecording why={whyNone(call)} />;
  if (value.state === "asking") return null;
  if (value.state === "refused") return <NoRecording why={value.why} />;
  return (
    <Player
      peaks={value.told}
      beganMs={answeredAt - openedAt}
      source={`${path}/recording`}
      name={`${id}.wav`}
      player={player}
    />
  );
}

const NoRecording = ({ why }: { readonly why: string }) => (
  <p class="card quiet">
    <b>No recording:</b> {why}
  </p>
);

/** It is written before or after the transcript, within seconds. */
function whyNone({ erasedAt, answeredAt, transcript }: Call): string {
  if (erasedAt !== undefined) return "it was erased.";
  if (answeredAt === undefined) return "nobody was on the line.";
  return transcript
    ? "calls were not recorded (RECORD_CALLS=wav does that), or nothing was to be heard."
    : "if there is to be one, it is still being written.";
}

type PlayerProps = {
  readonly peaks: Peaks;
  readonly beganMs: number;
  readonly source: string;
  readonly name: string;
  readonly player: Playback;
};

function Player({ peaks, beganMs, source, name, player }: PlayerProps) {
  const audio = useRef<HTMLAudioElement>(null);
  const failed = useSignal(false);
  const { durationMs } = peaks;
  useEffect(() => player.attach(audio.current, durationMs, beganMs), [durationMs, beganMs]);
  useFrames(player);
  const { refresh } = player;
  const { value: playing } = player.playing;
  return (
    <section class="card player" aria-label="Recording">
      {/* biome-ignore lint/a11y/useMediaCaption: the transcript below follows it line by line */}
      <audio
        ref={audio}
        src={source}
        preload="metadata"
        onPlay={refresh}
        onPause={refresh}
        onEnded={refresh}
        onTimeUpdate={refresh}
        onError={() => {
          failed.value = true;
        }}
      />
      <button class="primary round" type="button" aria-label={playing ? "Pause" : "Play"} onClick={player.toggle}>
        <Icon name={playing ? "pause" : "play"} />
      </button>
      <Track peaks={peaks} player={player} />
      <div class="player-tools">
        <Position player={player} />
        <label class="row">
          <span class="wide-only">Speed</span>
          <select
            aria-label="Speed"
            onChange={({ currentTarget }) => {
              if (audio.current) audio.current.playbackRate = Number(currentTarget.value);
            }}
          >
            {SPEEDS.map((speed) => (
              <option key={speed} value={speed} selected={speed === 1}>
                {speed}×
              </option>
            ))}
          </select>
        </label>
        <a class="button" href={source} download={name}>
          <Icon name="download" />
          Download
        </a>
      </div>
      <p role="alert" class="bad">
        {failed.value && "The recording cannot be played here. It can be downloaded."}
      </p>
    </section>
  );
}

/** `timeupdate` comes four times a second, which is seen. */
function useFrames(player: Playback): void {
  const playing = player.playing.value;
  useEffect(() => {
    if (!playing) return;
    let frame = requestAnimationFrame(function next() {
      player.refresh();
      frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing]);
}

const Position = ({ player: { atMs, durationMs } }: { readonly player: Playback }) => (
  <span class="number">
    {durationOf(atMs.value)} / {durationOf(durationMs.value)}
  </span>
);

const MOVES: Readonly<Record<string, (atMs: number, durationMs: number) => number>> = {
  ArrowRight: (at) => at + STEP_MS,
  ArrowUp: (at) => at + STEP_MS,
  ArrowLeft: (at) => at - STEP_MS,
  ArrowDown: (at) => at - STEP_MS,
  PageUp: (at) => at + LEAP_MS,
  PageDown: (at) => at - LEAP_MS,
  Home: () => 0,
  End: (_, duration) => duration,
};

/** Where it plays; a click goes there, and so do the arrow keys. */
function Track({ peaks, player }: Pick<PlayerProps, "peaks" | "player">) {
  const { durationMs } = peaks;
  const { atMs } = player;
  const share = useComputed(() => (durationMs === 0 ? 0 : Math.min(1, atMs.value / durationMs)));
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    player.seek(move(atMs.peek(), durationMs));
  };
  const onPointer = (event: PointerEvent): void => {
    if (event.type === "pointermove" && event.buttons !== 1) return;
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    player.seek(((event.clientX - left) / width) * durationMs);
  };
  return (
    <div class="track-box">
      <span class="caller" aria-hidden="true">
        Caller
      </span>
      <span class="agent" aria-hidden="true">
        Agent
      </span>
      <div
        class="track"
        role="slider"
        tabIndex={0}
        aria-label="Position in the recording"
        aria-valuemin={0}
        aria-valuemax={Math.round(durationMs / 1000)}
        aria-valuenow={Math.round(atMs.value / 1000)}
        aria-valuetext={`${durationOf(atMs.value)} of ${durationOf(durationMs)}`}
        onKeyDown={onKeyDown}
        onPointerDown={onPointer}
        onPointerMove={onPointer}
      >
        <Wave peaks={peaks} share={share} />
      </div>
    </div>
  );
}
