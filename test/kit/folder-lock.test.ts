import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockFolder } from "../../src/kit/folder-lock.ts";

let base = "";
let dir = "";
const children: ChildProcess[] = [];

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "durvani-lock-"));
  dir = join(base, "data");
});
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  await rm(base, { recursive: true, force: true });
});

async function contend(): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const script = fileURLToPath(new URL("./lock-holder.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, dir], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [said] = await once(child.stdout, "data");
  return { child, said: String(said).trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

test("ten processes want one folder: one gets it, nine are refused by its pid, and after kill -9 it is free at once", async () => {
  const contenders = await Promise.all(Array.from({ length: 10 }, contend));
  const holders = contenders.filter(({ said }) => said === "held");
  expect(holders).toHaveLength(1);
  const holder = holders[0]?.child;
  const refusals = contenders.filter(({ said }) => said !== "held").map(({ said }) => said);
  expect(refusals.every((said) => said.includes(`(pid ${holder?.pid})`))).toBe(true);
  await expect(lockFolder(dir)).rejects.toThrow(`pid ${holder?.pid}`);
  if (holder) await kill(holder);
  const lock = await lockFolder(dir);
  await lock.release();
}, 30_000);

test("a stopped holder is alive: the folder is not taken from it", async () => {
  const { child, said } = await contend();
  expect(said).toBe("held");
  child.kill("SIGSTOP");
  await expect(lockFolder(dir)).rejects.toThrow("in use by another process");
  child.kill("SIGCONT");
});

test("the folder is made for its owner alone, and can be taken again after release", async () => {
  const first = await lockFolder(dir);
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
  await expect(lockFolder(dir)).rejects.toThrow(`pid ${process.pid}`);
  await first.release();
  await first.release();
  await (await lockFolder(dir)).release();
});

test("two names of one folder are one folder", async () => {
  const lock = await lockFolder(dir);
  await symlink(dir, join(base, "alias"));
  await expect(lockFolder(join(base, "alias"))).rejects.toThrow("in use");
  await lock.release();
});

describe.each(["linux", "darwin"] as const)("the file beside the socket on %s", (platform) => {
  const file = (): string => join(dir, "lock.json");
  const left = async (holder: object | string): Promise<void> => {
    await mkdir(dir);
    await writeFile(file(), typeof holder === "string" ? holder : JSON.stringify(holder));
  };

  test("names the holder, and goes with release", async () => {
    const lock = await lockFolder(dir, platform);
    expect(JSON.parse(await readFile(file(), "utf8"))).toMatchObject({ pid: process.pid, hostname: hostname() });
    await lock.release();
    await expect(stat(file())).rejects.toThrow("ENOENT");
  });

  test("of another machine is respected, and the message says how to free it", async () => {
    await left({ pid: 7, hostname: "another-machine", startedAt: "", born: null });
    await expect(lockFolder(dir, platform)).rejects.toThrow(/pid 7 on another-machine.*remove .*lock\.json/);
  });

  test("of a live process is respected", async () => {
    await left({ pid: process.ppid, hostname: hostname(), startedAt: "", born: null });
    await expect(lockFolder(dir, platform)).rejects.toThrow(`pid ${process.ppid}`);
  });

  test.each([
    ["of a dead process", { pid: 2 ** 22 + 1, hostname: hostname(), startedAt: "", born: null }],
    [
      "of a process whose pid another has got since",
      { pid: process.ppid, hostname: hostname(), startedAt: "", born: "1" },
    ],
    ["torn while it was written", '{"pid":1'],
  ])("%s is replaced", async (_, holder) => {
    await left(holder);
    const lock = await lockFolder(dir, platform);
    expect(JSON.parse(await readFile(file(), "utf8"))).toMatchObject({ pid: process.pid });
    await lock.release();
  });
});
