import { computed, signal } from "@preact/signals";
import { ask } from "./api.ts";

export type Scope = "read" | "control" | "admin";

/** Who looks at the page. `open`: the gateway asks nobody for a key (demo mode, on this machine). */
export type Who = { readonly name: string; readonly scopes: readonly Scope[]; readonly open: boolean };

/** `undefined` until it is known; `nobody`: a key is needed. */
export const who = signal<Who | "nobody" | undefined>(undefined);

export const mayControl = computed(() => may("control"));
export const isAdmin = computed(() => may("admin"));

function may(scope: Scope): boolean {
  const { value } = who;
  return typeof value === "object" && (value.scopes.includes(scope) || value.scopes.includes("admin"));
}

/** Rejects with a `Refusal` where the gateway cannot say. */
export async function learnWho(): Promise<void> {
  who.value = (await ask<Who | undefined>("GET", "/v1/login")) ?? "nobody";
}

/** Rejects with a `Refusal` for a key that is not known. */
export async function logIn(key: string): Promise<void> {
  await ask("POST", "/v1/login", { key });
  await learnWho();
}

export async function logOut(): Promise<void> {
  await ask("DELETE", "/v1/login");
  who.value = "nobody";
}
