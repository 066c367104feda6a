import "./agents.css";
import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../ui/api.ts";
import { languageOf, numberOf } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { type Agent, curlOf, kindOf, matches, settingsOf, writtenIn } from "./agent-reading.ts";
import { refused } from "./asked.ts";

/** So many are found by looking. */
const FEW = 6;

/** Who answers: to be read, and to be tried. */
export function AgentsPage() {
  const agents = useSignal<readonly Agent[] | undefined>(undefined);
  const failed = useSignal("");
  const search = useSignal("");
  const shown = useComputed(() => (agents.value ?? []).filter((agent) => matches(agent, search.value)));
  useEffect(() => {
    const stop = new AbortController();
    ask<{ readonly agents: readonly Agent[] }>("GET", "/v1/agents", undefined, stop.signal).then(
      (told) => {
        agents.value = told.agents;
      },
      (error: unknown) => {
        if (!stop.signal.aborted) failed.value = refused(error).why;
      },
    );
    return () => stop.abort();
  }, []);
  const all = agents.value?.length ?? 0;
  return (
    <div class="page stack agents">
      <div class="apart">
        <h1>Agents</h1>
        {all > FEW && (
          <label>
            <span class="unseen">Search agents</span>
            <input
              type="search"
              placeholder="Name, number, language"
              onInput={({ currentTarget }) => {
                search.value = currentTarget.value;
              }}
            />
          </label>
        )}
      </div>
      <p role="alert" class="bad">
        {failed.value && `${failed.value} Reload the page to try again.`}
      </p>
      <p role="status" class={all > FEW || !agents.value ? "quiet" : "unseen"}>
        {agents.value ? `${shown.value.length} of ${all} agents` : failed.value === "" && "Looking…"}
      </p>
      <ul class="stack">
        {shown.value.map((agent) => (
          <li key={agent.name}>
            <AgentCard agent={agent} />
          </li>
        ))}
      </ul>
      {agents.value && shown.value.length === 0 && <p class="card empty">No agent has that in its name or words.</p>}
    </div>
  );
}

function AgentCard({ agent }: { readonly agent: Agent }) {
  const { name, numbers, greeting, language, isDefault } = agent;
  return (
    <article class="card stack" aria-label={name}>
      <div class="apart">
        <div>
          <div class="row">
            <h2>{name}</h2>
            {isDefault && <span class="pill">default</span>}
          </div>
          <p class="quiet">
            {languageOf(language)} · {kindOf(agent)}
          </p>
        </div>
        <a class="button" href={`/call?agent=${encodeURIComponent(name)}`} aria-label={`Try ${name}`}>
          <Icon name="headset" />
          Try
        </a>
      </div>
      <p class="number">
        {numbers.length > 0 ? numbers.map(numberOf).join(" · ") : <span class="quiet">No number of its own</span>}
      </p>
      {greeting !== "" && <blockquote lang={language}>{greeting}</blockquote>}
      <div class="more">
        <details>
          <summary>All settings</summary>
          <Settings agent={agent} />
        </details>
        <details>
          <summary>By the API</summary>
          <Curl agent={agent} />
        </details>
      </div>
    </article>
  );
}

const Settings = ({ agent }: { readonly agent: Agent }) => (
  <div class="stack inside">
    {settingsOf(agent).map(({ title, settings }) => (
      <section key={title}>
        <h3>{title}</h3>
        <dl>
          {settings.map(({ label, value, prose }) => (
            <div key={label} class={prose ? "prose" : ""}>
              <dt>{label}</dt>
              <dd lang={prose ? writtenIn(value, agent) : undefined}>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
    ))}
  </div>
);

/** The command can be read and marked where a page may not write to the clipboard. */
function Curl({ agent }: { readonly agent: Agent }) {
  const told = useSignal("");
  const command = curlOf(location.origin, agent);
  const copy = (): void => {
    const copied = navigator.clipboard?.writeText(command) ?? Promise.reject(new Error("there is no clipboard here"));
    copied.then(
      () => {
        told.value = "Copied.";
      },
      () => {
        told.value = "The browser does not let this page copy: mark the command instead.";
      },
    );
  };
  return (
    <div class="stack inside">
      <p class="quiet">Makes a session with this agent and answers the address of its socket.</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys, too */}
      <pre class="code" tabIndex={0}>
        {command}
      </pre>
      <div class="row">
        <button type="button" onClick={copy}>
          Copy curl
        </button>
        <span role="status">{told}</span>
      </div>
    </div>
  );
}
