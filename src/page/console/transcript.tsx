import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { durationOf } from "../ui/format.ts";
import type { Call } from "../ui/told.ts";
import { type Line, momentsOf, playingAt } from "./call-lines.ts";
import { DecisionNote } from "./decision-note.tsx";
import type { Playback } from "./playback.ts";
import { SpokenLine } from "./spoken-line.tsx";

type TranscriptProps = {
  readonly call: Call;
  readonly lines: ReadonlySignal<readonly Line[]>;
  readonly player: Playback;
  readonly showReply: (turn: number) => void;
};

/** Who stands so near the end, in pixels, wants to see what comes. */
const NEAR_PX = 48;

/** What was said, and what was decided meanwhile. */
export function Transcript({ call, lines, player, showReply }: TranscriptProps) {
  const decisions = useSignal(true);
  const box = useRef<HTMLDivElement>(null);
  const moments = momentsOf(lines.value, decisions.value ? call.decisions : []);
  const playing = useComputed(() => playingAt(lines.value, player.callMs.value));
  useFollowing(box, call.status === "open", playing.value);
  const canPlay = player.durationMs.value > 0;
  return (
    <section class="card stack" aria-labelledby="transcript-title">
      <div class="apart">
        <h2 id="transcript-title">Transcript</h2>
        <button
          class="chip"
          type="button"
          aria-pressed={decisions.value}
          onClick={() => {
            decisions.value = !decisions.value;
          }}
        >
          Decisions
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys, too */}
      <section class="transcript" ref={box} tabIndex={0} aria-label="What was said">
        <ol>
          {moments.map((moment) =>
            moment.kind === "line" ? (
              <SpokenLine
                key={moment.key}
                line={moment.line}
                language={call.language}
                playing={playing.value === moment.key}
                seek={canPlay ? player.seekInCall : undefined}
                showReply={showReply}
              />
            ) : (
              <DecisionNote key={moment.key} decision={moment.decision} />
            ),
          )}
        </ol>
        {lines.value.length === 0 && (
          <p class="empty">
            {call.status === "open" ? "Nobody has said anything yet." : "Nothing was said in this call."}
          </p>
        )}
      </section>
      {call.status === "open" && <Announcer lines={lines.value} language={call.language} />}
    </section>
  );
}

/** So many are kept, for who comes to read them late. */
const ANNOUNCED = 3;

/** Reads out what was said, once it is certain: guesses would be read over each other. */
function Announcer({ lines, language }: { readonly lines: readonly Line[]; readonly language: string }) {
  const certain = lines.filter(({ atMs, rest }) => atMs !== undefined && rest?.is !== "coming");
  return (
    <div class="unseen" role="log" aria-label="Said just now">
      {certain.slice(-ANNOUNCED).map(({ key, by, text, atMs }) => (
        <p key={key}>
          {by === "caller" ? "Caller" : "Agent"} at {durationOf(atMs ?? 0)}: <span lang={language}>{text}</span>
        </p>
      ))}
    </div>
  );
}

/** Shows what comes to whoever has read to the end, and the line that is played to whoever listens. */
function useFollowing(box: { readonly current: HTMLElement | null }, live: boolean, playing: string | undefined): void {
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return;
    const stop = new AbortController();
    const look = (): void => {
      atEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < NEAR_PX;
    };
    current.addEventListener("scroll", look, { passive: true, signal: stop.signal });
    return () => stop.abort();
  }, []);
  useLayoutEffect(() => {
    if (live && atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  });
  useLayoutEffect(() => {
    const line = playing === undefined ? null : box.current?.querySelector<HTMLElement>("[aria-current]");
    if (!line || !box.current) return;
    const [top, bottom] = [line.offsetTop, line.offsetTop + line.offsetHeight];
    const { scrollTop, clientHeight } = box.current;
    if (top < scrollTop || bottom > scrollTop + clientHeight) box.current.scrollTop = top - clientHeight / 3;
  }, [playing]);
}
