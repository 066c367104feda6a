import { effect } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { browserClock } from "../client/browser-clock.ts";
import { browserSoftphone } from "./browser-softphone.ts";
import { EmbeddingPage } from "./embedding-page.ts";
import { fetchOwnPass } from "./passes.ts";
import type { Softphone } from "./softphone.ts";
import { takeOver } from "./take-over.ts";
import { Telephone } from "./telephone.tsx";

/** In the console: takes the call that somebody takes over there. */
export function TakingOver() {
  const phone = useMemo(() => browserSoftphone(fetchOwnPass), []);
  useEffect(
    () => takeOver(phone, (identity) => parent.postMessage({ type: "durvani:online", identity }, location.origin)),
    [],
  );
  return (
    <main class="framed" id="main">
      <h1 class="unseen">Softphone</h1>
      <Telephone phone={phone} dials={false} />
    </main>
  );
}

/** In a page of somebody else, which gives it tokens. */
export function EmbeddedSoftphone() {
  if (parent === window)
    return (
      <main class="page">
        <p class="notice warn">
          This is the softphone for pages that embed it. By itself it is at <a href="/softphone">/softphone</a>.
        </p>
      </main>
    );
  return <Embedded />;
}

function Embedded() {
  const around = useMemo(() => new EmbeddingPage(window, browserClock), []);
  const phone = useMemo(() => browserSoftphone(() => around.fetchPass()), []);
  useEffect(() => effect(() => tellState(around, phone)), []);
  return (
    <main class="framed" id="main">
      <h1 class="unseen">Softphone</h1>
      <Telephone phone={phone} dials={true} />
    </main>
  );
}

function tellState(around: EmbeddingPage, phone: Softphone): void {
  const [identity, peer] = [phone.identity.value, phone.call.value?.peer];
  around.tell({
    state: phone.phase.value,
    ...(identity !== undefined && { identity }),
    ...(peer !== undefined && { peer }),
  });
}
