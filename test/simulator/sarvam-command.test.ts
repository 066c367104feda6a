import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";

const start = (...flags: string[]) =>
  spawn(process.execPath, ["--import", "tsx", "scripts/simulate.ts", ...flags], { stdio: ["ignore", "pipe", "pipe"] });

test("the simulator runs alone, says where, keeps to its key and ends cleanly on SIGTERM", {
  timeout: 20_000,
}, async () => {
  const child = start("--port", "0", "--key", "sk_alone");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ready = JSON.parse(String((await lines.next()).value));
  expect(ready).toEqual({ ready: true, url: `http://127.0.0.1:${ready.port}`, port: expect.any(Number) });
  const statuses = await Promise.all(
    ["sk_alone", "sk_other"].map(async (key) => {
      const headers = { "api-subscription-key": key, "content-type": "application/json" };
      const response = await fetch(`${ready.url}/text-lid`, { method: "POST", headers, body: '{"input":"hello"}' });
      return response.status;
    }),
  );
  expect(statuses).toEqual([200, 403]);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("without a key the simulator says what it needs and exits 1", { timeout: 20_000 }, async () => {
  const child = start();
  let told = "";
  child.stderr.on("data", (text) => {
    told += text;
  });
  expect(await once(child, "close")).toEqual([1, null]);
  expect(told).toContain("A key is needed");
});
