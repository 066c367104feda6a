import { useEffect, useMemo } from "preact/hooks";
import { Shell } from "../ui/shell.tsx";
import { mayControl } from "../ui/who.ts";
import { browserSoftphone } from "./browser-softphone.ts";
import { DevicePickers } from "./device-pickers.tsx";
import { Log } from "./log.tsx";
import { fetchOwnPass } from "./passes.ts";
import { Telephone } from "./telephone.tsx";

/** Telephones with the agent by Twilio's network, and can be rung. */
export function SoftphonePage() {
  const phone = useMemo(() => browserSoftphone(fetchOwnPass), []);
  // Who logs out takes the keys of the telephone away.
  useEffect(() => () => phone.goOffline(), []);
  return (
    <Shell here="/softphone">
      <div class="page softphone">
        <h1 class="unseen">Softphone</h1>
        <div class="stack">
          {!mayControl.value && (
            <p class="notice warn">
              Your key may look, but not call. Log out, and in again with a key that has the scope <code>control</code>.
            </p>
          )}
          <Telephone phone={phone} dials={true} allowed={mayControl.value} />
        </div>
        <div class="stack">
          <DevicePickers phone={phone} />
          <Log book={phone.log} />
        </div>
      </div>
    </Shell>
  );
}
