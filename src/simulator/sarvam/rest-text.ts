import type { JsonObject } from "./channel.ts";
import { requestId } from "./context.ts";
import { type RestCall, restError, restJson } from "./rest-reply.ts";

const SCRIPTS: readonly (readonly [RegExp, string, string])[] = [
  [/\p{Script=Devanagari}/u, "hi-IN", "Deva"],
  [/\p{Script=Bengali}/u, "bn-IN", "Beng"],
  [/\p{Script=Gujarati}/u, "gu-IN", "Gujr"],
  [/\p{Script=Kannada}/u, "kn-IN", "Knda"],
  [/\p{Script=Malayalam}/u, "ml-IN", "Mlym"],
  [/\p{Script=Oriya}/u, "od-IN", "Orya"],
  [/\p{Script=Gurmukhi}/u, "pa-IN", "Guru"],
  [/\p{Script=Tamil}/u, "ta-IN", "Taml"],
  [/\p{Script=Telugu}/u, "te-IN", "Telu"],
];
const MAX_TEXT = 1000;
const MAX_SARVAM_TRANSLATE = 2000;

/** `POST /text-lid`: by script alone. */
export function serveLanguage(call: RestCall): void {
  const input = inputOf(call, MAX_TEXT);
  if (input === undefined) return;
  const [, language, script] = SCRIPTS.find(([letters]) => letters.test(input)) ?? [undefined, "en-IN", "Latn"];
  restJson(call.response, 200, { request_id: requestId(call.context), language_code: language, script_code: script });
}

/** `POST /translate`: the input again, marked with the language it should be in. */
export function serveTranslation(call: RestCall): void {
  const body = call.json ?? {};
  const model = String(body["model"] ?? "mayura:v1");
  const problem = wrongTranslation(body, model);
  if (problem) return restError(call.response, 400, "invalid_request_error", problem, requestId(call.context));
  const input = inputOf(call, model === "mayura:v1" ? MAX_TEXT : MAX_SARVAM_TRANSLATE);
  if (input === undefined) return;
  const source = String(body["source_language_code"]);
  const found = SCRIPTS.find(([letters]) => letters.test(input))?.[1] ?? "en-IN";
  restJson(call.response, 200, {
    request_id: requestId(call.context),
    translated_text: `[${String(body["target_language_code"])}] ${input}`,
    source_language_code: source === "auto" ? found : source,
  });
}

/** `POST /transliterate`: the input again. */
export function serveTransliteration(call: RestCall): void {
  const input = inputOf(call, MAX_TEXT);
  if (input === undefined) return;
  const source = String(call.json?.["source_language_code"] ?? "auto");
  restJson(call.response, 200, {
    request_id: requestId(call.context),
    transliterated_text: input,
    source_language_code: source,
  });
}

function wrongTranslation(body: JsonObject, model: string): string | undefined {
  if (model !== "mayura:v1" && model !== "sarvam-translate:v1") return `Model ${model} is not available`;
  if (typeof body["source_language_code"] !== "string") return "source_language_code is required";
  if (typeof body["target_language_code"] !== "string") return "target_language_code is required";
  if (body["enable_preprocessing"] !== undefined) return "enable_preprocessing is not supported";
  if (model === "mayura:v1") return undefined;
  if (body["source_language_code"] === "auto") return "source_language_code auto needs mayura:v1";
  return (body["mode"] ?? "formal") === "formal" ? undefined : "sarvam-translate:v1 knows formal mode only";
}

/** Answers the error itself and is `undefined` then. */
function inputOf({ json, response, context }: RestCall, limit: number): string | undefined {
  const input = json?.["input"];
  const problem =
    typeof input !== "string" || input === ""
      ? "input is required"
      : input.length > limit
        ? `input exceeds ${limit} characters`
        : undefined;
  if (problem) restError(response, 400, "invalid_request_error", problem, requestId(context));
  return problem === undefined ? String(input) : undefined;
}
