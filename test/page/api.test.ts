import { afterEach, expect, test, vi } from "vitest";
import { ask, reasonOf } from "../../src/page/ui/api.ts";

const answers = (answer: () => Promise<Response>) => vi.stubGlobal("fetch", answer);
afterEach(() => {
  vi.unstubAllGlobals();
});

test("what the gateway refuses is told in its own words, as a sentence", async () => {
  answers(async () => Response.json({ error: { message: "no such call" } }, { status: 404 }));
  const refusal = await ask("GET", "/v1/calls/call_0").catch((error: unknown) => error);
  expect(refusal).toMatchObject({ status: 404, message: "no such call" });
  expect(reasonOf(refusal)).toBe("no such call.");
});

test("a gateway that goes away in the middle of its answer could not be reached, and whoever stopped asking hears that", async () => {
  const broken = () => new Response(new ReadableStream({ pull: (body) => body.error(new TypeError("network error")) }));
  answers(async () => broken());
  const refusal = await ask("GET", "/v1/calls").catch((error: unknown) => error);
  expect(refusal).toMatchObject({ name: "Refusal", status: 0 });
  expect(reasonOf(refusal)).toBe("The gateway cannot be reached.");
  await expect(ask("GET", "/v1/calls", undefined, AbortSignal.abort())).rejects.toThrow("network error");
});
