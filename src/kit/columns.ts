/** Text for people who read it in columns: in a terminal, or in a file. */

/** Columns a text takes: marks that sit on a letter take none. */
export const columns = (text: string): number => [...text].filter((c) => !/\p{Mn}|\p{Cf}/u.test(c)).length;

/** Cuts or fills to exactly so many columns. */
export function toWidth(text: string, width: number): string {
  let cut = text;
  while (columns(cut) > width) cut = [...cut].slice(0, -1).join("");
  return cut + " ".repeat(width - columns(cut));
}

/** Breaks at spaces so that no line is wider, unless a single word is. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && columns(`${line} ${word}`) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** `mm:ss.mmm` */
export function stamp(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const part = (value: number, digits: number): string => String(value).padStart(digits, "0");
  return `${part(Math.floor(whole / 60_000), 2)}:${part(Math.floor(whole / 1000) % 60, 2)}.${part(whole % 1000, 3)}`;
}
