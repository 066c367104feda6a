import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Replaying, ReplayReport } from "../../src/gateway/replaying.ts";
import { callId, closed, opened } from "../store/entries.ts";
import { world } from "./world.ts";

const CALL = "call_01again";
const id = callId(CALL);
const keys = (["read", "control", "admin"] as const).map((scope) => ({
  name: scope,
  scopes: [scope],
  sha256: createHash("sha256").update(scope).digest("hex"),
}));

async function stage({ over = true, redact }: { readonly over?: boolean; readonly redact?: "digits" } = {}) {
  const at = await world({ keys });
  const open = opened(id);
  const opening = open.kind === "open" ? { ...open, opening: { ...open.opening, ...(redact && { redact }) } } : open;
  for (const entry of [opening, ...(over ? [closed()] : [])]) at.memory.books.push({ id, entry });
  at.memory.journals.set(CALL, "/journals/of-it.jsonl");
  const post = (what: string, key: string) =>
    fetch(`${at.origin}/v1/calls/${CALL}/${what}`, { method: "POST", headers: { authorization: `Bearer ${key}` } });
  return { at, post };
}

const REPORT: ReplayReport = {
  ...{ events: 12, tookMs: 30, callMs: 8000 },
  differences: [
    { atMs: 10, about: "turn 1", was: "caller “98765 43210”", now: "nothing", cause: "turn.mergeMs 1 → 2" },
  ],
};

const came = async (answer: Response) => [
  answer.status,
  answer.headers.get("retry-after"),
  ((await answer.json()) as { error: { message: string } }).error.message,
];

test("a replay says what is different, and whether anything is", async () => {
  const { at, post } = await stage();
  const asked: string[] = [];
  at.memory.replays = {
    ...at.memory.replays,
    replay: async (journal) => {
      asked.push(journal);
      return { kind: "done", answer: REPORT };
    },
  };
  expect(await (await post("replay", "control")).json()).toEqual({ same: false, ...REPORT });
  expect(asked).toEqual(["/journals/of-it.jsonl"]);
  const same = await stage();
  expect(await (await same.post("replay", "control")).json()).toMatchObject({ same: true, differences: [] });
});

test("what the call's agent leaves out is left out of differences, too", async () => {
  const { at, post } = await stage({ redact: "digits" });
  at.memory.replays = { ...at.memory.replays, replay: async () => ({ kind: "done", answer: REPORT }) };
  const text = await (await post("replay", "control")).text();
  expect(text).toContain("caller “[number]”");
  expect(text).not.toContain("98765");
});

test("a fixture comes as a file, to an administrator alone", async () => {
  const { at, post } = await stage();
  at.memory.replays = { ...at.memory.replays, fixture: async () => ({ kind: "done", answer: '{"journal":2}\n' }) };
  const answer = await post("fixture", "admin");
  expect(answer.headers.get("content-type")).toMatch(/^application\/x-ndjson/);
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${CALL}.jsonl"`);
  expect(await answer.text()).toBe('{"journal":2}\n');
  expect((await post("fixture", "control")).status).toBe(403);
  expect((await post("fixture", "read")).status).toBe(403);
  expect((await post("replay", "read")).status).toBe(403);
});

test.each<[Replaying<never>, status: number, retry: string | null, message: RegExp]>([
  [{ kind: "impossible", why: "its line never began" }, 409, null, /^its line never began$/],
  [{ kind: "busy" }, 503, "5", /one at a time; ask again in 5 s$/],
  [{ kind: "late", afterMs: 60_000 }, 503, "5", /^it takes longer than 60 s/],
])("%j is said", async (outcome, status, retry, message) => {
  for (const [what, key] of [
    ["replay", "control"],
    ["fixture", "admin"],
  ] as const) {
    const { at, post } = await stage();
    at.memory.replays = { ...at.memory.replays, replay: async () => outcome, fixture: async () => outcome };
    expect(await came(await post(what, key))).toEqual([status, retry, expect.stringMatching(message)]);
  }
});

test("a call that is not over, and one without a journal here, are refused", async () => {
  const live = await stage({ over: false });
  expect(await came(await live.post("replay", "control"))).toEqual([409, null, "the call is not over"]);
  const far = await stage();
  far.at.memory.journals.clear();
  const none = [404, null, "the journal of this call is not on this machine"];
  expect(await came(await far.post("fixture", "admin"))).toEqual(none);
  const erased = await stage();
  const gone = (): Promise<never> => Promise.reject(Object.assign(new Error("no such file"), { code: "ENOENT" }));
  erased.at.memory.replays = { ...erased.at.memory.replays, replay: gone, fixture: gone };
  expect(await came(await erased.post("replay", "control"))).toEqual(none);
  expect(await came(await erased.post("fixture", "admin"))).toEqual(none);
});
