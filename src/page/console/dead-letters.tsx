import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { browserClock } from "../client/browser-clock.ts";
import { ask } from "../ui/api.ts";
import { timeOf } from "../ui/format.ts";
import { isAdmin } from "../ui/who.ts";
import { refused } from "./asked.ts";

type DeadLetter = {
  readonly id: string;
  readonly callId: string;
  readonly kind: string;
  readonly url: string;
  readonly attempts: number;
  readonly deadAt: number;
  readonly error: string;
};

/** Webhook events that were given up, for those who may see where they go. */
export function DeadLetters() {
  return (
    <section class="card stack tight" aria-labelledby="dead-title">
      <h2 id="dead-title">Webhooks given up</h2>
      {isAdmin.value ? <Letters /> : <p class="quiet">Shown to keys that have the scope admin.</p>}
    </section>
  );
}

function Letters() {
  const dead = useSignal<readonly DeadLetter[] | undefined>(undefined);
  const told = useSignal("");
  const failed = useSignal("");
  const settle = (asked: Promise<unknown>): Promise<unknown> =>
    asked.catch((error: unknown) => {
      failed.value = refused(error).why;
    });
  const look = async (): Promise<void> => {
    dead.value = (await ask<{ readonly dead: readonly DeadLetter[] }>("GET", "/v1/webhooks/dead")).dead;
  };
  const sendAgain = async ({ id }: DeadLetter): Promise<void> => {
    failed.value = "";
    await ask("POST", `/v1/webhooks/dead/${encodeURIComponent(id)}/redrive`);
    told.value = `${id} is sent again.`;
    await look();
  };
  useEffect(() => void settle(look()), []);
  return (
    <>
      <p role="status" class={told.value === "" ? "unseen" : "good"}>
        {told}
      </p>
      <p role="alert" class={failed.value === "" ? "unseen" : "bad"}>
        {failed}
      </p>
      {dead.value?.length === 0 && <p class="quiet">None: every event was delivered or is on its way.</p>}
      <ul>
        {dead.value?.map((letter) => (
          <li key={letter.id} class="apart letter">
            <div>
              <p>
                {letter.kind} of <a href={`/calls/${letter.callId}`}>{letter.callId}</a>{" "}
                <small>{timeOf(letter.deadAt, browserClock.wall())}</small>
              </p>
              <p class="quiet">
                {letter.url}: {letter.error}, {letter.attempts} {letter.attempts === 1 ? "try" : "tries"}
              </p>
            </div>
            <button type="button" aria-label={`Send again ${letter.id}`} onClick={() => void settle(sendAgain(letter))}>
              Send again
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
