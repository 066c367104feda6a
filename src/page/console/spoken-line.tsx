import { durationOf, latencyOf } from "../ui/format.ts";
import type { Line } from "./call-lines.ts";

type SpokenLineProps = {
  readonly line: Line;
  readonly language: string;
  /** It is heard in the recording now. */
  readonly playing: boolean;
  /** Absent where there is no recording. */
  readonly seek: ((ms: number) => void) | undefined;
  readonly showReply: (turn: number) => void;
};

/** Something that was said, or is being said. */
export function SpokenLine({ line, language, playing, seek, showReply }: SpokenLineProps) {
  const { by, turn, atMs, rest, interrupted, latencyMs } = line;
  return (
    <li class="line" aria-current={playing ? "true" : undefined} data-line={line.key}>
      <At ms={atMs} seek={seek} />
      <div class="said">
        <p class="row by">
          <b class={`by-${by}`}>{by === "caller" ? "Caller" : "Agent"}</b>
          {interrupted && <span class="pill warn">interrupted</span>}
          {latencyMs !== undefined && (
            <button
              class="plain latency number"
              type="button"
              aria-label={`Answered after ${latencyOf(latencyMs)}: show how`}
              onClick={() => showReply(turn)}
            >
              {latencyOf(latencyMs)}
            </button>
          )}
        </p>
        <p lang={language} class="words">
          {line.text}
          {line.text !== "" && rest && " "}
          {rest?.is === "unheard" && <del>{rest.text}</del>}
          {rest?.is === "coming" && <i>{rest.text}&nbsp;…</i>}
        </p>
        {line.texts && <Texts texts={line.texts} language={language} />}
      </div>
    </li>
  );
}

function At({ ms, seek }: { readonly ms: number | undefined; readonly seek: SpokenLineProps["seek"] }) {
  if (ms === undefined) return <span class="at quiet">now</span>;
  if (!seek) return <span class="at quiet number">{durationOf(ms)}</span>;
  return (
    <button class="plain at number" type="button" aria-label={`Play from ${durationOf(ms)}`} onClick={() => seek(ms)}>
      {durationOf(ms)}
    </button>
  );
}

const TEXTS = { agentGenerated: "Generated", agentSent: "Sent", agentHeard: "Heard" } as const;

/** The three texts of an answer, for whoever wonders why the caller did not hear it. */
function Texts({ texts, language }: { readonly texts: NonNullable<Line["texts"]>; readonly language: string }) {
  if (texts.agentGenerated === texts.agentHeard) return null;
  return (
    <details class="texts">
      <summary>Generated, sent, heard</summary>
      <dl>
        {(["agentGenerated", "agentSent", "agentHeard"] as const).map((name) => (
          <div key={name}>
            <dt>{TEXTS[name]}</dt>
            <dd lang={language}>{texts[name] || "–"}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
