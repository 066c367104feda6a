import { useEffect, useRef } from "preact/hooks";
import { appFrame, type McpApp, type UiEvent } from "../client/client.ts";
import { durationOf } from "../ui/format.ts";
import type { Happening, WebCall } from "./web-call.ts";

/** What the agent sends beside its words: events of the customer's own, and apps. */
export function Happenings({ call }: { readonly call: WebCall }) {
  const all = call.happenings.value;
  const apps = all.flatMap(({ id, event }) => (event.type === "mcp" ? [{ id, event }] : []));
  if (all.length === 0) return null;
  return (
    <>
      {apps.map(({ id, event }) => (
        <App key={id} app={event} />
      ))}
      <details class="card events">
        <summary>Events ({all.length})</summary>
        <ol>
          {all.map((happening) => (
            <Entry key={happening.id} {...happening} />
          ))}
        </ol>
      </details>
    </>
  );
}

function App({ app }: { readonly app: McpApp }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { element, close } = appFrame(app);
    place.current?.replaceChildren(element);
    return close;
  }, [app]);
  return (
    <section class="card app" aria-label={`App of ${new URL(app.url).host}`}>
      <h2>
        {new URL(app.url).host} <small>shown by the agent</small>
      </h2>
      <div ref={place} />
    </section>
  );
}

function Entry({ atMs, event }: Happening) {
  const { name, data } = inWords(event);
  return (
    <li>
      <span class="number quiet">{durationOf(atMs)}</span>
      <span>{name}</span>
      {data !== undefined && <code>{JSON.stringify(data)}</code>}
    </li>
  );
}

function inWords(event: UiEvent): { readonly name: string; readonly data?: unknown } {
  switch (event.type) {
    case "thinking_started":
      return { name: "The agent began to think" };
    case "thinking_completed":
      return { name: "The agent stopped thinking" };
    case "user_interrupt":
      return { name: "You interrupted the agent" };
    case "interaction_end":
      return { name: "The conversation ended" };
    case "mcp":
      return { name: `App of ${new URL(event.url).host}`, data: event.data };
    case "custom":
      return { name: event.name, data: event.data };
    default:
      return event satisfies never;
  }
}
