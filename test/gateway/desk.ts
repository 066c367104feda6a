import { createHash } from "node:crypto";
import type { CallId } from "../../src/record/record.ts";
import type { World } from "./world.ts";

/** A key that may steer calls, and what is done with it. */

export const KEYS = {
  keys: [{ name: "desk", scopes: ["control"], sha256: createHash("sha256").update("desk").digest("hex") }],
} as const;

export async function ask(at: World, path: string, body?: object, method = "POST") {
  const answer = await fetch(at.origin + path, {
    method,
    headers: { authorization: "Bearer desk", ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return {
    status: answer.status,
    body: (await answer.json()) as { error?: { message: string } } & Record<string, unknown>,
  };
}

/** The first call that was opened. */
export const idOf = (at: World): CallId => {
  const id = at.memory.books.find(({ entry }) => entry.kind === "open")?.id;
  if (!id) throw new Error("no call was opened");
  return id;
};
