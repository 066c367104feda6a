import { expect, test } from "vitest";
import { VirtualClock } from "../../../src/kit/virtual-clock.ts";
import { EmbeddingPage, type Surroundings } from "../../../src/page/softphone/embedding-page.ts";

const SHOP = "https://shop.example";

/** The window of a frame, and what is said in and out of it. */
function frame() {
  const posted: { readonly message: unknown; readonly to: unknown }[] = [];
  const parent = {
    postMessage: (message: unknown, to: unknown) => void posted.push({ message, to }),
  } as Surroundings["parent"];
  let hear: Parameters<Surroundings["addEventListener"]>[1] = () => {};
  const clock = new VirtualClock();
  const around = new EmbeddingPage(
    {
      parent,
      addEventListener: (_, listener) => {
        hear = listener;
      },
    },
    clock,
  );
  const says = (data: unknown, origin = SHOP, source: unknown = parent): void =>
    hear({ data, origin, source: source as MessageEventSource });
  return { around, clock, posted, says };
}

test("it asks the page around it, and takes a token alone or with what came with it", async () => {
  const { around, posted, says } = frame();
  const first = around.fetchPass();
  expect(posted).toEqual([{ message: { type: "durvani:token-wanted", id: 1 }, to: "*" }]);
  says({ type: "durvani:token", id: 1, pass: "a token" });
  expect(await first).toEqual({ token: "a token" });
  const second = around.fetchPass();
  // Its origin is known by now.
  expect(posted[1]).toEqual({ message: { type: "durvani:token-wanted", id: 2 }, to: SHOP });
  const pass = { token: "another", signalling: "ws://127.0.0.1:1/signal", edge: "singapore" };
  says({ type: "durvani:token", id: 2, pass: { ...pass, identity: "asha", expires_at: "…" } });
  expect(await second).toEqual(pass);
});

test("it hears nobody but its parent, and of parents only the origin that answered first", async () => {
  const { around, says, clock } = frame();
  const first = around.fetchPass();
  says({ type: "durvani:token", id: 1, pass: "a stranger's" }, SHOP, {});
  says({ type: "durvani:token", id: 1, pass: "the shop's" });
  expect(await first).toEqual({ token: "the shop's" });
  const second = around.fetchPass();
  says({ type: "durvani:token", id: 2, pass: "another page's" }, "https://evil.example");
  const refused = expect(second).rejects.toThrow("does not answer");
  await clock.advance(15_000);
  await refused;
});

test.each([
  ["nothing", undefined],
  ["a word", "durvani:token"],
  ["no token", { type: "durvani:token", id: 1, pass: { identity: "asha" } }],
  ["a number", { type: "durvani:token", id: 1, pass: 1 }],
  ["another question's", { type: "durvani:token", id: 2, pass: "t" }],
])("what is no answer is none: %s", async (_, said) => {
  const { around, says, clock } = frame();
  const asked = expect(around.fetchPass()).rejects.toThrow("does not answer");
  says(said);
  await clock.advance(15_000);
  await asked;
});

test("a refusal is told in the page's own words", async () => {
  const { around, says } = frame();
  const asked = around.fetchPass();
  says({ type: "durvani:no-token", id: 1, why: "you are not logged in to the shop" });
  await expect(asked).rejects.toThrow("you are not logged in to the shop");
});

test("how it stands is told to nobody before somebody has given a token, and then to them alone", async () => {
  const { around, posted, says } = frame();
  around.tell({ state: "offline" });
  expect(posted).toEqual([]);
  const asked = around.fetchPass();
  says({ type: "durvani:token", id: 1, pass: "t" });
  await asked;
  around.tell({ state: "online", identity: "asha" });
  expect(posted.at(-1)).toEqual({ message: { type: "durvani:state", state: "online", identity: "asha" }, to: SHOP });
});
