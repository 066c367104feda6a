import { effect } from "@preact/signals";
import type { Softphone } from "./softphone.ts";

/**
 * The softphone in the console's frame: goes online by itself, says who it is, takes the one call that is sent there and goes offline
 * after it. Answers what stops that.
 */
export function takeOver(phone: Softphone, tell: (identity: string) => void): () => void {
  let told = false;
  let taken = false;
  const stop = effect(() => {
    const { value: phase } = phone.phase;
    const { value: identity } = phone.identity;
    if (phase === "online" && taken) return phone.goOffline();
    if (phase === "online" && identity !== undefined && !told) {
      told = true;
      tell(identity);
    }
    if (phase === "rung" && !taken) {
      taken = true;
      phone.accept();
    }
  });
  void phone.goOnline();
  return stop;
}
