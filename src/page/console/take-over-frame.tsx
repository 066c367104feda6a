import { useEffect, useRef } from "preact/hooks";
import { ask, reasonOf } from "../ui/api.ts";
import { onlineIdentity, sendCaller, type TakeOver, takeOver } from "./take-over.ts";

/**
 * The softphone that a call is taken over to. Stands outside of the pages that come and go: the call ends for the agent as soon as the
 * caller is with you, and the frame holds your end of the line.
 */
export function TakeOverFrame() {
  return takeOver.value ? <Frame key={takeOver.value.callId} of={takeOver.value} /> : null;
}

function Frame({ of: { caller, stage } }: { readonly of: TakeOver }) {
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => {
    const stop = new AbortController();
    addEventListener(
      "message",
      ({ origin, source, data }) => {
        if (origin !== location.origin || source !== frame.current?.contentWindow) return;
        const identity = onlineIdentity(data);
        if (identity !== undefined) void sendCaller(identity, (path, body) => ask("POST", path, body), reasonOf);
      },
      { signal: stop.signal },
    );
    // Some links lead to other documents, and the frame would go with this one.
    addEventListener(
      "beforeunload",
      (event) => {
        if (takeOver.peek()?.stage.is === "moving") event.preventDefault();
      },
      { signal: stop.signal },
    );
    return () => stop.abort();
  }, []);
  return (
    <section class="card stack take-over" aria-labelledby="take-over-title">
      <div class="apart">
        <h2 id="take-over-title">Taking over {caller}</h2>
        <button
          type="button"
          aria-label="Close the softphone"
          onClick={() => {
            takeOver.value = undefined;
          }}
        >
          Close
        </button>
      </div>
      <p role="status">{wordsOf(stage)}</p>
      <p role="alert" class="bad">
        {stage.is === "refused" ? `Not taken over: ${stage.why} The caller is still with the agent.` : ""}
      </p>
      <iframe ref={frame} src="/softphone?takeover=1" title="Softphone" allow="microphone; autoplay" />
    </section>
  );
}

function wordsOf(stage: TakeOver["stage"]): string {
  switch (stage.is) {
    case "opening":
      return "The softphone goes online. Allow the microphone if you are asked.";
    case "asking":
      return "The softphone is online. Asking for the caller…";
    case "moving":
      return "The caller is on the way to you. Closing the softphone hangs up on them.";
    case "refused":
      return "";
    default:
      return stage satisfies never;
  }
}
