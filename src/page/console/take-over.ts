import { signal } from "@preact/signals";

/** A call on its way to the person at the console, by a softphone in a frame of the page. It outlives the call's own page. */

export type TakeOver = {
  readonly callId: string;
  /** Whose call it is, for people. */
  readonly caller: string;
  readonly stage:
    | { readonly is: "opening" }
    | { readonly is: "asking" }
    | { readonly is: "moving" }
    | { readonly is: "refused"; readonly why: string };
};

/** One at a time: one person has one telephone. */
export const takeOver = signal<TakeOver | undefined>(undefined);

export function beginTakeOver(callId: string, caller: string): void {
  takeOver.value = { callId, caller, stage: { is: "opening" } };
}

/** Who the softphone says it is, once it can be rung; `undefined` for everything else that frames say. */
export function onlineIdentity(said: unknown): string | undefined {
  if (typeof said !== "object" || said === null) return undefined;
  const { type, identity } = said as { readonly type?: unknown; readonly identity?: unknown };
  return type === "durvani:online" && typeof identity === "string" && identity !== "" ? identity : undefined;
}

type Asking = (path: string, body: object) => Promise<unknown>;

/** Sends the caller to the softphone, once, however often it says that it is there. Never rejects. */
export async function sendCaller(identity: string, ask: Asking, reasonOf: (error: unknown) => string): Promise<void> {
  const now = takeOver.value;
  if (now?.stage.is !== "opening") return;
  const become = (stage: TakeOver["stage"]): void => {
    if (takeOver.value?.callId === now.callId) takeOver.value = { ...now, stage };
  };
  become({ is: "asking" });
  try {
    await ask(`/v1/calls/${now.callId}/transfer`, { to: `client:${identity}`, kind: "cold" });
    become({ is: "moving" });
  } catch (error) {
    become({ is: "refused", why: reasonOf(error) });
  }
}
