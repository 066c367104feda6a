import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

async function run(how: string): Promise<{ readonly code: unknown; readonly said: object[]; readonly stderr: string }> {
  const script = fileURLToPath(new URL("./failing-program.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, how]);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  const [code] = await once(child, "close");
  const said = stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  return { code, said, stderr };
}

const uncaught = (message: string) => [
  { counted: "uncaught_errors" },
  expect.objectContaining({ level: 50, err: expect.objectContaining({ message }) }),
];

test.each(["exception", "rejection"])(
  "an uncaught %s is counted and logged, the program is stopped in 20 s, and the exit code is 1",
  async (how) => {
    const { code, said } = await run(how);
    expect(said).toEqual([...uncaught("a bug"), { stopping: 20_000 }]);
    expect(code).toBe(1);
  },
);

test("an error that nobody caught while the program stops is logged too, and stops it no second time", async () => {
  const { code, said } = await run("twice");
  expect(said).toEqual([...uncaught("a bug"), { stopping: 20_000 }, ...uncaught("another bug")]);
  expect(code).toBe(1);
});

test("a program that does not stop after an uncaught error is ended, with exit code 1", async () => {
  const { code, said } = await run("exception, never stops");
  expect(said.at(-1)).toEqual({ stopping: 20_000 });
  expect(code).toBe(1);
});

test("an error that nobody caught while the program starts ends it with its reason and exit code 1", async () => {
  const { code, said, stderr } = await run("while starting");
  expect(said).toEqual([]);
  expect(stderr).toContain("Error: a bug");
  expect(code).toBe(1);
});
