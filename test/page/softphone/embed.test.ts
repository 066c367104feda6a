import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { durvaniSoftphone } from "../../../src/page/softphone/embed.ts";
import type { SoftphoneState } from "../../../src/page/softphone/embed-protocol.ts";
import { settle } from "./stand-in-line.ts";

const GATEWAY = "https://voice.example";
let posted: { readonly message: unknown; readonly to: unknown }[];
let inside: { postMessage(message: unknown, to: unknown): void };
let frame: Record<string, unknown>;
let hear: ((event: { data: unknown; origin: string; source: unknown }) => void) | undefined;

beforeEach(() => {
  posted = [];
  inside = { postMessage: (message, to) => void posted.push({ message, to }) };
  frame = { contentWindow: inside, remove: vi.fn() };
  vi.stubGlobal("document", { createElement: () => frame });
  vi.stubGlobal("addEventListener", (_: string, listener: typeof hear, { signal }: { signal: AbortSignal }) => {
    hear = listener;
    signal.addEventListener("abort", () => {
      hear = undefined;
    });
  });
  onTestFinished(() => void vi.unstubAllGlobals());
});

function embedded(token: () => Promise<string> = async () => "a token") {
  const states: SoftphoneState[] = [];
  const element = { append: vi.fn() };
  const phone = durvaniSoftphone({
    element: element as unknown as Element,
    gateway: `${GATEWAY}/`,
    token,
    onState: (state) => states.push(state),
  });
  return { phone, states, element };
}

const says = (data: unknown, origin = GATEWAY, source: unknown = inside): void => hear?.({ data, origin, source });

test("it shows the gateway's softphone in a frame that may use the microphone", () => {
  const { element } = embedded();
  expect(frame).toMatchObject({
    src: `${GATEWAY}/softphone?embedded=1`,
    allow: "microphone; autoplay; speaker-selection",
    title: "Softphone",
  });
  expect(element.append).toHaveBeenCalledWith(frame);
});

test("it gives the frame a token, or the reason why not, for that origin alone", async () => {
  const tokens = [Promise.resolve("a token"), Promise.reject(new Error("you are not logged in"))];
  embedded(() => tokens.shift() ?? Promise.resolve(""));
  says({ type: "durvani:token-wanted", id: 1 });
  says({ type: "durvani:token-wanted", id: 2 });
  await settle();
  expect(posted).toEqual([
    { message: { type: "durvani:token", id: 1, pass: "a token" }, to: GATEWAY },
    { message: { type: "durvani:no-token", id: 2, why: "you are not logged in" }, to: GATEWAY },
  ]);
});

test("it hears its own frame, and that only while the gateway's page is in it", async () => {
  const { states, phone } = embedded();
  const state = { type: "durvani:state", state: "online", identity: "asha" };
  for (const data of [{ type: "durvani:token-wanted", id: 1 }, state]) {
    says(data, "https://evil.example");
    says(data, GATEWAY, {});
  }
  await settle();
  expect([posted, states]).toEqual([[], []]);
  says(state);
  expect(states).toEqual([{ state: "online", identity: "asha" }]);
  phone.remove();
  says(state);
  expect(states.length).toBe(1);
  expect(frame["remove"]).toHaveBeenCalled();
});
