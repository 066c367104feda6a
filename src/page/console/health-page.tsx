import "./health.css";
import { batch, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { browserClock } from "../client/browser-clock.ts";
import { ask } from "../ui/api.ts";
import { latencyOf, timeOf } from "../ui/format.ts";
import { refused } from "./asked.ts";
import { browserVisibility } from "./browser-visibility.ts";
import { DeadLetters } from "./dead-letters.tsx";
import { type Health, memoryOf, remembered, type Sample, spanOf, stateOf } from "./health-reading.ts";
import { Carriers, Providers, Reached, Sockets } from "./health-tables.tsx";
import { Sparkline } from "./sparkline.tsx";
import { whileVisible } from "./while-visible.ts";

const EVERY_MS = 5_000;

/** How the gateway is: what is wrong comes first. Looked at for as long as somebody sees it. */
export function HealthPage() {
  const health = useSignal<Health | undefined>(undefined);
  const samples = useSignal<readonly Sample[]>([]);
  const unknown = useSignal("");
  const seenAt = useSignal(0);
  useEffect(() => {
    const stop = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const told = await ask<Health>("GET", "/v1/health", undefined, stop.signal);
        batch(() => {
          health.value = told;
          samples.value = remembered(samples.value, told, browserClock.now());
          seenAt.value = browserClock.wall();
          unknown.value = "";
        });
      } catch (error) {
        if (!stop.signal.aborted) unknown.value = refused(error).why;
      }
    };
    const stopLooking = whileVisible({ clock: browserClock, visibility: browserVisibility }, EVERY_MS, look);
    return () => {
      stop.abort();
      stopLooking();
    };
  }, []);
  const now = health.value;
  return (
    <div class="page stack health">
      <div class="apart">
        <h1>Health</h1>
        {now && <small>Looked at {timeOf(seenAt.value, seenAt.value)}, every five seconds</small>}
      </div>
      <State of={now} unknown={unknown.value} />
      {now && <Facts health={now} samples={samples.value} />}
      <DeadLetters />
    </div>
  );
}

/** In words, what is wrong before what is well. */
function State({ of: health, unknown }: { readonly of: Health | undefined; readonly unknown: string }) {
  const warnings = health?.warnings ?? [];
  return (
    <div class="stack tight" role="status">
      {!health && unknown === "" && <p class="quiet">Looking…</p>}
      {unknown !== "" && (
        <p class="notice bad">
          <strong>Not known:</strong> {unknown} {health && "What follows is as it was."}
        </p>
      )}
      {warnings.map((words) => (
        <p key={words} class="notice warn">
          <strong>Mind:</strong> {words}
        </p>
      ))}
      {health && unknown === "" && (
        <p class={warnings.length > 0 ? "" : "notice good"}>
          The gateway {stateOf(health)}.{warnings.length === 0 && " All is well."}
        </p>
      )}
    </div>
  );
}

function Facts({ health, samples }: { readonly health: Health; readonly samples: readonly Sample[] }) {
  const { liveCalls, maxCalls = 0, loopDelayMs, memoryBytes, uptimeMs, version, instance } = health;
  return (
    <>
      <dl class="tiles">
        {liveCalls !== undefined && (
          <div class="card">
            <dt>Live calls</dt>
            <dd class="number">
              {liveCalls} {maxCalls > 0 && <small>of {maxCalls}</small>}
            </dd>
            <dd>
              <Sparkline of="Live calls" samples={samples} value={({ liveCalls: calls }) => calls} say={String} />
            </dd>
          </div>
        )}
        {loopDelayMs?.p99 !== undefined && (
          <div class="card">
            <dt>Late at worst (p99)</dt>
            <dd class="number">
              {latencyOf(loopDelayMs.p99)}{" "}
              {loopDelayMs.p50 !== undefined && <small>median {latencyOf(loopDelayMs.p50)}</small>}
            </dd>
            <dd>
              <Sparkline of="Lateness" samples={samples} value={({ lateMs }) => lateMs} say={latencyOf} />
            </dd>
          </div>
        )}
        {memoryBytes !== undefined && (
          <div class="card">
            <dt>Memory</dt>
            <dd class="number">{memoryOf(memoryBytes)}</dd>
          </div>
        )}
        {uptimeMs !== undefined && (
          <div class="card">
            <dt>Up for</dt>
            <dd class="number">{spanOf(uptimeMs)}</dd>
            <dd>
              <small class="code">{[version, instance].filter(Boolean).join(" · ")}</small>
            </dd>
          </div>
        )}
      </dl>
      <div class="halves">
        {health.database && <Reached title="Database" {...health.database} />}
        {health.queue && <Reached title="Job queue" {...health.queue} />}
        {health.sockets && <Sockets open={health.sockets} />}
        {health.carriers && <Carriers carriers={health.carriers} />}
      </div>
      {health.providers && <Providers providers={health.providers} />}
    </>
  );
}
