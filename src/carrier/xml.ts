import library from "twilio";
import type { Answer } from "./carrier.ts";

/** What the XML that carriers are answered with has in common, whoever's vocabulary it is. */

/** Said to a caller whom nobody else can speak to. */
export const SORRY = "We cannot take your call right now. Please call again later.";

/** An element to fill: `addChild(name, attributes)` and `addText(text)`. The library escapes. */
export const newResponse = () => new library.twiml.VoiceResponse();

export const xmlAnswer = (response: { toString(): string }, contentType = "text/xml"): Answer => ({
  contentType,
  body: response.toString(),
});

/** Without what XML 1.0 cannot hold: control characters and halves of surrogate pairs. The library only escapes. */
export const legalXml = (text: string): string =>
  text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "");
