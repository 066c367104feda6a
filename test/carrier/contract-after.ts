import { expect, test } from "vitest";
import type { AfterCall, Dialect } from "../../src/carrier/carrier.ts";
import { type Element, parseXml } from "./xml.ts";

/** How a dialect spells a hand-over; `undefined` for those whose flow does it. */
export type HandOverWire = {
  readonly say: (text: string, language?: string) => Element;
  readonly dial: (number: string, attributes: Readonly<Record<string, string>>) => Element;
  /** Only where a telephone in a browser can be rung. */
  readonly client?: (identity: string, attributes: Readonly<Record<string, string>>) => Element;
  readonly conference: (room: string, attributes: Readonly<Record<string, string>>, action: Action) => Element;
};

type Action = Readonly<Record<string, string>>;

const element = (name: string, attributes: Element["attributes"], ...children: Element["children"]): Element => ({
  name,
  attributes,
  children,
});

/** TwiML's, which SignalWire and Telnyx read too. */
export const twimlHandOver: HandOverWire = {
  say: (text, language) => element("Say", language === undefined ? {} : { language }, text),
  dial: (number, attributes) => element("Dial", attributes, element("Number", {}, number)),
  conference: (room, attributes, action) =>
    element("Dial", action, element("Conference", { ...attributes, beep: "false" }, room)),
};

/** Twilio's own. */
export const twilioHandOver: HandOverWire = {
  ...twimlHandOver,
  client: (identity, attributes) => element("Dial", attributes, element("Client", {}, identity)),
};

const SORRY = "We cannot take your call right now. Please call again later.";
const hangUp = element("Hangup", {});
const nextUrl = "https://gw.example.test/next?a=1&b=2";
const asked = { action: nextUrl, method: "POST" };
const children = (dialect: Dialect, next: AfterCall) => parseXml(dialect.afterStream(next).body).children;
const human = { kind: "dial", number: "+919800000009" } as const;
const browser = { kind: "client", identity: "asha_1" } as const;
const room = { kind: "conference", room: "call_1 & <2>", startsOnEnter: true, endsOnExit: false } as const;

/** What becomes of the caller after the stream. `bare`: numbers stand without their plus. */
export function afterStreamContract(
  dialect: Dialect,
  wire: HandOverWire | undefined,
  { bare }: { readonly bare: boolean },
): void {
  if (!wire) {
    test("what follows the stream is the flow's affair: every order is an empty document, and none is promised", () => {
      expect(dialect.handsOver).toEqual([]);
      for (const next of [{ kind: "hang-up" }, { kind: "apologise" }, human, browser, room] as const)
        expect(dialect.afterStream(next).body).toBe("{}");
    });
    return;
  }
  const spelled = (number: string) => (bare ? number.replace(/^\+/, "") : number);

  test("after the stream the call ends, with an apology where nobody has spoken", () => {
    expect(children(dialect, { kind: "hang-up" })).toEqual([hangUp]);
    expect(children(dialect, { kind: "apologise" })).toEqual([wire.say(SORRY), hangUp]);
  });

  test("a caller is connected to a number, and then the call ends", () => {
    expect(dialect.handsOver).toContain("dial");
    expect(children(dialect, human)).toEqual([wire.dial(spelled(human.number), {}), hangUp]);
  });

  test("it rings as long as it may, shows the number it should, after the words, and somebody is asked what follows", () => {
    const order = {
      ...human,
      callerId: "+918000000002",
      ringSeconds: 25,
      nextUrl,
      words: { text: "One moment, please." },
    };
    const attributes = { callerId: spelled("+918000000002"), timeout: "25", ...asked };
    expect(children(dialect, order)).toEqual([
      wire.say("One moment, please."),
      wire.dial(spelled(human.number), attributes),
      hangUp,
    ]);
  });

  test(`a caller is ${wire.client ? "connected to a telephone in a browser" : "told so where no browser can be rung"}`, () => {
    expect(dialect.handsOver.includes("client")).toBe(wire.client !== undefined);
    const order = { ...browser, callerId: "+918000000002", ringSeconds: 25, words: { text: "One moment, please." } };
    expect(children(dialect, order)).toEqual(
      wire.client
        ? [wire.say("One moment, please."), wire.client("asha_1", { callerId: "+918000000002", timeout: "25" }), hangUp]
        : [wire.say(SORRY), hangUp],
    );
  });

  test("a caller joins a room, in which there are no beeps", () => {
    expect(dialect.handsOver).toContain("conference");
    const manners = { startConferenceOnEnter: "true", endConferenceOnExit: "false" };
    expect(children(dialect, room)).toEqual([wire.conference(room.room, manners, {}), hangUp]);
    expect(children(dialect, { ...room, startsOnEnter: false, endsOnExit: true, nextUrl })).toEqual([
      wire.conference(room.room, { startConferenceOnEnter: "false", endConferenceOnExit: "true" }, asked),
      hangUp,
    ]);
  });

  test("words in a language of their own are said before", () => {
    const words = { text: "एक क्षण & कृपया", language: "hi-IN" };
    expect(children(dialect, { ...room, words })[0]).toEqual(wire.say(words.text, words.language));
  });

  test("nothing in an order can break out of the document", () => {
    for (const bad of ['"/><Hangup/>', "</Number>", "&lt;&#0;", "\u0000\ud800", "]]>"]) {
      const say = { words: { text: bad } };
      const dial = children(dialect, { ...human, number: bad, callerId: bad, ...say });
      const conference = children(dialect, { ...room, room: bad, ...say });
      const client = children(dialect, { ...browser, identity: bad, callerId: bad, ...say });
      for (const told of [dial, conference]) expect(told).toHaveLength(3);
      expect(client).toHaveLength(wire.client ? 3 : 2);
    }
  });
}
