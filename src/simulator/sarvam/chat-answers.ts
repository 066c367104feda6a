import { isObject, type JsonObject } from "./channel.ts";

/** The last thing that the user said. */
export function lastQuestion(messages: readonly { readonly role?: unknown; readonly content?: unknown }[]): string {
  return String(messages.findLast(({ role }) => role === "user")?.content ?? "");
}

/** What the simulated model answers: several sentences, the same for the same question, which they repeat. */
export function chatAnswer(question: string): string {
  const asked = question.trim().replace(/[.?!।\s]+$/u, "");
  const known = ANSWERS.find(({ about }) => about.test(question));
  if (known) return known.answer;
  if (/\p{Script=Devanagari}/u.test(question)) {
    return `आपने कहा: ${asked}। मैं इसे अभी देख रही हूँ। क्या मैं आपकी और कोई मदद कर सकती हूँ?`;
  }
  return `You said: ${asked}. I am looking into it right now. Is there anything else that I can do for you?`;
}

const ANSWERS: readonly { readonly about: RegExp; readonly answer: string }[] = [
  {
    about: /ऑर्डर|आर्डर/u,
    answer: "आपका ऑर्डर रास्ते में है। वह कल शाम छह बजे तक पहुँच जाएगा। पहुँचने से पहले आपको एक संदेश मिलेगा।",
  },
  {
    about: /order/i,
    answer: "Your order is on its way. It will arrive by six tomorrow evening. You will get a message before it comes.",
  },
  {
    about: /opening hours|open|timing/i,
    answer: "We are open from nine in the morning to eight in the evening. On Sundays we close at two.",
  },
  { about: /goodbye|bye/i, answer: "Thank you for calling. Have a very good day. Goodbye." },
  { about: /अलविदा/u, answer: "कॉल करने के लिए धन्यवाद। आपका दिन शुभ हो। अलविदा।" },
];

/** A system or user text that asks for JSON gets some: what jobs after the call ask for. */
export function jsonAnswer(question: string): string {
  return JSON.stringify({ summary: chatAnswer(question), sentiment: "neutral", topics: ["general"] });
}

/** Something that is as this schema says, the same each time: what a model whose tokens are held to a schema cannot help giving. */
export function schemaAnswer(schema: JsonObject): string {
  return JSON.stringify(sample(schema, schema, "the simulated model"));
}

function sample(schema: JsonObject, root: JsonObject, name: string): unknown {
  const { $ref, enum: options, type, anyOf, oneOf } = schema;
  if (typeof $ref === "string") return sample(resolve($ref, root), root, name);
  if ("const" in schema) return schema["const"];
  if (Array.isArray(options)) return options[0];
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return sample(choices.find(isObject) ?? {}, root, name);
  const [first] = Array.isArray(type) ? type : [type];
  return typeSample(first ?? (schema["properties"] ? "object" : "string"), schema, root, name);
}

function typeSample(type: unknown, schema: JsonObject, root: JsonObject, name: string): unknown {
  switch (type) {
    case "object":
      return objectSample(schema, root);
    case "array":
      return isObject(schema["items"]) ? [sample(schema["items"], root, name)] : [];
    case "integer":
    case "number":
      return typeof schema["minimum"] === "number" ? schema["minimum"] : 0;
    case "boolean":
      return false;
    case "null":
      return null;
    default:
      return `${name} of the simulated model`;
  }
}

function objectSample({ properties }: JsonObject, root: JsonObject): object {
  const parts = Object.entries(isObject(properties) ? properties : {});
  return Object.fromEntries(parts.map(([key, part]) => [key, sample(isObject(part) ? part : {}, root, key)]));
}

function resolve(ref: string, root: JsonObject): JsonObject {
  const found = ref
    .split("/")
    .slice(1)
    .reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), root);
  return isObject(found) ? found : {};
}
