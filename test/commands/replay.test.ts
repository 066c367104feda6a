import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readRecording } from "../../src/journal/journal.ts";
import { systemClock as clock } from "../../src/kit/clock.ts";
import { stamp } from "../../src/kit/columns.ts";
import { silentLog as log } from "../../src/kit/log.ts";
import type { BookEntry, Decision } from "../../src/record/record.ts";
import { decisionLog } from "../../src/replay/replay.ts";
import { openDatabase } from "../../src/store/database.ts";
import { startRig } from "../rig.ts";
import { usedFolder } from "../used-folder.ts";
import { type CopiedTree, copiedTree, type Done, run } from "./copied-tree.ts";
import { Program, ROOT } from "./gateway-child.ts";

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** One demo call, its sound recorded; what is asked of it is asked of its files. */
let dataDir = "";
let id = "";
let path = "";
let books: readonly BookEntry[] = [];

beforeAll(async () => {
  dataDir = await usedFolder();
  folders.push(dataDir);
  const demo = await run(join(ROOT, "scripts/demo.ts"), [], { ...inDataDir(), RECORD_CALLS: "journal" });
  expect(demo.code, demo.output).toBe(0);
  const settled = join(dataDir, "journals", "settled");
  const [name = ""] = await readdir(settled);
  id = basename(name, ".jsonl");
  path = join(settled, name);
  const { entries } = readRecording(await readFile(path, "utf8"));
  books = entries.flatMap((entry) => ("book" in entry ? [entry.book] : []));
}, 90_000);

const decided = (): readonly Decision[] =>
  books.flatMap((entry) => (entry.kind === "decision" ? [entry.decision] : []));

const REPLAY = "scripts/replay.ts";
const FIXTURE = "scripts/fixture.ts";
const inDataDir = (): { readonly DATA_DIR: string } => ({ DATA_DIR: dataDir });

const replay = (args: readonly string[]): Promise<Done> => run(join(ROOT, REPLAY), args, inDataDir());

describe("npm run replay", () => {
  test("a demo call's journal, named by its id or its path, replays with no difference", async () => {
    const { code, output } = await replay([id, path]);
    expect(code, output).toBe(0);
    expect(output.match(/no difference/g)).toHaveLength(3);
    expect(output).toContain(`${id}  twilio  00:2`);
  });

  test("two replays give the same decision log to the byte: the one of the call, as its books have it", async () => {
    const [once, again] = [await replay(["--decisions", id]), await replay(["--decisions", path])];
    expect(once.code, once.output).toBe(0);
    expect(decided().length).toBeGreaterThan(8);
    expect(once.output).toBe(decisionLog(decided()));
    expect(again.output).toBe(once.output);
    const database = await openDatabase({ databaseUrl: undefined, dataDir, log, clock });
    try {
      const { rows } = await database.pool.query<Decision>(
        `select at_ms as "atMs", what, why, inputs, limits, otherwise from decisions where call_id = $1 order by seq`,
        [id],
      );
      expect(decisionLog(rows)).toBe(once.output);
    } finally {
      await database.close();
    }
  });

  test("--explain tells the call, with what was decided and what would have changed it", async () => {
    const { code, output } = await replay(["--explain", id]);
    expect(code, output).toBe(0);
    expect(output).toContain("caller  “Tell me about the weather on Mars.”");
    expect(output).toMatch(/” ✂ cut off at \d\d:\d\d\.\d{3}\n(.+\n)+.+” ✂ never said/);
    expect(output).toMatch(/▸ barge-in: the caller began to make sounds\n(.+\n)+? +otherwise: /);
    expect(output).toContain("agent-hung-up, the agent said goodbye.");
  });

  test("--json says the same to a program", async () => {
    const { output } = await replay(["--json", id]);
    expect(JSON.parse(output)).toMatchObject({
      call: id,
      carrier: "twilio",
      differences: [],
      end: { how: "agent-hung-up" },
    });
  });

  test("--line: its caller, heard and answered anew, is told the same", async () => {
    const { code, output } = await replay(["--line", id]);
    expect(code, output).toBe(0);
    expect(output).toContain("no difference");
  });

  test("a raw log of a media stream, recorded on the twin's socket, is imported, replays, and becomes a fixture", async () => {
    const log = join(ROOT, "test/fixtures/i19-out-of-place/wire.jsonl");
    const { code, output } = await replay([log]);
    expect(code, output).toBe(0);
    expect(output).toMatch(/imported: \d+ messages of twilio/);
    const into = await mkdtemp(join(tmpdir(), "durvani-fixtures-"));
    folders.push(into);
    const made = await run(join(ROOT, FIXTURE), [log, "--name", "from-a-log", "--into", into]);
    expect(made.code, made.output).toBe(0);
    expect((await replay([join(into, "from-a-log")])).code).toBe(0);
  });

  test("what cannot be read is named, the others are played, and the exit code is 2", async () => {
    const { code, output } = await replay(["no-such-call", join(ROOT, "package.json"), id]);
    expect(code).toBe(2);
    expect(output).toMatch(/^no-such-call: /m);
    expect(output).toContain(`${join(ROOT, "package.json")}: neither a journal nor a log of a media stream: `);
    expect(output).toMatch(/1 call; no difference; .+; 2 unreadable$/m);
  });

  test("it does not know every word and says which it knows", async () => {
    const { code, output } = await replay(["--backwards", id]);
    expect(code).toBe(2);
    expect(output).toContain("--explain");
  });
});

describe("a call that is lived once more, on real sockets in real time", () => {
  const SHORT = join(ROOT, "test/fixtures/ruko-while-the-agent-speaks");
  /** The caller's word, and that it stopped the agent. */
  const STOPPED = /caller {2}“रुको”.*\n +▸ barge-in: /;

  test("--live, without a key, with an imitated Sarvam, and says so", async () => {
    const { code, output } = await replay(["--live", "--explain", SHORT]);
    expect(code, output).toBeLessThan(2);
    expect(output).toContain("Without SARVAM_API_KEY, Sarvam is imitated.");
    expect(output).toMatch(STOPPED);
  });

  test("--wire, with a gateway that runs elsewhere; one that does not take the call is named", async () => {
    await using rig = await startRig();
    const dial = (token: string): Promise<Done> =>
      run(join(ROOT, REPLAY), ["--wire", rig.running.url, SHORT], {
        PUBLIC_URL: rig.publicUrl,
        TWILIO_AUTH_TOKEN: token,
      });
    const good = await dial(rig.secrets.authToken);
    expect(good.code, good.output).toBeLessThan(2);
    expect(good.output).toMatch(/ then +now\n +replies +\d/);
    const [heard] = await rig.sql<{ user_text: string }>("select user_text from turns where user_text <> ''");
    expect(heard?.user_text).toBeTruthy();
    const bad = await dial("wrong");
    expect(bad.code, bad.output).toBe(2);
    expect(bad.output).toContain("did not take the call");
  });
});

describe("in a tree of which one line is another", () => {
  const NAME = "demo-call";
  let tree: CopiedTree;
  beforeAll(async () => {
    tree = await copiedTree(["test"], ["test/fixtures"]);
    await mkdir(join(tree.root, "test/fixtures"));
  });
  afterAll(() => tree[Symbol.asyncDispose]());

  const replayThere = (args: readonly string[]): Promise<Done> => tree.run(REPLAY, args, inDataDir());

  const bargedInAt = (): string => stamp(decided().find(({ what }) => what === "barge-in")?.atMs ?? Number.NaN);

  test("a constant of the policy is changed: replay names the instant and the cause, and exits 1", async () => {
    const { code, output } = await tree.changed("src/call/rules.ts", "mergeMs: 700", "mergeMs: 5000", () =>
      replayThere([id]),
    );
    expect(code, output).toBe(1);
    const [, first = ""] = /^ {2}(at .+\n(?: {6}.+\n)*)/m.exec(output) ?? [];
    expect(first).toContain(`at ${bargedInAt()} `);
    expect(first).toContain("barge-in");
    expect(first.replace(/\s+/g, " ")).toContain("turn.mergeMs was 700, is 5000");
  });

  test("fixture makes of the call a test that passes, is free of phone numbers, and fails when barge-in is broken", async () => {
    const made = await tree.run(FIXTURE, [id, "--name", NAME, "--about", "the demo's call"], inDataDir());
    expect(made.code, made.output).toBe(0);
    const folder = join(tree.root, "test/fixtures", NAME);
    expect((await readdir(folder)).sort()).toEqual(["golden.json", "journal.jsonl"]);

    const opening = books.find((entry) => entry.kind === "open")?.opening;
    const numbers = [opening?.from, opening?.to].map((number) => number?.replace(/\D/g, "").slice(-10) ?? "");
    expect(numbers).toEqual([expect.stringMatching(/^\d{10}$/), expect.stringMatching(/^\d{10}$/)]);
    for (const file of await readdir(folder)) {
      const text = await readFile(join(folder, file), "utf8");
      // Nobody dials the fractions of milliseconds.
      const whole = text.replace(/\.\d+/g, "");
      for (const number of numbers) expect(whole.includes(number), `${file} has ${number}`).toBe(false);
      const others = whole.replace(/"(endedAt|openedAt)":\d+|\+910000000000/g, "").match(/[1-9]\d{9}\d*/g);
      expect(others).toBeNull();
    }

    const fixtures = (): Promise<Done> =>
      vitest(tree.root, [
        "run",
        "--config",
        join(tree.root, "test/vitest.config.ts"),
        "--project",
        "unit",
        "--reporter",
        "verbose",
        "test/replay/fixtures.test.ts",
      ]);
    const good = await fixtures();
    expect(good.code, good.output).toBe(0);
    expect(good.output).toContain(NAME);
    expect((await replayThere([folder])).code).toBe(0);

    const bargeIn = "function bargeIn(draft: Draft, why: string): void {";
    const [test, again] = await tree.changed("src/call/caller.ts", bargeIn, `${bargeIn} return;`, async () => [
      await fixtures(),
      await replayThere([folder]),
    ]);
    expect(test.code, test.output).toBe(1);
    expect(test.output).toContain(NAME);
    expect(again.code, again.output).toBe(1);
    expect(again.output).toContain(`at ${bargedInAt()} `);
  });

  test("fixture replaces nothing unless it is told to", async () => {
    const into = join(tree.root, "test/fixtures");
    const again = await run(join(ROOT, FIXTURE), [id, "--name", NAME, "--into", into], inDataDir());
    expect(again.code, again.output).toBe(1);
    expect(again.output).toContain("--force");
  });
});

async function vitest(root: string, args: readonly string[]): Promise<Done> {
  await using program = new Program([join(ROOT, "node_modules/vitest/vitest.mjs"), ...args, "--root", root], {
    NO_COLOR: "1",
  });
  const { code } = await program.exit;
  return { code, output: program.output };
}
