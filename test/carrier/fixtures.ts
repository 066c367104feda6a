import { readFileSync } from "node:fs";
import type { WebhookRequest } from "../../src/carrier/carrier.ts";

/** The messages of one call, as they were sent. */
export const recorded = (file: string): string[] =>
  readFileSync(new URL(`../recordings/${file}`, import.meta.url), "utf8")
    .trim()
    .split("\n");

export const webhook = (parts: Partial<WebhookRequest>): WebhookRequest => ({
  method: "POST",
  url: "https://gw.example.test/hook",
  headers: {},
  params: {},
  form: "",
  remoteAddress: "203.0.113.9",
  ...parts,
});

/** Chance that falls the same way in every run. */
export function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
