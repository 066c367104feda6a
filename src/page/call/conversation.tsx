import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../ui/icon.tsx";
import type { Choices } from "./choices.ts";
import type { Line } from "./dialogue.ts";
import type { WebCall } from "./web-call.ts";

/** Further from the end than this, and somebody reads what was said before. */
const NEAR_PX = 80;

type ConversationProps = { readonly call: WebCall; readonly choices: Choices };

/** What is said, as it is said; and a place to write. */
export function Conversation({ call, choices }: ConversationProps) {
  const lines = call.lines.value;
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    if (follows.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [lines]);
  const language = choices.language.value || choices.chosen?.language;
  return (
    <section class="card conversation" aria-labelledby="conversation-title">
      <h2 id="conversation-title">Conversation</h2>
      <div
        class="lines"
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="What was said"
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
        }}
      >
        {lines.length === 0 ? (
          <p class="empty">
            {call.busy.value
              ? "Nobody has said anything yet."
              : "Call, and talk to the agent. What is said appears here."}
          </p>
        ) : (
          <ol>
            {lines.map((line) => (
              <Turn key={line.id} line={line} language={language} />
            ))}
          </ol>
        )}
      </div>
      <p class="unseen" aria-live="polite">
        <LastWords lines={lines} language={language} />
      </p>
      <Writing call={call} />
    </section>
  );
}

const NAMES = { user: "You", bot: "Agent" } as const;

type LinesProps = { readonly lines: readonly Line[]; readonly language: string | undefined };

/** For who listens to the page: what counts, once it is complete. Read out piece by piece, it would begin anew with each. */
function LastWords({ lines, language }: LinesProps) {
  const last = lines.findLast(({ text, rest, interrupted }) => text !== "" && (rest === "" || interrupted));
  if (!last) return null;
  return (
    <>
      {NAMES[last.by]}: <span lang={language}>{last.text}</span>
    </>
  );
}

function Turn({ line, language }: { readonly line: Line; readonly language: string | undefined }) {
  const { by, text, rest, interrupted } = line;
  return (
    <li class={by}>
      <p class="who">
        {NAMES[by]}
        {interrupted && <span class="pill warn">interrupted</span>}
      </p>
      <p lang={language}>
        {text} {rest !== "" && <Rest by={by} text={rest} interrupted={interrupted} />}
      </p>
    </li>
  );
}

function Rest({
  by,
  text,
  interrupted,
}: {
  readonly by: Line["by"];
  readonly text: string;
  readonly interrupted: boolean;
}) {
  if (interrupted) return <del title="Not heard">{text}</del>;
  return <span class="rest">{by === "user" ? `${text}…` : text}</span>;
}

function Writing({ call }: { readonly call: WebCall }) {
  const text = useSignal("");
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    if (call.write(text.value)) text.value = "";
  };
  return (
    <form class="writing" onSubmit={send}>
      <label class="unseen" for="writing">
        Write to the agent
      </label>
      <input
        id="writing"
        value={text}
        maxLength={4000}
        autocomplete="off"
        placeholder={call.busy.value ? "Write to the agent" : "Write, once the call has begun"}
        disabled={!call.talking.value}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
        }}
      />
      <button class="primary" type="submit" disabled={!call.talking.value || text.value.trim() === ""}>
        <Icon name="send" />
        Send
      </button>
    </form>
  );
}
