import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FIXTURES } from "../../scripts/replay/fixture-folder.ts";
import type { How } from "./bug.ts";
import { type CopiedTree, copiedTree, type Done } from "./copied-tree.ts";
import { KNOWN_BUGS } from "./known-bugs.ts";
import { POSSIBLE_BUGS } from "./possible-bugs.ts";

const BUGS = [...KNOWN_BUGS, ...POSSIBLE_BUGS];

const COMMANDS: Readonly<Record<How, readonly [script: string, ...args: readonly string[]]>> = {
  inputs: ["scripts/replay.ts"],
  line: ["scripts/replay.ts", "--line"],
  stream: ["test/corpus/play-stream.ts"],
};
const HOWS = Object.keys(COMMANDS) as readonly How[];

let tree: CopiedTree;
beforeAll(async () => {
  tree = await copiedTree(["test/corpus"]);
});
afterAll(() => tree[Symbol.asyncDispose]());

const played = (how: How, fixtures: readonly string[]): Promise<Done> => {
  const [script, ...args] = COMMANDS[how];
  return tree.run(script, [...args, ...fixtures.map((name) => join(FIXTURES, name))]);
};

const oneLine = (text: string): string => text.replace(/\s+/g, " ");

describe("would these calls have caught the bug?", () => {
  test.each(HOWS)("without a bug there is nothing to catch: %s", async (how) => {
    const fixtures = BUGS.filter((bug) => (bug.how ?? "inputs") === how).map(({ fixture }) => fixture);
    const { code, output } = await played(how, [...new Set(fixtures)]);
    expect(code, output).toBe(0);
  });

  const titled = BUGS.map((bug) => {
    const known = bug.incident === undefined ? "" : `${bug.incident}: `;
    return [`${known}${bug.bug}: ${bug.fixture}`, bug] as const;
  });
  test.each(titled)("%s", async (_, { file, from, to, with: other, fixture, how = "inputs", told }) => {
    const play = (): Promise<Done> => played(how, [fixture]);
    const { code, output } = await tree.changed(file, from, to, () =>
      other ? tree.changed(other.file, other.from, other.to, play) : play(),
    );
    expect(code, output).toBe(1);
    expect(oneLine(output)).toMatch(told);
  });
});
