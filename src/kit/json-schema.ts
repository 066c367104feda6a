import { z } from "zod";

/** A JSON Schema as it is written, of the drafts 4, 7 or 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * What checks whether a value is as this schema says. Throws an `Error` that says in plain words why the schema cannot be used:
 * it is none of an object, holds nonsense, or needs what is not known here, such as `if`.
 */
export function objectCheck(schema: JsonSchema): z.ZodType {
  if (schema["type"] !== "object") throw new Error('must be the JSON Schema of an object: "type": "object"');
  for (const name of ["properties", "$defs", "definitions"]) {
    const part = schema[name];
    if (part !== undefined && (typeof part !== "object" || part === null || Array.isArray(part)))
      throw new Error(`is no JSON Schema that can be used: ${name} must be an object`);
  }
  try {
    return z.fromJSONSchema(schema);
  } catch (error) {
    throw new Error(`is no JSON Schema that can be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}
