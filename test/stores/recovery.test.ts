import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { callId } from "../store/entries.ts";
import { remember } from "./crashing.ts";

const KILLS = 5;

/** Runs a talking process until it has acknowledged `turns`, kills it, and returns all it acknowledged. */
async function killAfter(turns: number, dataDir: string, name: string): Promise<readonly string[]> {
  const script = join(import.meta.dirname, "crashing.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script, "talk", dataDir, name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === turns) child.kill("SIGKILL");
  }
  expect((await gone)[1]).toBe("SIGKILL");
  return acknowledged;
}

test("I33: kill -9 at any moment loses no acknowledged turn, and the calls are closed at the next start", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "durvani-kill-"));
  const acknowledged: string[] = [];
  for (let kill = 1; kill <= KILLS; kill++) {
    acknowledged.push(...(await killAfter(1 + Math.floor(Math.random() * 150), dataDir, `kill${kill}`)));
  }
  const memory = await remember(dataDir);
  const lost: string[] = [];
  for (const line of acknowledged) {
    const [id = "", seq] = line.split(" ");
    const call = await memory.store.call(callId(id));
    if (!call?.turns.some((turn) => turn.seq === Number(seq))) lost.push(line);
    expect(call?.status).toBe("ended");
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(KILLS);
  expect(lost).toEqual([]);
  expect(await memory.journals.unfinished()).toEqual([]);
  // Each killed process talked on three calls; each that was opened owes its transcript.
  expect((await memory.store.owedJobs(0, 100)).length).toBeGreaterThanOrEqual(KILLS);
  await memory.close();
  await rm(dataDir, { recursive: true, force: true });
}, 180_000);
