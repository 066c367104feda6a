import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

/** Rooms from the ground up. A room may use rooms on lower floors only; rooms on one floor are strangers. */
const FLOORS = [
  ["kit"],
  ["record", "audio"],
  ["carrier", "speech", "dialog", "store", "journal"],
  ["jobs"],
  ["call"],
  ["gateway"],
  ["replay"],
];
/** Rooms beside the house: nobody imports them, and they may import only these. A page may know the types of what it is told. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = { simulator: ["kit", "audio"], page: [] };
const OPEN = ["kit", "record", "audio"];
const SRC = join(import.meta.dirname, "..", "src");

/** Nothing of it is left when the page is built. */
const TYPES_ONLY = /^import type [^;]+;$/gm;

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
const textOf = new Map(files.map((file) => [file, readFileSync(join(SRC, file), "utf8")]));
const inRooms = files.filter((file) => file.includes("/"));
const roomOf = (file: string): string => (file.includes("/") ? (file.split("/")[0] ?? "") : "");
const floorOf = (room: string): number => FLOORS.findIndex((rooms) => rooms.includes(room));

function imports(file: string): string[] {
  const text = (textOf.get(file) ?? "").replaceAll(roomOf(file) === "page" ? TYPES_ONLY : /$^/g, "");
  const found = text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g);
  return [...found].map((match) => normalize(join(dirname(file), match[1] ?? "")));
}

function mayUse(from: string, to: string): boolean {
  if (from === to) return true;
  const outside = OUTSIDE[from];
  if (outside) return outside.includes(to);
  return floorOf(to) >= 0 && floorOf(to) < floorOf(from);
}

const isDoor = (room: string, path: string): boolean => OPEN.includes(room) || path === `${room}/${room}.ts`;

test("every room has a floor", () => {
  const known = [...FLOORS.flat(), ...Object.keys(OUTSIDE)];
  expect([...new Set(inRooms.map(roomOf))].filter((room) => !known.includes(room))).toEqual([]);
});

test.each(inRooms)("%s keeps to its floor and enters other rooms by their doors", (file) => {
  const room = roomOf(file);
  for (const target of imports(file)) {
    const there = roomOf(target);
    expect(mayUse(room, there), `${file} may not use ${target}`).toBe(true);
    if (there !== room)
      expect(isDoor(there, target), `${file} must enter ${there} by its door, not ${target}`).toBe(true);
  }
});

test("no imports run in a circle", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  function visit(file: string, path: readonly string[]): void {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      return;
    }
    if (done.has(file)) return;
    for (const target of imports(file)) visit(target, [...path, file]);
    done.add(file);
  }
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

const longest: Readonly<Record<string, number>> = { "main.ts": 120, "call/call.ts": 200 };

test.each(files)("%s is no longer than it may be", (file) => {
  const lines = (textOf.get(file) ?? "").split("\n").length - 1;
  expect(lines).toBeLessThanOrEqual(longest[file] ?? 300);
});

/** What only one file may touch, so that a test can replace it. */
const OWNED = [
  { what: "the environment", pattern: /process\.env\b/, owners: ["config.ts"] },
  {
    what: "time",
    pattern: /\b(Date\.now|new Date\(\)|performance\.now|setTimeout|setInterval|AbortSignal\.timeout)\b/,
    owners: ["kit/clock.ts", "page/client/browser-clock.ts"],
  },
  { what: "chance", pattern: /\b(Math\.random|randomUUID|randomBytes|randomInt)\b/, owners: ["kit/ids.ts"] },
] as const;

test.each(OWNED)("only $owners touches $what", ({ pattern, owners }) => {
  const trespassers = files.filter(
    (file) => !owners.some((owner) => owner === file) && pattern.test(textOf.get(file) ?? ""),
  );
  expect(trespassers).toEqual([]);
});

test("no file is a drawer", () => {
  const drawers = /(^|\/)(utils?|helpers?|common|misc|index|[a-z-]*-(manager|handler|impl))\.ts$/;
  expect(files.filter((file) => drawers.test(file))).toEqual([]);
});

test("everything is exported by name", () => {
  const ours = files.filter((file) => !/(vite\.config|\.d)\.ts$/.test(file)); // shapes of a tool's own
  expect(ours.filter((file) => /^export default/m.test(textOf.get(file) ?? ""))).toEqual([]);
});
