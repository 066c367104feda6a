import type { TranscriptMessage } from "../client/client.ts";

/** One turn of somebody's. */
export type Line = {
  readonly id: number;
  readonly by: "user" | "bot";
  /** What counts: of the user, what was understood; of the agent, what was heard. */
  readonly text: string;
  /** Behind it: of the user, a guess; of the agent, what is yet to be heard, or was cut off. */
  readonly rest: string;
  readonly interrupted: boolean;
};

export type Dialogue = readonly Line[];

/** The conversation with one more message in it. */
export function withMessage(lines: Dialogue, { role, content, final }: TranscriptMessage): Dialogue {
  if (role === "user") return final ? understood(lines, content) : guessed(lines, content);
  return final ? heard(lines, content) : generated(lines, content);
}

/** The agent is silent from here on: what was not heard of it will not be. */
export function cutOff(lines: Dialogue): Dialogue {
  return lines.map((line) => (line.by === "bot" && line.rest !== "" ? { ...line, interrupted: true } : line));
}

function guessed(lines: Dialogue, rest: string): Dialogue {
  const open = lines.findLast(({ by }) => by === "user");
  return open && isOpen(lines, open) ? replace(lines, { ...open, rest }) : add(lines, { by: "user", rest });
}

function understood(lines: Dialogue, content: string): Dialogue {
  const open = lines.findLast(({ by }) => by === "user");
  if (!open || !isOpen(lines, open)) return add(lines, { by: "user", text: content });
  return replace(lines, { ...open, text: joined(open.text, content), rest: "" });
}

/** A turn of the user's goes on until the agent answers it. */
function isOpen(lines: Dialogue, line: Line): boolean {
  return line.rest !== "" || lines.at(-1) === line;
}

function generated(lines: Dialogue, content: string): Dialogue {
  const last = lines.at(-1);
  if (last?.by === "bot" && !last.interrupted) return replace(lines, { ...last, rest: joined(last.rest, content) });
  return add(counted(lines), { by: "bot", rest: content });
}

/** Once the agent answers, no guess of what the user says is waited for. */
const counted = (lines: Dialogue): Dialogue =>
  lines.flatMap((line) => {
    if (line.by === "bot") return [line];
    return line.text === "" ? [] : [{ ...line, rest: "" }];
  });

/** Piece by piece, and perhaps when the user has long begun to speak. */
function heard(lines: Dialogue, content: string): Dialogue {
  const spoken = lines.findLast(({ by, rest }) => by === "bot" && rest.startsWith(content)) ?? lines.at(-1);
  if (spoken?.by !== "bot") return add(lines, { by: "bot", text: content });
  const rest = spoken.rest.startsWith(content) ? spoken.rest.slice(content.length).trimStart() : spoken.rest;
  return replace(lines, {
    ...spoken,
    text: joined(spoken.text, content),
    rest,
    interrupted: spoken.interrupted && rest !== "",
  });
}

const add = (lines: Dialogue, line: Partial<Line> & Pick<Line, "by">): Dialogue => [
  ...lines,
  { id: (lines.at(-1)?.id ?? 0) + 1, text: "", rest: "", interrupted: false, ...line },
];

const replace = (lines: Dialogue, line: Line): Dialogue => lines.map((each) => (each.id === line.id ? line : each));

const joined = (text: string, more: string): string => [text, more].filter((part) => part !== "").join(" ");
