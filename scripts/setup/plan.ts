import { forget, keep, readKept, type Settings } from "./kept.ts";
import type { Story } from "./story.ts";

/** A number at some carrier whose settings can be read and changed. */
export type Phone<T extends Settings> = {
  readonly sid: string;
  readonly number: string;
  /** Names of the settings as the carrier's own console has them. */
  readonly labels: Readonly<Record<keyof T & string, string>>;
  read(): Promise<T>;
  change(changes: Partial<T>): Promise<void>;
  /** Whether two values of a setting mean the same, where that is more than being equal. */
  alike?(one: string, other: string): boolean;
};

export type Manner = { readonly path: string; readonly dryRun: boolean };

/** Keeps what is there, changes what differs, and reads it back. */
export async function point<T extends Settings>(
  phone: Phone<T>,
  wanted: T,
  { path, dryRun }: Manner,
  story: Story,
): Promise<void> {
  const current = await phone.read();
  story.step(`Look at ${phone.number} as it is.`);
  show(phone, current, story);
  const changes = difference(phone, current, wanted);
  if (Object.keys(changes).length === 0) return story.done("it points here already: nothing to change");

  story.step(`Keep these settings in ${path}, so that --undo can restore them.`);
  const kept = await readKept(path);
  // Set up twice, it must not be forgotten how it was before the first time; what somebody else has set since counts anew.
  const stays = kept !== undefined && kept.sid === phone.sid && same(phone, current, kept.set);
  if (!dryRun) await keep(path, { sid: phone.sid, previous: stays ? kept.previous : current, set: wanted });
  story.done(
    stays ? "those from before the first set-up are kept already, and stay" : dryRun ? "would be kept" : "kept",
  );

  story.step(`Change ${phone.number}:`);
  show(phone, { ...changes }, story);
  if (dryRun) return story.done("would be changed; with --dry-run nothing was");
  await phone.change(changes);
  await readBack(phone, wanted, "changed, and read back", story);
}

/** Gives the number the settings it had before the first change, unless somebody has changed them since. */
export async function restore<T extends Settings>(
  phone: Phone<T>,
  { path, dryRun, force }: Manner & { readonly force: boolean },
  story: Story,
): Promise<void> {
  const kept = await readKept(path);
  story.step(`Restore what ${path} keeps.`);
  if (!kept) return story.done("nothing is kept there: nothing was changed, or it was undone already");
  if (kept.sid !== phone.sid)
    return story.fail(
      `it belongs to ${kept.sid}, and this number is ${phone.sid} now`,
      "Set the number right by hand, then delete the file.",
    );
  const current = await phone.read();
  const previous = kept.previous as T; // Written from a T of this very number.
  if (!force && !same(phone, current, kept.set) && !same(phone, current, previous)) {
    show(phone, current, story);
    return story.fail(
      "somebody has changed the number since; nothing was touched",
      "With --force it is restored all the same.",
    );
  }
  const changes = difference(phone, current, previous);
  show(phone, { ...changes }, story);
  if (dryRun) return story.done("would be restored; with --dry-run nothing was");
  if (Object.keys(changes).length > 0) await phone.change(changes);
  if (await readBack(phone, previous, "restored, and read back", story)) await forget(path);
}

type Alike = Pick<Phone<Settings>, "alike">;

/** What of `current` must change to become `wanted`. */
function difference<T extends Settings>({ alike }: Alike, current: T, wanted: T): Partial<T> {
  const differs = ([name, value]: [string, string]): boolean => {
    const now = current[name] ?? "";
    return now !== value && !alike?.(now, value);
  };
  return Object.fromEntries(Object.entries(wanted).filter(differs)) as Partial<T>;
}

const same = (phone: Alike, one: Settings, other: Settings): boolean =>
  Object.keys(difference(phone, one, other)).length === 0;

async function readBack<T extends Settings>(phone: Phone<T>, wanted: T, words: string, story: Story): Promise<boolean> {
  const left = difference(phone, await phone.read(), wanted);
  const names = Object.keys(left).map((name) => phone.labels[name]);
  if (names.length === 0) {
    story.done(words);
    return true;
  }
  story.fail(
    `the carrier took the change, but not for: ${names.join(", ")}`,
    "Look at the number in the carrier's console.",
  );
  return false;
}

function show<T extends Settings>({ labels }: Phone<T>, settings: Partial<Settings>, story: Story): void {
  const width = Math.max(...Object.values<string>(labels).map((label) => label.length)) + 2;
  for (const [name, value] of Object.entries(settings))
    story.line(`${(labels[name] ?? name).padEnd(width)}${value || "–"}`);
}
