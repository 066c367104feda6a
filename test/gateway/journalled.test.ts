import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";
import { AGENT, agentsOf, dial, ring, start, world } from "./world.ts";

test("what a call writes down stands in its journal with its instant, to the microsecond", async () => {
  const at = await world();
  const path = await ring(at);
  await at.clock.advance(8233.77275599);
  const peer = await dial(at, path);
  peer.send(start());
  await vi.waitFor(() => expect(at.memory.journal).toHaveLength(2));
  expect(at.memory.journal.map(({ entry }) => entry.atMs)).toEqual([0, 8233.773]);
});

test("numbers that must not be read stand in the journal alone: not in the books, not in what followers are told", async () => {
  const keys = [
    { name: "reader", scopes: ["read"] as const, sha256: createHash("sha256").update("reader").digest("hex") },
  ];
  const at = await world({ agents: agentsOf({ ...AGENT, redact: "digits" }), keys });
  const news: string[] = [];
  const over = new AbortController();
  const events = await fetch(`${at.origin}/v1/events`, {
    headers: { authorization: "Bearer reader" },
    signal: over.signal,
  });
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  const peer = await dial(at, await ring(at));
  peer.send(start());
  await vi.waitFor(() => expect(at.calls[0]?.line).toBeDefined());
  at.calls[0]?.turn(1, "my card is 4111 1111 1111 1111");
  while (!news.join("").includes("my card")) news.push((await reader?.read())?.value ?? "");
  over.abort();
  const written = JSON.stringify(at.memory.books.filter(({ entry }) => entry.kind === "turn"));
  for (const text of [written, news.join("")]) {
    expect(text).toContain("my card is [number]");
    expect(text).not.toContain("4111");
  }
  expect(JSON.stringify(at.memory.journal)).toContain("4111 1111 1111 1111");
  expect(at.memory.books[0]?.entry).toMatchObject({ opening: { redact: "digits", voiceModel: "bulbul:v3" } });
});
