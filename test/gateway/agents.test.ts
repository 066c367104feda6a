import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { AgentCard } from "../../src/dialog/dialog.ts";
import { AGENT, agentsOf, world } from "./world.ts";

const keys = [{ name: "k", scopes: ["read"], sha256: createHash("sha256").update("key").digest("hex") }] as const;

const CARD: AgentCard = {
  ...{ name: "दुकान / शाम", numbers: ["+918045678900"], greeting: "", language: "hi-IN", listensFor: "unknown" },
  voice: { language: "hi-IN", model: "bulbul:v3", speaker: "shubh", bitrate: "64k", minBufferSize: 30 },
  dialog: { kind: "relay", host: "app.example" },
  speakers: ["shubh"],
  limits: { maxDurationMs: 1000, silenceMs: 0 },
  isDefault: false,
};

test("agents as they were read, all of them and one by its name, whatever is in it", async () => {
  const { origin } = await world({ keys, agents: { ...agentsOf(AGENT), all: () => [CARD] } });
  const get = (path: string) => fetch(origin + path, { headers: { authorization: "Bearer key" } });
  expect(await (await get("/v1/agents")).json()).toEqual({ agents: [CARD] });
  expect(await (await get(`/v1/agents/${encodeURIComponent(CARD.name)}`)).json()).toEqual(CARD);
  const nobody = await get("/v1/agents/nobody");
  expect([nobody.status, ((await nobody.json()) as { error: { message: string } }).error.message]).toEqual([
    404,
    "there is no agent of this name",
  ]);
});
