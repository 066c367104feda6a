import { browserClock } from "../client/browser-clock.ts";
import { durationOf, languageOf, numberOf, timeOf } from "../ui/format.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import type { CallSummary } from "../ui/told.ts";
import { endingOf, isFailure } from "./endings.ts";
import { type CallsRoute, pathOf } from "./route.ts";

/** A call in the list. */
export function CallRow({ call, route }: { readonly call: CallSummary; readonly route: CallsRoute }) {
  const { id, agent, language, openedAt } = call;
  return (
    <a class="call-row" href={pathOf({ ...route, call: id })} aria-current={route.call === id ? "true" : undefined}>
      <Dot call={call} />
      <span class="who">
        <b class="number">{partyOf(call)}</b>
        <small>
          <Icon name={channelOf(call).icon} />
          <span class="unseen">{channelOf(call).words}, </span>
          {agent} · {languageOf(language)}
        </small>
      </span>
      <span class="when">
        <Length call={call} />
        <small>{timeOf(openedAt, browserClock.wall())}</small>
      </span>
    </a>
  );
}

function Length({ call }: { readonly call: CallSummary }) {
  if (call.status === "open") return <b class="good">Live</b>;
  if (isFailure(call) && call.end) return <b class="bad">{endingOf(call.end)}</b>;
  return (
    <b class="number">{call.answeredAt === undefined && call.end ? endingOf(call.end) : durationOf(lengthOf(call))}</b>
  );
}

/** What its colour says is written for those who do not see it. */
export function Dot({ call }: { readonly call: CallSummary }) {
  const [look, words] =
    call.status === "open" ? ["live", "Live"] : isFailure(call) ? ["failed", "Failed"] : ["ended", "Ended"];
  return (
    <span class={`dot ${look}`}>
      <span class="unseen">{words}: </span>
    </span>
  );
}

/** Who is at the other end. */
export function partyOf({ direction, from, to }: Pick<CallSummary, "direction" | "from" | "to">): string {
  const party = direction === "outbound" ? to : from;
  return party === "" ? "Web visitor" : numberOf(party);
}

/** How long they spoke, ms; of a call that is up, 0. */
export const lengthOf = ({ answeredAt, openedAt, endedAt }: CallSummary): number =>
  endedAt === undefined ? 0 : endedAt - (answeredAt ?? openedAt);

export function channelOf({ carrier, from }: CallSummary): { readonly icon: IconName; readonly words: string } {
  if (carrier === "web") return { icon: "globe", words: "Web call" };
  if (from.startsWith("client:")) return { icon: "headset", words: "Softphone" };
  return { icon: "phone", words: "Phone call" };
}
