import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { browserClock } from "../client/browser-clock.ts";
import { durationOf, languageOf, latencyOf, numberOf, timeOf } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import type { Call } from "../ui/told.ts";
import type { Followed } from "./call-news.ts";
import { channelOf, lengthOf, partyOf } from "./call-row.tsx";
import { CostOfCall } from "./cost.tsx";
import { endingOf, isFailure } from "./endings.ts";
import type { OpenCall } from "./open-call.ts";
import { latencyOfReply, percentile } from "./reply-figures.ts";

/** What a tab of the browser is called. */
export const ofCall = (call: Call): string => partyOf(call);

type CallHeadProps = { readonly call: Call; readonly open: OpenCall };

type CallTitleProps = { readonly id: string; readonly call: Call | undefined; readonly live: Followed | undefined };

/** Who spoke with whom, and how it stands. One heading, whether the call is known yet or not: somebody may be facing it. */
export const CallTitle = ({ id, call, live }: CallTitleProps) => (
  <div class="apart">
    <h1 class="number">{call ? <Parties call={call} /> : id}</h1>
    {call && <State call={call} live={live} />}
  </div>
);

const Parties = ({ call: { from, to, agent } }: { readonly call: Call }) => (
  <>
    {from === "" ? "Web visitor" : numberOf(from)}{" "}
    <span class="quiet">
      <span aria-hidden="true">→</span>
      <span class="unseen">to</span> {to === "" ? agent : numberOf(to)}
    </span>
  </>
);

/** When it was, and how well it went. */
export function CallHead({ call, open }: CallHeadProps) {
  const { openedAt, agent, language, id } = call;
  return (
    <>
      <header class="stack call-head">
        <p class="quiet row facts">
          <span class="row">
            <Icon name={channelOf(call).icon} />
            {channelOf(call).words}
          </span>
          <span>{call.direction === "outbound" ? "called by us" : "called us"}</span>
          <span>{agent}</span>
          <span>{languageOf(language)}</span>
          <time dateTime={new Date(openedAt).toISOString()}>{timeOf(openedAt, browserClock.wall())}</time>
          <code>{id}</code>
        </p>
        {call.erasedAt !== undefined && (
          <p class="notice">What tells of somebody was erased {timeOf(call.erasedAt, browserClock.wall())}.</p>
        )}
        {isFailure(call) && call.end && call.end.detail !== "" && (
          <p class="notice bad">
            {endingOf(call.end)}: {call.end.detail}
          </p>
        )}
      </header>
      <Figures call={call} open={open} />
    </>
  );
}

const STATES: Readonly<Record<Followed["state"], string>> = {
  connecting: "Connecting",
  listening: "Listening",
  thinking: "Thinking",
  speaking: "Speaking",
  ended: "Ended",
};

function State({ call, live }: { readonly call: Call; readonly live: Followed | undefined }) {
  const failed = isFailure(call);
  const words = call.end ? endingOf(call.end) : live ? STATES[live.state] : "On the line";
  return (
    <p role="status" class={`pill ${call.status === "open" ? "good" : failed ? "bad" : ""}`}>
      {call.status === "open" && <span class="unseen">Live: </span>}
      {words}
    </p>
  );
}

function Figures({ call, open }: CallHeadProps) {
  const latencies = open.replies.value.flatMap((reply) => latencyOfReply(reply) ?? []);
  const [median, slow] = [percentile(latencies, 0.5), percentile(latencies, 0.95)];
  const interruptions = call.turns.filter(({ interrupted }) => interrupted).length;
  const usage = open.usage.value;
  return (
    <dl class="figures">
      <Figure name="Median reply">{median === undefined ? "–" : latencyOf(median)}</Figure>
      <Figure name="95th percentile">{slow === undefined ? "–" : latencyOf(slow)}</Figure>
      <Figure name="Turns">{call.turns.length}</Figure>
      <Figure name="Interruptions">{interruptions}</Figure>
      <Figure name="Duration">
        {call.status === "open" ? <Running since={call.answeredAt} /> : durationOf(lengthOf(call))}
      </Figure>
      <Figure name="Cost">{usage.state === "told" ? <CostOfCall usage={usage.told} /> : "–"}</Figure>
    </dl>
  );
}

const Figure = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd class="number">{children}</dd>
  </div>
);

const TICK_MS = 1_000;

function Running({ since }: { readonly since: number | undefined }) {
  const now = useSignal(browserClock.wall());
  useEffect(() => {
    let cancel = browserClock.after(TICK_MS, function tick() {
      now.value = browserClock.wall();
      cancel = browserClock.after(TICK_MS, tick);
    });
    return () => cancel();
  }, []);
  return <>{since === undefined ? "–" : durationOf(now.value - since)}</>;
}
