import { z } from "zod";
import { HEARD_LANGUAGES } from "./stt-languages.ts";

/** Kinds of values that both ears' parameters are made of. */
export const language = z.enum(HEARD_LANGUAGES);
export const mode = z.enum(["transcribe", "translate", "verbatim", "translit", "codemix"]).optional();
export const flag = z.boolean().optional();
export const share = z.number().min(0).max(1).optional();
export const count = z.number().int().nonnegative().optional();
export const rate = z.union([z.literal(8000), z.literal(16000)]);
export const keyterms = z.array(z.string().min(1).max(64)).max(50).readonly().optional();

export const termsNeedV4 = (query: { model: string; keyterms?: readonly string[] | undefined }): boolean =>
  query.keyterms === undefined || query.model.startsWith("saaras:v4");
export const TERMS_NEED_V4 = { error: "only the saaras:v4 models take keyterms", path: ["keyterms"] };

type Value = string | number | boolean | readonly string[];

/** `value` as the schema understands it; throws an `Error` that names every field that is wrong. */
export function checked<T>(what: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Error(`${what}: ${z.prettifyError(result.error)}`);
}

/** The ws(s) address of `path` at the http(s) origin `baseUrl`. Lists become JSON text; what is undefined is left out. */
export function sttUrl(
  baseUrl: string,
  path: string,
  names: Readonly<Record<string, string>>,
  query: Readonly<Record<string, Value | undefined>>,
): string {
  const url = new URL(path, baseUrl.replace(/^http/, "ws"));
  for (const [field, name] of Object.entries(names)) {
    const value = query[field];
    if (value === undefined) continue;
    url.searchParams.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  return url.href;
}
