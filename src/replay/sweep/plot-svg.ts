type Attributes = Readonly<Record<string, string | number>>;

/** A whole document on white, `width` by `height` px. `content`: elements. */
export function svg(width: number, height: number, content: readonly string[]): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    width: w,
    height: h,
    viewBox: `0 0 ${w} ${h}`,
    "font-family": "Helvetica, Arial, sans-serif",
  };
  const paper = element("rect", { width: w, height: h, fill: "#fff" });
  return `${opened("svg", attributes)}>\n${[paper, ...content].filter((part) => part !== "").join("\n")}\n</svg>\n`;
}

export const element = (name: string, attributes: Attributes): string => `${opened(name, attributes)}/>`;

type TextStyle = {
  readonly x: number;
  /** Of the base line. */
  readonly y: number;
  readonly size: number;
  readonly fill: string;
  readonly anchor?: "start" | "middle" | "end";
  readonly weight?: "normal" | "bold";
  readonly transform?: string;
  /** White around the letters, so that they can be read on lines. */
  readonly halo?: boolean;
};

export function text(words: string, { x, y, size, fill, anchor, weight, transform, halo }: TextStyle): string {
  const attributes: Attributes = {
    x,
    y,
    "font-size": size,
    fill,
    ...(anchor && anchor !== "start" ? { "text-anchor": anchor } : {}),
    ...(weight === "bold" ? { "font-weight": weight } : {}),
    ...(transform === undefined ? {} : { transform }),
    ...(halo ? { stroke: "#fff", "stroke-width": 3, "paint-order": "stroke" } : {}),
  };
  return `${opened("text", attributes)}>${escaped(words)}</text>`;
}

const opened = (name: string, attributes: Attributes): string =>
  `<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? Math.round(value * 10) / 10 : escaped(value)}"`)
    .join("")}`;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (words: string): string => words.replace(/[&<>"]/g, (letter) => ENTITIES[letter] ?? letter);
