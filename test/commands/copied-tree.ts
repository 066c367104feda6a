import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { Program, ROOT } from "./gateway-child.ts";

export type Done = { readonly code: number | null; readonly output: string };

/** One of our commands, to its end. */
export async function run(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Done> {
  await using program = new Program(["--import", "tsx", script, ...args], env);
  const { code } = await program.exit;
  return { code, output: program.output };
}

/** Our sources once more, with room for changes. Removed at the end. */
export type CopiedTree = AsyncDisposable & {
  readonly root: string;
  /** A command of the copy, to its end. */
  run(script: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Done>;
  /** Does `work` while `from` is `to` in a file. It must stand there once. */
  changed<T>(file: string, from: string, to: string, work: () => Promise<T>): Promise<T>;
};

/** `names`: what is copied besides what commands are made of. `without`: paths of which nothing is. */
export async function copiedTree(names: readonly string[] = [], without: readonly string[] = []): Promise<CopiedTree> {
  const root = await mkdtemp(join(tmpdir(), "durvani-tree-"));
  const omitted = without.map((path) => join(ROOT, path));
  for (const name of ["src", "scripts", "package.json", "tsconfig.json", ...names]) {
    await cp(join(ROOT, name), join(root, name), { recursive: true, filter: (from) => !omitted.includes(from) });
  }
  await symlink(join(ROOT, "node_modules"), join(root, "node_modules"));
  return {
    root,
    run: (script, args, env) => run(join(root, script), args, env),
    async changed(file, from, to, work) {
      const place = join(root, file);
      const text = await readFile(place, "utf8");
      expect(text.split(from), `“${from}” stands once in ${file}`).toHaveLength(2);
      await writeFile(
        place,
        text.replace(from, () => to),
      );
      try {
        return await work();
      } finally {
        await writeFile(place, text);
      }
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
