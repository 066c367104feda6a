/** One verb or noun of an XML answer. */
export type XmlElement = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children. */
  readonly text: string;
};

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const unescapeXml = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    const named = NAMED[name ?? ""];
    if (named === undefined) throw new Error(`unknown entity ${whole}`);
    return named;
  });

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, double, single] of text.matchAll(/([\w:-]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g)) {
    if (name) attributes[name] = unescapeXml(double ?? single ?? "");
  }
  return attributes;
}

/** Markup that does not belong there is found out later, with its place. */
const textOf = (text: string): string => (/[<&](?!(?:#\w+|\w+);)/.test(text) ? "" : unescapeXml(text).trim());

/** Reads a TwiML document. Throws on what is not well formed (Twilio: error 12100). */
export function parseTwiml(xml: string): XmlElement {
  const body = xml.replace(/<\?.*?\?>|<!--.*?-->/gs, "");
  type Open = { name: string; attributes: Record<string, string>; children: Open[]; text: string };
  const top: Open = { name: "", attributes: {}, children: [], text: "" };
  const path = [top];
  const tag = /<(\/?)([A-Za-z]\w*)((?:\s+[\w:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/g;
  let readTo = 0;
  for (const found of body.matchAll(tag)) {
    const [whole, closing, name = "", attributes = "", empty] = found;
    const around = path.at(-1);
    if (around) around.text += textOf(body.slice(readTo, found.index));
    readTo = found.index + whole.length;
    if (closing) {
      if (path.pop()?.name !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    const element: Open = { name, attributes: attributesOf(attributes), children: [], text: "" };
    around?.children.push(element);
    if (!empty) path.push(element);
  }
  if (/[<&](?!(?:#\w+|\w+);)/.test(body.replace(tag, ""))) throw new Error("stray markup");
  const [root, ...others] = top.children;
  if (path.length !== 1 || root?.name !== "Response" || others.length > 0) throw new Error("no single <Response>");
  return root;
}
