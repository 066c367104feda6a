/** Just enough of an XML parser to prove a document well formed. It throws where a real one would. */
export type Element = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Element | string)[];
};

const ILLEGAL = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const TAG = /^<(\/?)([A-Za-z]+)((?:\s+[A-Za-z]+="[^"<]*")*)\s*(\/?)>/;

type Open = {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: (Element | string)[];
};

export function parseXml(text: string): Element {
  if (ILLEGAL.test(text)) throw new Error("illegal character");
  const root: Open = { name: "", attributes: {}, children: [] };
  const open = [root];
  let rest = text.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>/, "");
  while (rest !== "") rest = rest.slice(rest.startsWith("<") ? tag(rest, open) : words(rest, open));
  const [document, ...others] = root.children;
  if (open.length !== 1 || others.length > 0 || typeof document !== "object") throw new Error("not one whole document");
  return document;
}

/** Reads text up to the next tag and says how long it was. */
function words(rest: string, open: readonly Open[]): number {
  const text = /^[^<]+/.exec(rest)?.[0] ?? "";
  if (text.includes("]]>")) throw new Error("]]> in text");
  open.at(-1)?.children.push(unescaped(text));
  return text.length;
}

/** Reads one tag and says how long it was. */
function tag(rest: string, open: Open[]): number {
  const found = TAG.exec(rest);
  if (!found) throw new Error(`no tag at ${rest.slice(0, 40)}`);
  const [whole, closing, name = "", attributes = "", empty] = found;
  if (closing) {
    if (open.pop()?.name !== name) throw new Error(`</${name}> closes something else`);
    return whole.length;
  }
  const element: Open = { name, attributes: attributesOf(attributes), children: [] };
  open.at(-1)?.children.push(element);
  if (!empty) open.push(element);
  return whole.length;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([A-Za-z]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [
    name,
    unescaped(value),
  ]);
  const attributes = Object.fromEntries(pairs);
  if (Object.keys(attributes).length !== pairs.length) throw new Error("an attribute twice");
  return attributes;
}

const unescaped = (text: string): string =>
  text.replace(/&([^;&]*;?)/g, (_, reference: string) => {
    const number = /^#(x?)([0-9A-Fa-f]+);$/.exec(reference);
    if (number) return String.fromCodePoint(Number.parseInt(number[2] ?? "", number[1] ? 16 : 10));
    const character = ENTITIES[reference.slice(0, -1)];
    if (character === undefined || !reference.endsWith(";")) throw new Error(`bare & before ${reference}`);
    return character;
  });
