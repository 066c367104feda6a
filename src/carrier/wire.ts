import { z } from "zod";
import type { LineEvent, Malformed, WebhookRequest } from "./carrier.ts";

/** What every dialect's wire has in common: JSON text in, form fields and headers that may be missing, repeated or odd. */

/** Identifiers go to logs, file names and SQL: bounded. */
export const wireId = z.string().min(1).max(128);

/** A whole number of zero or more, written as a number or as a string. */
export const wireCount = z.union([z.string().regex(/^\d{1,15}$/), z.number().nonnegative()]).transform(Number);

/** One key of a telephone. */
export const wireDigit = z.string().regex(/^[0-9A-D*#]$/);

/** Our own mark coming back, or somebody's invention. */
export const wireMark = z.string().min(1).max(256);

/** A frame's time is worth less than its sound: where it makes no sense, it is absent. */
export const wireTime = wireCount.optional().catch(undefined);

/** What most carriers say of a frame. */
export const wireSound = z.object({
  track: z.enum(["inbound", "outbound"]).optional(),
  timestamp: wireTime,
  payload: z.string().min(1),
});

export const malformed = (why: string): Malformed => ({ kind: "malformed", why });

/**
 * Reads one JSON text message; `undefined` is one of a kind that carriers have thought of since, which is their right. `why` of
 * a refusal never quotes what the message said.
 */
export function readMessage<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
): { readonly kind: "message"; readonly message: z.output<Schema> } | Malformed | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return malformed("not JSON");
  }
  const result = schema.safeParse(json);
  if (result.success) return { kind: "message", message: result.data };
  const issue = result.error.issues[0];
  if (issue?.code === "invalid_union" && issue.path[0] === "event" && namesEvent(json)) return undefined;
  // Deeper than two steps the path is made of the sender's own words.
  return malformed(`${issue?.path.slice(0, 2).join(".") || "message"}: ${issue?.code ?? "invalid"}`);
}

const namesEvent = (json: unknown): boolean =>
  typeof json === "object" &&
  json !== null &&
  Object.entries(json).some(([name, value]) => /^event$/i.test(name) && typeof value === "string");

/**
 * May this payload be spliced into another JSON text as it is? Only an escape can hide a quote in it, and audio needs none, so
 * the sound itself is looked at only where the message holds a backslash (some encoders escape the slash of base64).
 */
const isSpliceable = (message: string, payload: string): boolean =>
  !message.includes("\\") || /^[A-Za-z0-9+/=]*$/.test(payload);

/** The caller's sound in the message `text`; `undefined` where it is our own coming back. */
export function soundIn(
  text: string,
  { track, timestamp, payload }: z.output<typeof wireSound>,
): Extract<LineEvent, { kind: "audio" }> | Malformed | undefined {
  if (track === "outbound") return undefined;
  if (!isSpliceable(text, payload)) return malformed("media.payload: not base64");
  return { kind: "audio", payload, ...(timestamp !== undefined && { atMs: timestamp }) };
}

/** The first of these fields that says something; empty where none does. Carriers also write the word `null` for nothing. */
export function field(params: WebhookRequest["params"], ...names: readonly string[]): string {
  for (const name of names) {
    const value: unknown = params[name];
    const said: unknown = Array.isArray(value) ? value[0] : value;
    // JSON bodies hold what they like.
    const first = typeof said === "string" ? said.trim() : "";
    if (first !== "" && first !== "null") return first;
  }
  return "";
}

/** A request header; sent twice, it is one text that matches nothing. `undefined` where it was not sent at all. */
export function header(request: WebhookRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "object" ? value.join(", ") : value;
}
