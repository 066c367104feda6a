import { expect, test } from "vitest";
import { afterCallSchema } from "../../src/dialog/after-call.ts";

const complaints = (afterCall: unknown): readonly string[] =>
  afterCallSchema.safeParse(afterCall).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

test("an agent says what is to be written up of its calls", () => {
  const order = {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    properties: { order: { $ref: "#/definitions/order" } },
    definitions: { order: { type: ["string", "null"] } },
  };
  const whole = { summary: true, extract: order, translateTo: "en-IN", retranscribe: "when-degraded" };
  expect(afterCallSchema.parse(whole)).toEqual(whole);
  expect(afterCallSchema.parse({})).toEqual({});
});

test.each<[name: string, afterCall: unknown, complaint: RegExp]>([
  ["a schema that is no schema", { extract: "order number" }, /^extract: .*record/],
  ["a schema of no object", { extract: { type: "string" } }, /^extract: must be the JSON Schema of an object/],
  ["a schema without a type", { extract: { properties: {} } }, /^extract: must be the JSON Schema of an object/],
  ["an unknown type", { extract: { type: "object", properties: { a: { type: "text" } } } }, /Unsupported type: text/],
  ["properties that are none", { extract: { type: "object", properties: 5 } }, /properties must be an object/],
  ["a reference to nowhere", { extract: { type: "object", properties: { a: { $ref: "#/x" } } } }, /not found: #\/x/],
  ["what is not known here", { extract: { type: "object", if: {} } }, /if\/then\/else/],
  [
    "an extraction without its summary",
    { summary: false, extract: { type: "object" } },
    /^extract: is part of the summary/,
  ],
  ["a language that is none", { translateTo: "fr-FR" }, /^translateTo: /],
  ["another word for when", { retranscribe: "sometimes" }, /^retranscribe: /],
  ["a word that is not known", { sumary: true }, /sumary/],
])("%s is complained of", (_, afterCall, complaint) => {
  const [first, ...more] = complaints(afterCall);
  expect(first).toMatch(complaint);
  expect(more).toEqual([]);
});
