import "./call.css";
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Icon } from "../ui/icon.tsx";
import type { Call } from "../ui/told.ts";
import { AfterCall } from "./after-call.tsx";
import { CallHead, CallTitle, ofCall } from "./call-head.tsx";
import { linesOf } from "./call-lines.ts";
import { Cost } from "./cost.tsx";
import { EventLog } from "./event-log.tsx";
import { Latency } from "./latency.tsx";
import { LiveControls } from "./live-controls.tsx";
import { type OpenCall, useOpenCall } from "./open-call.ts";
import { playback } from "./playback.ts";
import { Recording } from "./recording.tsx";
import { ReplayTools } from "./replay-tools.tsx";
import { type CallsRoute, pathOf } from "./route.ts";
import { Tabs } from "./tabs.tsx";
import { Transcript } from "./transcript.tsx";

type CallPageProps = { readonly id: string; readonly back: CallsRoute };

/** A call with all that is known of it. */
export function CallPage({ id, back }: CallPageProps) {
  const open = useOpenCall(id);
  const { value } = open.call;
  return (
    <article class="stack call">
      <a class="button back" href={pathOf(back)}>
        <Icon name="back" />
        All calls
      </a>
      <CallTitle id={id} call={value.state === "told" ? value.told : undefined} live={open.live.value} />
      {value.state === "told" ? (
        <Told call={value.told} open={open} />
      ) : (
        <Untold refusal={value.state === "refused" ? value : undefined} />
      )}
    </article>
  );
}

const Untold = ({ refusal }: { readonly refusal: { readonly status: number; readonly why: string } | undefined }) =>
  refusal === undefined ? (
    <p role="status" class="empty">
      Looking…
    </p>
  ) : (
    <p role="alert" class="notice bad">
      {refusal.status === 404 ? "There is no call with this id." : refusal.why}
    </p>
  );

function Told({ call, open }: { readonly call: Call; readonly open: OpenCall }) {
  const chosen = useSignal("conversation");
  const reply = useSignal<number | undefined>(undefined);
  const player = useMemo(playback, []);
  const lines = useComputed(() => {
    const { value } = open.call;
    return linesOf(value.state === "told" ? value.told.turns : [], open.replies.value, open.live.value);
  });
  useEffect(() => {
    document.title = `${ofCall(call)} · Durvani`;
  }, [call.id]);
  const showReply = (turn: number): void => {
    reply.value = turn;
    chosen.value = "latency";
    // What was pressed is gone then.
    document.getElementById("tab-latency")?.focus();
  };
  const ended = call.status === "ended";
  const tabs = [
    {
      id: "conversation",
      title: "Conversation",
      panel: () => (
        <div class="conversation">
          <Transcript call={call} lines={lines} player={player} showReply={showReply} />
          <div class="stack side">
            {ended ? (
              <>
                <AfterCall call={call} />
                <ReplayTools call={call} />
              </>
            ) : (
              <LiveControls call={call} />
            )}
          </div>
        </div>
      ),
    },
    { id: "latency", title: "Latency", panel: () => <Latency replies={open.replies} chosen={reply} /> },
    {
      id: "events",
      title: "Events",
      panel: () => <EventLog callId={call.id} version={open.version + call.turns.length} player={player} />,
    },
    { id: "cost", title: "Cost", panel: () => <Cost usage={open.usage} ended={ended} /> },
  ];
  return (
    <>
      <CallHead call={call} open={open} />
      {ended && <Recording call={call} version={open.version} player={player} />}
      <Tabs
        label="Of this call"
        tabs={tabs}
        chosen={chosen.value}
        choose={(id) => {
          chosen.value = id;
        }}
      />
    </>
  );
}
