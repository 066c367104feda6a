import { expect, test } from "vitest";
import { type Line, linesOf, momentsOf, playingAt } from "../../../src/page/console/call-lines.ts";
import { type News, withNews } from "../../../src/page/console/call-news.ts";
import type { LiveEvent } from "../../../src/page/ui/told.ts";
import { CALL, turn } from "./calls.ts";

const { id } = CALL;
const told = (...events: readonly LiveEvent[]): News =>
  events.reduce<News>(withNews, withNews(new Map(), { event: "snapshot", data: { calls: [CALL] } }));
const says = (who: "user" | "agent", text: string, final = false): LiveEvent => ({
  event: "transcript",
  data: { id, who, text, final },
});
const writes = (...of: Parameters<typeof turn>): LiveEvent => ({ event: "turn", data: { id, turn: turn(...of) } });

/** `A1: heard (coming …)`, `C2: words`, `A2: heard [unheard]`. */
function shown(news: News): readonly string[] {
  const followed = news.get(id);
  return linesOf([...(followed?.turns.values() ?? [])], [], followed).map(({ by, turn, text, rest }: Line) =>
    [
      `${by === "caller" ? "C" : "A"}${turn}:`,
      text,
      rest && (rest.is === "coming" ? `(${rest.text} …)` : `[${rest.text}]`),
    ]
      .filter((part) => part)
      .join(" "),
  );
}

test("a greeting is shown as it is spoken, and as it was heard once it is over, in the same place", () => {
  const speaking = [says("agent", "नमस्ते!"), says("agent", "मैं क्या मदद करूँ?"), says("agent", "नमस्ते!", true)];
  expect(shown(told(...speaking))).toEqual(["A1: नमस्ते! (मैं क्या मदद करूँ? …)"]);
  const all = "नमस्ते! मैं क्या मदद करूँ?";
  const over = [...speaking, writes(1, { agentGenerated: all, agentHeard: all, endedMs: 4_000 })];
  expect(shown(told(...over))).toEqual([`A1: ${all}`]);
  expect(shown(told(...over, says("agent", "मैं क्या मदद करूँ?", true)))).toEqual([`A1: ${all}`]);
});

test("a guess of the caller's words becomes what was said, in place", () => {
  const before = [writes(1, { agentGenerated: "Hi.", agentHeard: "Hi.", endedMs: 1_000 }), says("user", "मेरा")];
  expect(shown(told(...before))).toEqual(["A1: Hi.", "C2: (मेरा …)"]);
  const words = "मेरा ऑर्डर कहाँ है?";
  for (const then of [
    [writes(2, { userText: words }), says("user", words, true)],
    [says("user", words, true), writes(2, { userText: words })],
  ])
    expect(shown(told(...before, ...then))).toEqual(["A1: Hi.", `C2: ${words}`]);
});

test("an answer that is cut short keeps what was not heard", () => {
  const before = [writes(2, { userText: "कहाँ?" }), says("agent", "रास्ते में है।"), says("agent", "कल पहुँचेगा।")];
  expect(shown(told(...before, says("user", "रुको")))).toEqual([
    "C2: कहाँ?",
    "A2: (रास्ते में है। कल पहुँचेगा। …)",
    "C3: (रुको …)",
  ]);
  const cut = { userText: "कहाँ?", agentGenerated: "रास्ते में है। कल पहुँचेगा।", agentHeard: "रास्ते में है।" };
  const over = told(...before, writes(2, { ...cut, interrupted: true, endedMs: 30_000 }));
  expect(shown(over)).toEqual(["C2: कहाँ?", "A2: रास्ते में है। [कल पहुँचेगा।]"]);
});

test("words that were added to a turn begin its answer anew", () => {
  const before = [writes(2, { userText: "One" }), says("agent", "First answer.")];
  expect(shown(told(...before, writes(2, { userText: "One two" })))).toEqual(["C2: One two"]);
});

test("who comes in the middle of an answer knows what was heard of it, and what comes next", () => {
  const standing = [writes(2, { userText: "One" }), says("agent", "A.", true), says("agent", "C.")];
  expect(shown(told(...standing))).toEqual(["C2: One", "A2: A. (C. …)"]);
});

test("calls begin, are answered, end; and those that a new feed does not know are of no use", () => {
  const other = { ...CALL, id: "call_2" };
  const end = { how: "caller-hung-up", detail: "" } as const;
  const news = told(
    { event: "opened", data: { id: "call_2", call: other } },
    { event: "answered", data: { id, answeredAt: 1_500 } },
    { event: "state", data: { id, state: "speaking" } },
    { event: "ended", data: { id: "call_2", end, endedAt: 9_000 } },
    { event: "state", data: { id: "call_9", state: "speaking" } },
  );
  expect([...news.keys()]).toEqual(["call_1", "call_2"]);
  expect(news.get(id)).toMatchObject({ state: "speaking", call: { answeredAt: 1_500 } });
  expect(news.get("call_2")?.call).toMatchObject({ status: "ended", end, endedAt: 9_000 });
  expect([...withNews(news, { event: "snapshot", data: { calls: [] } }).keys()]).toEqual(["call_2"]);
});

test("decisions stand at their instants, and what is being said at the end", () => {
  const turns = [
    turn(1, { agentGenerated: "Hi.", agentHeard: "Hi.", startedMs: 0, endedMs: 2_000, metrics: { firstAudioMs: 300 } }),
    turn(2, {
      ...{ userText: "Yes", agentGenerated: "Good.", agentHeard: "Good.", startedMs: 5_000, endedMs: 8_000 },
      metrics: { sttMs: 400, userAudioMs: 1_600, firstAudioMs: 700 },
    }),
  ];
  const lines = linesOf(turns, [], { guess: "and", saying: undefined });
  expect(lines.map(({ key, atMs }) => [key, atMs])).toEqual([
    ["agent-1", 300],
    ["caller-2", 3_000],
    ["agent-2", 5_700],
    ["caller-3", undefined],
  ]);
  const decision = { atMs: 5_000, what: "answered", why: "", inputs: {}, limits: {}, otherwise: "" };
  expect(momentsOf(lines, [decision]).map(({ key }) => key)).toEqual([
    ...["agent-1", "caller-2", "decision-0", "agent-2", "caller-3"],
  ]);
  expect([0, 300, 4_999, 60_000].map((ms) => playingAt(lines, ms))).toEqual([
    ...[undefined, "agent-1", "caller-2", "agent-2"],
  ]);
});
