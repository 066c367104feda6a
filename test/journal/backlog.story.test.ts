import type { FileHandle } from "node:fs/promises";
import { expect, test } from "vitest";
import { Backlog } from "../../src/journal/backlog.ts";

/** A disk with so much room left. */
function fullDisk(room: number): { readonly handle: FileHandle; readonly written: () => string } {
  let text = "";
  const write = async (bytes: Buffer) => {
    if (text.length === room) throw new Error("no space left on device");
    const taken = bytes.toString("utf8", 0, room - text.length);
    text += taken;
    return { bytesWritten: taken.length };
  };
  return { handle: { write } as unknown as FileHandle, written: () => text };
}

test("a line that the disk took whole is not missed; one that it took in part is, and so are all behind it", async () => {
  const text = "own\nsound\nword\nsound\n";
  const missed = [];
  for (let room = 0; room < text.length; room++) {
    const backlog = new Backlog();
    backlog.add("own\n", "own");
    backlog.add("sound\n", "audio");
    backlog.add("word\n", "lines");
    backlog.add("sound\n", "audio");
    const { handle, written } = fullDisk(room);
    await expect(backlog.writeTo(handle)).rejects.toThrow("no space");
    backlog.add("word\n", "lines");
    expect(written()).toBe(text.slice(0, room));
    missed.push(`${backlog.left.audio} ${backlog.left.lines}`);
  }
  const times = (count: number, left: string): readonly string[] => Array.from({ length: count }, () => left);
  expect(missed).toEqual([...times(10, "2 2"), ...times(5, "1 2"), ...times(6, "1 1")]);
});

test("nothing is missed once the disk has taken it", async () => {
  const backlog = new Backlog();
  backlog.add("word\n", "lines");
  await backlog.writeTo(fullDisk(100).handle);
  expect(backlog.left).toEqual({ audio: 0, lines: 0 });
});
