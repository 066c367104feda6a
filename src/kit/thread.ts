import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * A worker thread that runs a module of ours. `module`: its URL without `.ts` or `.js`. From sources the thread needs tsx's loader,
 * which threads do not inherit and `--import` does not bring in Node 20.
 */
export function startThread(
  module: URL,
  options: Pick<WorkerOptions, "workerData" | "name" | "resourceLimits">,
): Worker {
  const bare = { ...options, execArgv: [] };
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL(`${module.href}.js`), bare);
  const tsx = import.meta.resolve("tsx/esm/api");
  const source = JSON.stringify(`${module.href}.ts`);
  const boot = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${source}); })`;
  return new Worker(boot, { ...bare, eval: true });
}
