import { whoAnswers } from "../doctor/gateway.ts";
import type { Admission } from "../phone/admission.ts";
import { networkTrouble } from "../phone/refusal.ts";
import type { Story } from "./story.ts";

/** Asks the gateway as its carrier will. False when it cannot answer a call yet: that is told, and no reason to stop. */
export async function tryDoor(publicUrl: string, ask: () => Promise<Admission>, story: Story): Promise<boolean> {
  story.step(`Ask the gateway at ${publicUrl} what its carrier will ask: does it take these credentials?`);
  const gateway = await whoAnswers(publicUrl).catch((error: unknown) => networkTrouble(error).found);
  if (typeof gateway === "string" || "status" in gateway) {
    const what = typeof gateway === "string" ? gateway : `HTTP ${gateway.status}, not from a gateway of this version`;
    story.warn(
      `no gateway answers there yet: ${what}`,
      "Start it (npm start) and its tunnel; npm run doctor says what is missing.",
    );
    return false;
  }
  const { ok, why, todo } = await ask();
  if (ok) story.done(`it ${why}`);
  else story.fail(`the gateway ${why}`, todo);
  return ok;
}
